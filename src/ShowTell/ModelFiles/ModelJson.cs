using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.ModelFiles;

/// <summary>The JSON in the metadata of a model file.</summary>
[JsonSerializable(typeof(CaptioningOptions))]
[JsonSerializable(typeof(FeaturesSpec))]
[JsonSerializable(typeof(TrainingRecord))]
[JsonSerializable(typeof(TokenKind))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ModelJson : JsonSerializerContext
{
    // Readable as it is in the file: a quote within a quoted string is enough escaping.
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        Converters =
        {
            Names<Architecture>(), Names<AttentionScore>(), Names<CellKind>(), Names<TokenKind>(),
        },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new ModelJson().WithAddedModifier(WriteBriefly),
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, InfoOf<T>());

    /// <exception cref="JsonException">The text is no such value.</exception>
    public static T Read<T>(string json) =>
        JsonSerializer.Deserialize(json, InfoOf<T>()) ?? throw new JsonException("null is no value");

    private static JsonTypeInfo<T> InfoOf<T>() => (JsonTypeInfo<T>)s_options.GetTypeInfo(typeof(T));

    private static JsonStringEnumConverter<T> Names<T>()
        where T : struct, Enum =>
        new(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

    /// <summary>
    /// Leaves options beyond the exercises' out of JSON where they are as in the exercises, so that versions that know
    /// nothing of them read the exercises' models.
    /// </summary>
    private static void WriteBriefly(JsonTypeInfo type)
    {
        if (type.Type != typeof(CaptioningOptions))
        {
            return;
        }

        var usual = new CaptioningOptions { FeatureSize = 1, VocabularySize = 1 };
        string[] beyond =
        [
            nameof(usual.Architecture), nameof(usual.Attention), nameof(usual.Layers), nameof(usual.Places),
            nameof(usual.ImageCell), nameof(usual.TieEmbeddings), nameof(usual.Heads), nameof(usual.FeedForwardSize),
        ];
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (beyond.Contains(property.Name, StringComparer.OrdinalIgnoreCase))
            {
                object? value = property.Get!(usual);
                property.ShouldSerialize = (_, actual) => !Equals(actual, value);
            }
        }
    }
}
