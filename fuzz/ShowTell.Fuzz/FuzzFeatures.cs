using System.Text.Json;
using ShowTell.Files;

namespace ShowTell.Fuzz;

/// <summary>Features for a dataset.</summary>
internal static class FuzzFeatures
{
    /// <summary>Writes a row for each photo of a dataset.</summary>
    public static void Write(string path, byte[] captions)
    {
        string[] names =
        [
            .. Encoding.UTF8.GetString(captions).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("photo").GetString()!),
        ];
        var content = new TensorFileContent();
        content.Add("features", [names.Length, 2], new float[2 * names.Length]);
        content.Add("missing", [0], Array.Empty<int>());
        content.AddStrings("names", names);
        content.AddStrings("recipe", [FuzzSeeds.Pipeline().ToJson()]);
        content.AddStrings("source", ["x"]);
        TensorFormats.Write(path, content);
    }
}
