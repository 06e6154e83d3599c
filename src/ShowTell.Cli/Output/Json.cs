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

    public static string Of(object value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Prints a line of JSON.</summary>
    public static void Print(TextWriter output, object value) => output.WriteLine(Of(value));
}
