namespace ShowTell.Datasets.Import;

/// <summary>Files with one caption per line.</summary>
internal static class LineCaptions
{
    /// <summary>The accepted names of the photo's file in CSV headers and JSON lines.</summary>
    public static readonly string[] FileNames = ["file", "file_name", "filename", "image", "image_name", "photo"];

    /// <summary>The accepted names of the caption.</summary>
    public static readonly string[] CaptionNames = ["caption", "text", "sentence", "comment"];

    /// <summary>
    /// Reads lines like those of <c>Flickr8k.token.txt</c> and <c>results_20130124.token</c>: name, #, number, tab,
    /// caption.
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
                    $"{lines.Path}: line {lines.Number} must be like \"name.jpg#0\", a tab and a caption.");
        }
    }

    /// <summary>Reads JSON lines: objects with <see cref="FileNames"/> and <see cref="CaptionNames"/>.</summary>
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
