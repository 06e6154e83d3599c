using System.Text.Json;

namespace ShowTell.Data.Import;

/// <summary>A JSON object a line, with <c>file</c> and <c>caption</c> or other usual names of them.</summary>
internal static class JsonLinesCaptions
{
    /// <summary>Whether a name in a file's first object shows that the file is of this kind.</summary>
    public static bool IsName(string name) => CaptionFieldNames.IsFile(name) || CaptionFieldNames.IsCaption(name);

    public static IEnumerable<PhotoCaption> Read(TextLines lines)
    {
        while (lines.NextFilled() is string line)
        {
            using JsonDocument document = Parse(lines, line);
            var fields = new JsonFields(lines.Path, $"line {lines.Number}: $", document.RootElement);
            yield return new PhotoCaption(
                TextOf(fields, CaptionFieldNames.File), TextOf(fields, CaptionFieldNames.Caption));
        }
    }

    private static string TextOf(JsonFields fields, IReadOnlyList<string> names) =>
        names.Select(fields.OptionalText).FirstOrDefault(text => text is not null) ?? fields.Text(names[0]);

    private static JsonDocument Parse(TextLines lines, string line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException exception)
        {
            throw new DataException(
                $"{lines.Path}: line {lines.Number} is not valid JSON (character {exception.BytePositionInLine + 1}).",
                exception);
        }
    }
}
