using ShowTell.Photos;

namespace ShowTell.Datasets.Import;

/// <summary>
/// JSON objects with a photo and its captions, under the names of <see cref="CaptionNames"/>: in one list or several
/// (BLIP, LAVIS, Karpathy), one after the other (JSON lines), or by the photos' names.
/// </summary>
internal static class JsonCaptions
{
    public const string Sentences = "sentences";

    private const string Conversations = "conversations";
    private const string NoCaption = "entries without a caption";

    private static readonly string[] s_texts = ["raw", "caption", "sentence", "text"];

    /// <summary>Reads objects in lists, or captions by the photos' names.</summary>
    /// <param name="source">The source.</param>
    /// <param name="items">The entries of the file.</param>
    /// <param name="isMap">Whether its properties are the photos' names.</param>
    public static IEnumerable<PhotoCaption> ReadLists(CaptionSource source, JsonItems items, bool isMap)
    {
        bool isFirst = true;
        while (items.Next() is JsonDocument item)
        {
            using (item)
            {
                var fields = new JsonFields(source.Path, items.Location, item.RootElement);
                string name = items.List!;
                bool isRecord = name is JsonItems.Root or CocoCaptions.Photos
                    || (items.Index >= 0 && IsRecord(source, fields));
                IEnumerable<PhotoCaption> captions = isRecord
                    ? Read(source, fields, isFirst, CaptionNames.SplitOf(name))
                    : isMap ? TextsOf(source, fields, fields.Element).Select(text => new PhotoCaption(name, text))
                    : items.Index < 0 ? []
                    : LeaveOut<PhotoCaption>(source, "entries that do not name a photo and a caption", items.Location);
                foreach (PhotoCaption caption in captions)
                {
                    isFirst = false;
                    yield return caption;
                }
            }
        }
    }

    /// <summary>Reads lines, an object each.</summary>
    public static IEnumerable<PhotoCaption> ReadLines(CaptionSource source, TextLines lines)
    {
        bool isFirst = true;
        while (lines.NextFilled() is string line)
        {
            using JsonDocument document = Parse(lines, line);
            var fields = new JsonFields(lines.Path, $"line {lines.Number}: $", document.RootElement);
            foreach (PhotoCaption caption in Read(source, fields, isFirst))
            {
                isFirst = false;
                yield return caption;
            }
        }
    }

