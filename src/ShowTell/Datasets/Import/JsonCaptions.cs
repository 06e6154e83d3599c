namespace ShowTell.Datasets.Import;

/// <summary>
/// JSON objects with a photo and its captions, under the names of <see cref="CaptionNames"/>: in one list or several
/// (BLIP, LAVIS, Karpathy), one after the other (JSON lines), or by the photos' names.
/// </summary>
internal static class JsonCaptions
{
    public const string Sentences = "sentences";

    private const string NoCaption = "entries without a caption";

    private static readonly string[] s_texts = ["raw", "caption", "sentence", "text"];

    /// <summary>Reads objects in lists, or captions by the photos' names.</summary>
    /// <param name="source">The source.</param>
    /// <param name="items">The entries of the file.</param>
    /// <param name="isMap">Whether its properties are the photos' names.</param>
    public static IEnumerable<PhotoCaption> ReadLists(CaptionSource source, JsonItems items, bool isMap)
    {
        while (items.Next() is JsonDocument item)
        {
            using (item)
            {
                var fields = new JsonFields(source.Path, items.Location, item.RootElement);
                string name = items.List!;
                bool isRecord = name is JsonItems.Root or CocoCaptions.Photos || IsRecord(source, fields);
                IEnumerable<PhotoCaption> captions = isRecord ? Read(source, fields, CaptionNames.SplitOf(name))
                    : isMap ? TextsOf(source, fields, fields.Element).Select(text => new PhotoCaption(name, text))
                    : LeaveOut<PhotoCaption>(source, "entries that do not name a photo and a caption", items.Location);
                foreach (PhotoCaption caption in captions)
                {
                    yield return caption;
                }
            }
        }
    }

    /// <summary>Reads lines, an object each.</summary>
    public static IEnumerable<PhotoCaption> ReadLines(CaptionSource source, TextLines lines)
    {
        while (lines.NextFilled() is string line)
        {
            using JsonDocument document = Parse(lines, line);
            var fields = new JsonFields(lines.Path, $"line {lines.Number}: $", document.RootElement);
            foreach (PhotoCaption caption in Read(source, fields))
            {
                yield return caption;
            }
        }
    }

    /// <summary>Reads an object.</summary>
    /// <param name="source">The source.</param>
    /// <param name="fields">The object.</param>
    /// <param name="split">Its split, if it names none.</param>
    public static IEnumerable<PhotoCaption> Read(CaptionSource source, JsonFields fields, string? split = null)
    {
        string photo = PhotoOf(source, fields);
        split = SplitOf(fields) ?? split;
        return CaptionsOf(source, fields).Select(text => new PhotoCaption(photo, text, split));
    }

    /// <summary>Whether an object names a photo and captions.</summary>
    public static bool IsRecord(CaptionSource source, JsonFields fields) =>
        fields.Element.ValueKind == JsonValueKind.Object && HasCaptions(source, fields)
        && CaptionNames.PhotoIn(fields.Names, source.Options.PhotoColumn) is not null;

    /// <summary>Whether an object has captions, under a usual name or the given ones.</summary>
    public static bool HasCaptions(CaptionSource source, JsonFields fields) =>
        CaptionNames.CaptionsIn(fields.Names, source.Options.CaptionColumns).Length > 0;

    /// <summary>The captions of an object.</summary>
    /// <exception cref="DataException">It has none.</exception>
    public static IEnumerable<string> CaptionsOf(CaptionSource source, JsonFields fields)
    {
        string[] names = fields.Names;
        int[] captions = CaptionNames.CaptionsIn(names, source.Options.CaptionColumns);
        return captions.Length == 0
            ? throw Missing(fields, "caption", "--caption-column")
            : captions.SelectMany(index => fields.Find(names[index]) is JsonElement value
                ? TextsOf(source, fields with { Location = $"{fields.Location}.{names[index]}" }, value)
                : LeaveOut<string>(source, NoCaption, fields.Location));
    }

    /// <summary>The photo that an object names.</summary>
    public static string PhotoOf(CaptionSource source, JsonFields fields)
    {
        string[] names = fields.Names;
        string name = CaptionNames.PhotoIn(names, source.Options.PhotoColumn) is int index
            ? names[index]
            : throw Missing(fields, "photo", "--photo-column");
        JsonElement value = fields.Find(name) ?? throw Missing(fields, "photo", "--photo-column");

        // Hugging Face writes {"path": ...}; ids may be numbers; Karpathy's photos are in filepath/filename.
        string photo = value.ValueKind == JsonValueKind.Object
            ? new JsonFields(fields.Path, $"{fields.Location}.{name}", value).Text("path")
            : fields.IdOf(value) ?? fields.TextOf(value, $"{fields.Location}.{name}");
        return name == "filename" && fields.OptionalText("filepath") is { Length: > 0 } folder
            ? $"{folder.TrimEnd('/')}/{photo}"
            : photo;
    }

    private static string? SplitOf(JsonFields fields)
    {
        string[] names = fields.Names;
        return CaptionNames.SplitIn(names) is int index && fields.OptionalText(names[index]) is string split
            ? CaptionNames.SplitOf(split) ?? throw new DataException(
                $"{fields.Path}: {fields.Location}.{names[index]} is \"{split}\"; expected train, restval, val or "
                + "test.")
            : null;
    }

    /// <summary>A text, or a list of texts or of objects with a text.</summary>
    public static IEnumerable<string> TextsOf(CaptionSource source, JsonFields at, JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Array when value.GetArrayLength() == 0 => LeaveOut<string>(source, NoCaption, at.Location),
            JsonValueKind.Array => value.EnumerateArray().SelectMany(
                (item, i) => TextsOf(source, at with { Location = $"{at.Location}[{i}]" }, item)),
            JsonValueKind.Object => [TextOf(at with { Element = value })],
            JsonValueKind.Null => LeaveOut<string>(source, NoCaption, at.Location),
            _ => [at.TextOf(value, at.Location)],
        };

    private static string TextOf(JsonFields sentence) =>
        s_texts.Select(sentence.OptionalText).FirstOrDefault(text => text is not null)
        ?? (sentence.Find("tokens") is { ValueKind: JsonValueKind.Array } tokens
            ? string.Join(' ', tokens.EnumerateArray().Select(
                (token, i) => sentence.TextOf(token, $"{sentence.Location}.tokens[{i}]")))
            : throw new DataException($"{sentence.Path}: {sentence.Location} has neither \"raw\" nor \"tokens\"."));

    private static T[] LeaveOut<T>(CaptionSource source, string reason, string location)
    {
        source.LeftOut.Add(reason, location);
        return [];
    }

    private static DataException Missing(JsonFields fields, string what, string option) => new(
        $"{fields.Path}: {fields.Location} names no {what}; its fields are {string.Join(", ", fields.Names)}. Name one "
        + $"with {option}.");

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
