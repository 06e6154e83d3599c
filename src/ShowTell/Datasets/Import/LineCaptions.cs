namespace ShowTell.Datasets.Import;

/// <summary>Files with a caption a line.</summary>
internal static class LineCaptions
{
    /// <summary>What people call the photo's file, in a CSV header or a JSON line.</summary>
    public static readonly string[] FileNames = ["file", "file_name", "filename", "image", "image_name", "photo"];

    /// <summary>What they call the caption.</summary>
    public static readonly string[] CaptionNames = ["caption", "text", "sentence", "comment"];

    /// <summary>
    /// The lines of <c>Flickr8k.token.txt</c> and <c>results_20130124.token</c>: name, #, number, tab, caption.
    /// </summary>
    public static IEnumerable<PhotoCaption> ReadTokens(TextLines lines)
    {
        while (lines.NextFilled() is string line)
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            int mark = tab < 0 ? -1 : line.LastIndexOf('#', tab);
            yield return mark > 0 && line.AsSpan(mark + 1, tab - mark - 1).IndexOfAnyExceptInRange('0', '9') < 0
                ? new PhotoCaption(line[..mark], line[(tab + 1)..])
                : throw new DataException(
                    $"{lines.Path}: line {lines.Number} must be like \"name.jpg#0\", a tab, and a caption.");
        }
    }

    /// <summary>A JSON object a line, with <c>file</c> and <c>caption</c> or other usual names of them.</summary>
    public static IEnumerable<PhotoCaption> ReadJson(TextLines lines)
    {
        while (lines.NextFilled() is string line)
        {
            using JsonDocument document = Parse(lines, line);
            var fields = new JsonFields(lines.Path, $"line {lines.Number}: $", document.RootElement);
            yield return new PhotoCaption(TextOf(fields, FileNames), TextOf(fields, CaptionNames));
        }
    }

    private static string TextOf(JsonFields fields, string[] names) =>
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
