using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>
/// Bit-exact training results, pinned in <c>tests/golden/pinned-training</c>. After a change that is meant to change
/// results, run these tests with SHOWTELL_PIN=1 (and once with each switch of <see cref="VectorWidth"/>) to update the
/// values, and describe the change in the changelog.
/// </summary>
public sealed class PinnedTrainingTests
{
    private const int Steps = 100;
    private const int PinnedLosses = 10;
    private const int Words = 40;
    private const int Width = 10;
    private const int Groups = 12;
    private const int FeatureSize = 48;

    /// <summary>The order of sums depends on the vector width, which changes last bits.</summary>
    private static string VectorBits =>
        Vector512.IsHardwareAccelerated ? "512" : Vector256.IsHardwareAccelerated ? "256"
        : Vector128.IsHardwareAccelerated ? "128" : "0";

    [Theory]
    [InlineData("rnn")]
    [InlineData("lstm")]
    [InlineData("gru")]
    [InlineData("attention")]
    [InlineData("additive-attention")]
    [InlineData("transformer")]
    public void Training_and_decoding_are_unchanged(string kind)
    {
        using CaptionDataset dataset = Data();
        var model = new CaptioningModel<float>(Options(kind), new SeededRandom(231));
        var solver = new CaptioningSolver(model, dataset, SolverOptions.Exercises with
        {
            UpdateRule = kind == "transformer" ? UpdateRule.AdamW : UpdateRule.Adam,
            LearningRate = 5e-3,
            WarmupIterations = 10,
            ClipNorm = 2,
            BatchSize = 24,
            Epochs = 20,
            ValidationCaptions = 0,
            Regularization =
                new() { Dropout = 0.2, FeatureDropout = 0.1, EmbeddingDropout = 0.1, LabelSmoothing = 0.1 },
        });
        Assert.True(solver.Train(null, TestContext.Current.CancellationToken));
        Assert.Equal(Steps, solver.LossHistory.Count);
        var found = new JsonObject
        {
            ["losses"] = Numbers(solver.LossHistory.Take(PinnedLosses)),
            ["weights"] = new JsonObject { [VectorBits] = Hash(model) },
            ["greedy"] = Captions(model, dataset, new()),
            ["beam3"] = Captions(model, dataset, new() { Beam = 3 }),
        };

        var refining = new SelfCriticalTraining(
            model, dataset,
            new SelfCriticalOptions { Epochs = 1, BatchSize = 20, LearningRate = 1e-3, Temperature = 1 });
        Assert.True(refining.Train(null, TestContext.Current.CancellationToken));
        found["rewards"] = Numbers(refining.RewardHistory);
        found["refinedWeights"] = new JsonObject { [VectorBits] = Hash(model) };
        Compare(kind, found);
    }

    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    public Task Narrower_vectors_are_unchanged_too(string disabled) => VectorWidth.RunTests(
        disabled, typeof(PinnedTrainingTests), nameof(Training_and_decoding_are_unchanged));

