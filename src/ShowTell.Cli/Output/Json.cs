using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace ShowTell.Cli.Output;

/// <summary>
/// JSON as the command prints it: camel case, one line, readable characters; null values are left out, and NaN is the
/// string "NaN".
/// </summary>
internal static class Json
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>One line, in which what could act on a terminal is escaped.</summary>
    public static string Of(object value)
    {
        string json = JsonSerializer.Serialize(value, Options);
        return json.Any(PlainWriter.IsUnsafe)
            ? string.Concat(json.Select(letter => PlainWriter.IsUnsafe(letter) ? $"\\u{(int)letter:x4}" : $"{letter}"))
            : json;
    }

    /// <summary>Prints a line of JSON.</summary>
    public static void Print(TextWriter output, object value) => output.WriteLine(Of(value));
}
