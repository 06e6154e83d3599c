using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.ModelFiles;

/// <summary>Reads and writes the JSON in the metadata of a model file.</summary>
[JsonSerializable(typeof(CaptioningOptions))]
[JsonSerializable(typeof(FeaturesSpec))]
[JsonSerializable(typeof(TrainingRecord))]
[JsonSerializable(typeof(TokenKind))]
[JsonSerializable(typeof(ConfidenceNumbers))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class ModelJson : JsonSerializerContext
{
    // A file name, or a token, with everything in it escaped.
    private const int MaxStringBytes = 1 << 12;

    // Relaxed escaping, to be readable in the file, where the JSON is quoted and escaped once more.
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web)
    {
        Converters =
        {
            Names<Architecture>(), Names<AttentionScore>(), Names<CellKind>(), Names<TokenKind>(),
            Names<EpochSelection>(),
        },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new ModelJson().WithAddedModifier(OmitDefaults),
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, InfoOf<T>());

    /// <exception cref="JsonException">The text is not valid for the type.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, InfoOf<T>()) ?? throw new JsonException("null is not allowed");

    /// <inheritdoc cref="Read{T}(ReadOnlySpan{byte})"/>
    public static T Read<T>(string json) => Read<T>(Encoding.UTF8.GetBytes(json));

    /// <summary>Reads a list of at most <paramref name="maxCount"/> short strings.</summary>
    /// <exception cref="JsonException">It is not one.</exception>
    public static string[] ReadStrings(ReadOnlySpan<byte> json, int maxCount)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("expected a list of strings");
        }

        var strings = new List<string>();
        try
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                strings.Add(
                    strings.Count == maxCount ? throw new JsonException($"expected a list of {maxCount} strings")
                    : reader.TokenType != JsonTokenType.String
                        ? throw new JsonException($"entry {strings.Count} is not a string")
                    : reader.ValueSpan.Length > MaxStringBytes ? throw new JsonException(
                        $"entry {strings.Count} has {reader.ValueSpan.Length} bytes; the limit is {MaxStringBytes}")
                    : reader.GetString()!);
            }

            // Throws unless nothing but white space follows.
            reader.Read();
            return [.. strings];
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException($"entry {strings.Count} is not valid Unicode", error);
        }
    }

    private static JsonTypeInfo<T> InfoOf<T>() => (JsonTypeInfo<T>)s_options.GetTypeInfo(typeof(T));

    private static JsonStringEnumConverter<T> Names<T>()
        where T : struct, Enum =>
        new(JsonNamingPolicy.CamelCase, allowIntegerValues: false);

    /// <summary>
    /// Omits options that the exercises do not have where they are at their defaults, so that older versions can read
    /// the exercises' models.
    /// </summary>
    private static void OmitDefaults(JsonTypeInfo type)
    {
        if (type.Type != typeof(CaptioningOptions))
        {
            return;
        }

        var defaults = new CaptioningOptions { FeatureSize = 1, VocabularySize = 1 };
        string[] optional =
        [
            "unknownId", "architecture", "attention", "layers", "places", "imageCell", "tieEmbeddings", "heads",
            "feedForwardSize",
        ];
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (optional.Contains(property.Name))
            {
                object? value = property.Get!(defaults);
                property.ShouldSerialize = (_, actual) => !Equals(actual, value);
            }
        }
    }
}
