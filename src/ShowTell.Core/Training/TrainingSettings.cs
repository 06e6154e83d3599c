using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>What must not change between a checkpoint and the training that resumes from it.</summary>
/// <param name="Kind">The kind of training.</param>
/// <param name="Model">The model's options.</param>
/// <param name="Options">The training's options, without those that may change.</param>
/// <param name="Vocabulary">The fingerprint of the vocabulary.</param>
/// <param name="Dataset">The fingerprint of the captions and features.</param>
internal sealed partial record TrainingSettings(
    string Kind, JsonObject Model, JsonObject Options, string Vocabulary, string Dataset)
{
    /// <summary>The maximum number of images of a split whose features go into the fingerprint.</summary>
    private const int MaxRows = 1000;

    private const int FingerprintLength = 16;

    /// <summary>Options that say when training ends and what is printed: they change no iteration.</summary>
    private static readonly string[] s_changeable = ["epochs", "patience", "printEvery"];

    /// <summary>The settings of training on captions.</summary>
    public static TrainingSettings Of(CaptioningOptions model, SolverOptions options, CaptionDataset data) =>
        Of("captions", model, Write(options, SettingsJson.Default.SolverOptions), options.Score, options.Mirror, data);

    /// <summary>The settings of self-critical training that starts from weights with a hash.</summary>
    public static TrainingSettings Of(
        CaptioningOptions model, SelfCriticalOptions options, CaptionDataset data, string initialWeights)
    {
        JsonObject written = Write(options, SettingsJson.Default.SelfCriticalOptions);
        written.Add("initialWeights", initialWeights);
        return Of("self-critical", model, written, options.Score, options.Mirror, data);
    }

    /// <summary>A hash of all that training reads: vocabulary, captions, and a sample of the features.</summary>
    public string DatasetFingerprint =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Vocabulary}\n{Dataset}")));

    /// <summary>A hash of the settings, and of what else makes a run the one that it is.</summary>
    public string Fingerprint(string more)
    {
        string all = string.Join(
            '\n', Kind, Model.ToJsonString(), Options.ToJsonString(), Vocabulary, Dataset, more);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..FingerprintLength];
    }

    /// <summary>The first difference from the settings of a checkpoint; null if there is none.</summary>
    public string? DifferenceFrom(TrainingSettings other)
    {
        if (Kind != other.Kind)
        {
            return $"it is of {other.Kind} training, not of {Kind} training";
        }

        if (Vocabulary != other.Vocabulary)
        {
            return $"the vocabulary was another (fingerprint {other.Vocabulary}; now {Vocabulary})";
        }

        return Difference(other.Model, Model) ?? Difference(other.Options, Options)
            ?? (Dataset == other.Dataset ? null : "the captions or features of the dataset were others");
    }

    private static string? Difference(JsonObject before, JsonObject now) => before.Select(option => option.Key)
        .Union(now.Select(option => option.Key))
        .Where(key => !JsonNode.DeepEquals(before[key], now[key]))
        .Select(key => $"{key} was {Text(before[key])}; now it is {Text(now[key])}")
        .FirstOrDefault();

    private static string Text(JsonNode? value) => value?.ToJsonString() ?? "none";

    private static TrainingSettings Of(
        string kind, CaptioningOptions model, JsonObject options, Delegate? score, bool mirror,
        CaptionDataset data)
    {
        Array.ForEach(s_changeable, name => options.Remove(name));
        options.Add("selectedBy", score is null ? "loss" : "score");
        return new TrainingSettings(
            kind, Write(model, SettingsJson.Default.CaptioningOptions), options, data.Vocabulary.Fingerprint,
            FingerprintOf(data, mirror));
    }

    private static JsonObject Write<T>(T options, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToNode(options, type)!.AsObject();

    /// <summary>A hash of all that training reads: captions, their images, and a sample of the features.</summary>
    private static string FingerprintOf(CaptionDataset data, bool mirror)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(data.FeatureKind));
        foreach (CaptionSplit split in (CaptionSplit[])[data.Train, data.Validation])
        {
            int images = split.ImageCount, size = split.Features.Columns;
            Append<int>(hash, [split.Count, split.CaptionWidth, images, size]);
            Append(hash, split.Captions);
            Append(hash, split.ImageIndices);
            var row = new Matrix<float>(1, size);
            for (int i = 0; i < Math.Min(images, MaxRows); i++)
            {
                int image = (int)((long)i * images / Math.Min(images, MaxRows));
                split.Features.Read([image], row);
                Append<float>(hash, row.Span);
                if (mirror)
                {
                    split.ReadMirrored([image], row);
                    Append<float>(hash, row.Span);
                }
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append<T>(IncrementalHash hash, ReadOnlySpan<T> values)
        where T : unmanaged => hash.AppendData(MemoryMarshal.AsBytes(values));

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
    [JsonSerializable(typeof(CaptioningOptions))]
    [JsonSerializable(typeof(SolverOptions))]
    [JsonSerializable(typeof(SelfCriticalOptions))]
    private sealed partial class SettingsJson : JsonSerializerContext;
}
