namespace ShowTell.Datasets.Import;

/// <summary>Reads the properties of a JSON object in a file, with errors that say where it is.</summary>
/// <param name="Path">The file.</param>
/// <param name="Location">The object's location in the file, such as <c>images[3]</c>.</param>
/// <param name="Element">The object.</param>
internal readonly record struct JsonFields(string Path, string Location, JsonElement Element)
{
    /// <summary>A required string.</summary>
    public string Text(string name) => OptionalText(name)
        ?? throw new DataException($"{Path}: {Location}.{name} is missing; expected a string.");

    /// <summary>An optional string; null if missing.</summary>
    public string? OptionalText(string name) =>
        Find(name) is JsonElement field ? TextOf(field, $"{Location}.{name}") : null;

    /// <summary>A required id, a number or a string, as written.</summary>
    public string Id(string name) =>
        Find(name) is { ValueKind: JsonValueKind.Number or JsonValueKind.String } field
            ? field.GetRawText()
            : throw new DataException($"{Path}: {Location}.{name} must be a number or a string.");

    /// <summary>An optional list; null if missing.</summary>
    public JsonElement[]? OptionalList(string name) => Find(name) is not JsonElement field ? null
        : field.ValueKind == JsonValueKind.Array ? [.. field.EnumerateArray()]
        : throw new DataException($"{Path}: {Location}.{name} is {Describe(field)}; expected a list.");

    /// <summary>The string of the element at <paramref name="location"/>.</summary>
    public string TextOf(JsonElement element, string location)
    {
        try
        {
            return element.ValueKind == JsonValueKind.String
                ? element.GetString()!
                : throw new DataException($"{Path}: {location} is {Describe(element)}; expected a string.");
        }
        catch (InvalidOperationException exception)
        {
            throw new DataException($"{Path}: {location} is not valid Unicode.", exception);
        }
    }

    private JsonElement? Find(string name) => Element.ValueKind != JsonValueKind.Object
        ? throw new DataException($"{Path}: {Location} is {Describe(Element)}; expected an object.")
        : Element.TryGetProperty(name, out JsonElement field) && field.ValueKind != JsonValueKind.Null ? field
        : null;

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => $"the number {element.GetRawText()}",
        JsonValueKind value => $"{value}".ToLowerInvariant(),
    };
}
