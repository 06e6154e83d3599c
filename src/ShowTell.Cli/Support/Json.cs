using System.Text.Encodings.Web;
using System.Text.Json.Serialization;

namespace ShowTell.Cli.Support;

/// <summary>
/// JSON as the command prints it: camel case, one line, readable characters; what is not known is left out, and a
/// number that is none is the text "NaN".
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

    /// <summary>Prints a line of JSON.</summary>
    public static void Print(TextWriter output, object value) =>
        output.WriteLine(JsonSerializer.Serialize(value, Options));
}
