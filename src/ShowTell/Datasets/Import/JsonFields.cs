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

    /// <summary>A required id: equal for 1, 1.0 and "1".</summary>
    public string Id(string name) => Find(name) is JsonElement field && IdOf(field) is string id
        ? id
        : throw new DataException($"{Path}: {Location}.{name} must be a number or a string.");

    /// <summary>The names of all properties.</summary>
    public string[] Names
    {
        get
        {
            try
            {
                return [.. Object().EnumerateObject().Select(property => property.Name)];
            }
            catch (InvalidOperationException exception)
            {
                throw NotUnicode(exception);
            }
        }
    }

    /// <summary>A number or a string as text, 1.0 as 1; null for anything else.</summary>
    public string? IdOf(JsonElement field) => field.ValueKind switch
    {
        JsonValueKind.String => TextOf(field, Location),
        JsonValueKind.Number => field.TryGetDecimal(out decimal number)
            ? number.ToString("0.############################", CultureInfo.InvariantCulture)
            : field.GetRawText(),
        _ => null,
    };

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

    /// <summary>A property; null if it is missing or null.</summary>
    public JsonElement? Find(string name)
    {
        try
        {
            return Object().TryGetProperty(name, out JsonElement field) && field.ValueKind != JsonValueKind.Null
                ? field
                : null;
        }
        catch (InvalidOperationException exception)
        {
            throw NotUnicode(exception);
        }
    }

    private JsonElement Object() => Element.ValueKind == JsonValueKind.Object
        ? Element
        : throw new DataException($"{Path}: {Location} is {Describe(Element)}; expected an object.");

    // Names are decoded only where they are read.
    private DataException NotUnicode(InvalidOperationException cause) =>
        new($"{Path}: a name in {Location} is not valid Unicode.", cause);

    private static string Describe(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => $"the number {element.GetRawText()}",
        JsonValueKind value => $"{value}".ToLowerInvariant(),
    };
}