    private static CaptioningOptions Options(string kind)
    {
        var options = new CaptioningOptions
        {
            FeatureSize = FeatureSize, VocabularySize = Words, WordVectorSize = 24, HiddenSize = 36,
        };
        return kind switch
        {
            "rnn" => options with { Cell = CellKind.Rnn },
            "lstm" => options with { Cell = CellKind.Lstm },
            "gru" => options with { Cell = CellKind.Gru },
            "attention" => options with { Architecture = ShowTell.Models.Architecture.Attention, Regions = 4 },
            "additive-attention" => options with
            {
                Architecture = ShowTell.Models.Architecture.Attention, Attention = AttentionScore.Additive, Regions = 4,
            },
            "transformer" => options with
            {
                Architecture = ShowTell.Models.Architecture.Transformer,
                WordVectorSize = 36,
                Heads = 4,
                FeedForwardSize = 50,
                Layers = 2,
                Regions = 4,
            },
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    /// <summary>Images in groups whose captions share words.</summary>
    private static CaptionDataset Data()
    {
        string[] words = [Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown];
        var vocabulary = new Vocabulary(
            [.. words, .. Enumerable.Range(words.Length, Words - words.Length).Select(i => $"w{i}")]);
        return new CaptionDataset("pinned", vocabulary, Split("train", 120, 5), Split("val", 24, 6))
        {
            FeatureKind = "random",
        };
    }

    private static CaptionSplit Split(string name, int images, ulong seed)
    {
        Matrix<float> centers = Matrix.Normal<float>(new SeededRandom(4), Groups, FeatureSize);
        var random = new SeededRandom(seed);
        Matrix<float> features = Matrix.Normal<float>(random, images, FeatureSize, 0.5);
        var captions = new int[images * Width];
        for (int i = 0; i < images; i++)
        {
            int group = i % Groups, length = 3 + (group % 6);
            for (int j = 0; j < FeatureSize; j++)
            {
                features[i, j] += centers[group, j];
            }

            Span<int> caption = captions.AsSpan(i * Width, Width);
            caption[0] = 1;
            for (int t = 1; t <= length; t++)
            {
                caption[t] = random.NextInt(5) == 0
                    ? 3 + random.NextInt(Words - 3) : 4 + (((group * 5) + (t * 7)) % (Words - 4));
            }

            caption[length + 1] = 2;
        }

        return new CaptionSplit(
            name, captions, Width, [.. Enumerable.Range(0, images)], new MemoryFeatures(features), Words);
    }

    private static string Hash(CaptioningModel<float> model)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((_, Matrix<float> weights) in model.Parameters.All)
        {
            hash.AppendData(MemoryMarshal.AsBytes(weights.Span));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static JsonArray Captions(CaptioningModel<float> model, CaptionDataset dataset, DecodingOptions options)
    {
        CaptionSplit split = dataset.Validation;
        var features = new Matrix<float>(split.ImageCount, dataset.FeatureSize);
        split.ReadFeatures([.. Enumerable.Range(0, split.ImageCount)], features);
        return
        [
            .. CaptionGenerator.Generate(
                new InferenceModel<float>(model), features, options with { MaxLength = Width - 1 })
                .Select(captions => JsonValue.Create(string.Join(' ', captions[0].Ids))),
        ];
    }

    private static JsonArray Numbers(IEnumerable<double> values) =>
        [.. values.Select(value => JsonValue.Create(value))];

    private static void Compare(string kind, JsonObject found)
    {
        string path = TestData.Golden("pinned-training", $"{kind}.json");
        JsonObject? pinned = File.Exists(path) ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : null;
        if (Environment.GetEnvironmentVariable("SHOWTELL_PIN") is { Length: > 0 })
        {
            Write(path, pinned, found);
            return;
        }

        Assert.True(pinned is not null, $"{path}: no such file; create it with SHOWTELL_PIN=1.");
        foreach (string numbers in new[] { "losses", "rewards" })
        {
            double[] expected = pinned[numbers].Deserialize<double[]>()!;
            Assert.Equal(
                expected, found[numbers].Deserialize<double[]>()!, (x, y) => Math.Abs(x - y) <= 1e-5 * Math.Abs(x));
        }

        foreach (string captions in new[] { "greedy", "beam3" })
        {
            Assert.Equal(pinned[captions].Deserialize<string[]>(), found[captions].Deserialize<string[]>());
        }

        // Sines and powers come from the system's library, whose last bits may differ.
        if (OperatingSystem.IsLinux()
            && RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64)
        {
            foreach (string weights in new[] { "weights", "refinedWeights" })
            {
                string expected =
                    (string?)pinned[weights]![VectorBits] ?? $"no value for vectors of {VectorBits} bits in {path}";
                string actual = (string)found[weights]![VectorBits]!;
                Assert.True(expected == actual, string.Create(CultureInfo.InvariantCulture,
                    $"The {weights} of {kind} have other bits with vectors of {VectorBits} bits: {actual} instead of "
                        + $"{expected}."));
            }
        }
    }

    /// <summary>Writes the values, keeping the hashes of other vector widths.</summary>
    private static void Write(string path, JsonObject? pinned, JsonObject found)
    {
        foreach (string weights in new[] { "weights", "refinedWeights" })
        {
            foreach ((string bits, JsonNode? hash) in pinned?[weights]?.AsObject() ?? [])
            {
                found[weights]!.AsObject().TryAdd(bits, hash!.DeepClone());
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, found.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
    }
}
