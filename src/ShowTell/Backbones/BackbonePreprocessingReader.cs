namespace ShowTell.Backbones;

/// <summary>
/// Reads <see cref="BackbonePreprocessing"/> from the metadata of an ONNX file or a JSON file next to it, which have
/// the same entries: channel_order (RGB, BGR), value_range (0..1, 0..255), mean and std (three numbers, in the
/// backbone's order of channels), size, resize (length of the shorter side, stretch, or stretch and the side before the
/// center is cropped), layout of the input and output_layout (NCHW, NHWC).
/// </summary>
internal sealed class BackbonePreprocessingReader(string origin, IReadOnlyDictionary<string, string> entries)
{
    private const string Stretch = "stretch";

    private static readonly string[] Required = ["channel_order", "value_range", "mean", "std", "size"];

    /// <summary>Whether the entries describe a preprocessing at all.</summary>
    public bool HasAny => Required.Any(entries.ContainsKey);

    /// <summary>The layout of the input, if it is said.</summary>
    public OutputLayout? Layout => LayoutOf("layout");

    /// <summary>The layout of the output, if it is said.</summary>
    public OutputLayout? OutputLayout => LayoutOf("output_layout");

    /// <summary>Reads a JSON object of strings, numbers and lists of numbers.</summary>
    /// <exception cref="ModelFileException">It is not such an object.</exception>
    public static BackbonePreprocessingReader Of(string path, JsonElement json)
    {
        try
        {
            return new BackbonePreprocessingReader(
                path, json.EnumerateObject().ToDictionary(entry => entry.Name, entry => Text(entry.Value)));
        }
        catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
        {
            throw new ModelFileException(
                $"{path}: a JSON object with {string.Join(", ", Required)} was expected: {exception.Message}",
                exception);
        }
    }

    /// <summary>The preprocessing that the entries describe.</summary>
    /// <exception cref="ModelFileException">An entry is missing or invalid.</exception>
    public BackbonePreprocessing Read()
    {
        int size = Count("size", Entry("size"));
        string resize = entries.GetValueOrDefault("resize", Entry("size"));
        bool isStretched = resize.StartsWith(Stretch, StringComparison.Ordinal);
        int side = resize == Stretch ? size : Count("resize", isStretched ? resize[Stretch.Length..].Trim() : resize);
        if (side < size)
        {
            throw Invalid("resize", $"stretch, or at least the size, {size}", resize);
        }

        return new BackbonePreprocessing
        {
            BlueFirst = Choose("channel_order", Entry("channel_order"), "RGB", "BGR"),
            MaxValue = Choose("value_range", Entry("value_range"), "0..1", "0..255") ? 255 : 1,
            Mean = Numbers("mean", _ => true),
            Deviation = Numbers("std", value => value > 0),
            Size = size,
            ShorterSide = isStretched ? 0 : side,
            StretchedSide = isStretched && side > size ? side : 0,
            ChannelsLast = Layout == Backbones.OutputLayout.ChannelsLast,
        };
    }

    private static string Text(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
            ? string.Join(',', value.EnumerateArray().Select(element => element.ToString()))
            : value.ToString();

    private string Entry(string name) => entries.TryGetValue(name, out string? value)
        ? value
        : throw new ModelFileException(
            $"{origin}: the preprocessing lacks {name}; it needs {string.Join(", ", Required)}.");

    private OutputLayout? LayoutOf(string name) => !entries.TryGetValue(name, out string? value) ? null
        : Choose(name, value, "NCHW", "NHWC") ? Backbones.OutputLayout.ChannelsLast
        : Backbones.OutputLayout.ChannelsFirst;

    /// <summary>Whether it is the second of two choices.</summary>
    private bool Choose(string name, string value, string first, string second)
    {
        bool isSecond = value.Equals(second, StringComparison.OrdinalIgnoreCase);
        return isSecond || value.Equals(first, StringComparison.OrdinalIgnoreCase)
            ? isSecond
            : throw Invalid(name, $"{first} or {second}", value);
    }

    private int Count(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is > 0 and <= 4096
            ? count
            : throw Invalid(name, "a whole number from 1 to 4096", value);

    private BackboneChannels Numbers(string name, Func<float, bool> valid)
    {
        string value = Entry(name);
        float[] numbers =
        [
            .. value.Split(',').Select(part =>
                float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float number)
                && float.IsFinite(number) && valid(number)
                    ? number
                    : throw Invalid(name, "three numbers (of std, above 0)", value)),
        ];
        return numbers is [float first, float second, float third]
            ? new BackboneChannels(first, second, third)
            : throw Invalid(name, "three numbers", value);
    }

    private ModelFileException Invalid(string name, string expected, string found) =>
        new($"{origin}: {name} of the preprocessing must be {expected}, but is {found}.");
}