    /// <summary>Reads an object.</summary>
    /// <param name="source">The source.</param>
    /// <param name="fields">The object.</param>
    /// <param name="isFirst">Whether none had captions before; later ones may lack them.</param>
    /// <param name="split">Its split, if it names none.</param>
    private static IEnumerable<PhotoCaption> Read(
        CaptionSource source, JsonFields fields, bool isFirst, string? split = null)
    {
        // As caption --json writes it for a photo that cannot be read.
        if (fields.Names.Contains("error") && !HasCaptions(source, fields))
        {
            string error = $"{PhotoOf(source, fields)}: {fields.OptionalText("error")}";
            source.Errors?.Add(error);
            return LeaveOut<PhotoCaption>(source, "entries with an error instead of a caption", error);
        }

        if (!isFirst && !HasCaptions(source, fields))
        {
            return LeaveOut<PhotoCaption>(source, NoCaption, fields.Location);
        }

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
        CaptionNames.CaptionsIn(fields.Names, source.Options.CaptionColumns).Length > 0
        || fields.Names.Contains(Conversations);

    /// <summary>The model's answers in a conversation about a photo, as LLaVA has them.</summary>
    private static IEnumerable<string> AnswersIn(JsonFields fields, JsonElement turns) => turns.EnumerateArray()
        .Select((turn, i) => new JsonFields(fields.Path, $"{fields.Location}.{Conversations}[{i}]", turn))
        .Where(turn => turn.Text("from") is "gpt" or "assistant")
        .Select(turn => turn.Text("value"));

    /// <summary>The captions of an object.</summary>
    /// <exception cref="DataException">It has none.</exception>
    public static IEnumerable<string> CaptionsOf(CaptionSource source, JsonFields fields)
    {
        string[] names = fields.Names;
        int[] captions = CaptionNames.CaptionsIn(names, source.Options.CaptionColumns);
        return captions.Length == 0
            ? fields.Find(Conversations) is { ValueKind: JsonValueKind.Array } turns ? AnswersIn(fields, turns)
                : throw Missing(fields, "caption", "--caption-column")
            : captions.SelectMany(index => fields.Find(names[index]) is JsonElement value
                ? TextsOf(source, fields with { Location = $"{fields.Location}.{names[index]}" }, value)
                : LeaveOut<string>(source, NoCaption, fields.Location));
    }

    /// <summary>The photo that an object names.</summary>
    public static string PhotoOf(CaptionSource source, JsonFields fields)
    {
        string[] names = fields.Names;
        string name = NameOfPhoto(source, fields, names) ?? throw Missing(fields, "photo", "--photo-column");
        JsonElement value = fields.Find(name) ?? throw Missing(fields, "photo", "--photo-column");

        // Hugging Face writes {"path": ...}; ids may be numbers; Karpathy's photos are in filepath/filename.
        string photo = value.ValueKind == JsonValueKind.Object
            ? new JsonFields(fields.Path, $"{fields.Location}.{name}", value).Text("path")
            : fields.IdOf(value) ?? fields.TextOf(value, $"{fields.Location}.{name}");
        return name == "filename" && fields.OptionalText("filepath") is { Length: > 0 } folder
            ? $"{folder.TrimEnd('/')}/{photo}"
            : photo;
    }

    /// <summary>The field that names the photo: of several, one with the name of a picture file, better no
    /// URL.</summary>
    private static string? NameOfPhoto(CaptionSource source, JsonFields fields, string[] names)
    {
        if (source.Options.PhotoColumn is string given)
        {
            return CaptionNames.PhotoIn(names, given) is int index ? names[index] : null;
        }

        string[] candidates = [.. CaptionNames.PhotosIn(names).Select(i => names[i]).Where(
            name => fields.Find(name) is not null)];
        string[] files = [.. candidates.Where(name => fields.Find(name) is { ValueKind: JsonValueKind.String } text
            && PhotoFiles.Extensions.Contains(
                Path.GetExtension(fields.TextOf(text, name)), StringComparer.OrdinalIgnoreCase))];
        return files.FirstOrDefault(name => !fields.Text(name).Contains("://", StringComparison.Ordinal))
            ?? files.Concat(candidates).FirstOrDefault();
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
            JsonValueKind.Object when TextOf(at with { Element = value }) is string text => [text],
            JsonValueKind.Object => LeaveOut<string>(source, NoCaption, at.Location),
            JsonValueKind.Null => LeaveOut<string>(source, NoCaption, at.Location),
            _ => [at.TextOf(value, at.Location)],
        };

    private static string? TextOf(JsonFields sentence) =>
        s_texts.Select(sentence.OptionalText).FirstOrDefault(text => text is not null)
        ?? (sentence.Find("tokens") is { ValueKind: JsonValueKind.Array } tokens
            ? string.Join(' ', tokens.EnumerateArray().Select(
                (token, i) => sentence.TextOf(token, $"{sentence.Location}.tokens[{i}]")))
            : null);

    private static T[] LeaveOut<T>(CaptionSource source, string reason, string location)
    {
        source.LeftOut.Add(reason, location);
        return [];
    }

    public static DataException Missing(JsonFields fields, string what, string option) => new(
        $"{fields.Path}: {fields.Location} names no {what}; its fields are {string.Join(", ", fields.Names)}. Name one "
        + $"with {option}.");

    private static JsonDocument Parse(TextLines lines, string line)
    {
        try
        {
            byte[] json = Encoding.UTF8.GetBytes(line);
            default(NotANumber).Replace(json);
            return JsonDocument.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new DataException(
                $"{lines.Path}: line {lines.Number} is not valid JSON (character {exception.BytePositionInLine + 1}).",
                exception);
        }
    }
}
