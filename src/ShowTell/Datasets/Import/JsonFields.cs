namespace ShowTell.Datasets.Import;

/// <summary>The fields of a JSON object of a file, with errors that say where it stands.</summary>
internal readonly record struct JsonFields(string Path, string Place, JsonElement Element)
{
    /// <summary>A text that must be there.</summary>
    public string Text(string name) => OptionalText(name)
        ?? throw new DataException($"{Path}: {Place}.{name} is missing; text was expected.");

    /// <summary>A text; null where it is missing.</summary>
    public string? OptionalText(string name) =>
        Find(name) is JsonElement field ? TextOf(field, $"{Place}.{name}") : null;

    /// <summary>A number or text that names something, as it is written.</summary>
    public string Id(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Number or JsonValueKind.String } field
            ? field.GetRawText()
            : throw new DataException($"{Path}: {Place}.{name} must be a number or text.");

    /// <summary>A list; null where it is missing.</summary>
    public JsonElement[]? OptionalList(string name) => Find(name) is not JsonElement field ? null
        : field.ValueKind == JsonValueKind.Array ? [.. field.EnumerateArray()]
        : throw new DataException($"{Path}: {Place}.{name} is {Describe(field)}; a list was expected.");

    /// <summary>The text of an element that stands at <paramref name="place"/>.</summary>
    public string TextOf(JsonElement element, string place)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String
                ? element.GetString()!
                : throw new DataException($"{Path}: {place} is {Describe(element)}; text was expected.");
        }
        catch (InvalidOperationException exception)
        {
            throw new DataException($"{Path}: {place} is not valid Unicode.", exception);
        }
    }

    private JsonElement? Find(string name) => Element.ValueKind != JsonValueKind.Object
        ? throw new DataException($"{Path}: {Place} is {Describe(Element)}; an object was expected.")
        : Element.TryGetProperty(name, out JsonElement field) && field.ValueKind != JsonValueKind.Null ? field
        : null;

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "text",
        JsonValueKind.Number => $"the number {element.GetRawText()}",
        JsonValueKind value => $"{value}".ToLowerInvariant(),
    };
}
