namespace ShowTell.Backbones;

/// <summary>
/// Reads <see cref="BackbonePreprocessing"/> from a preprocessor_config.json of Hugging Face's transformers. What the
/// file leaves out has the default of its image processor; what cannot be done the same way is refused.
/// </summary>
/// <param name="origin">The file, for error messages.</param>
/// <param name="json">Its content.</param>
internal sealed class HuggingFacePreprocessing(string origin, JsonElement json)
{
    private const int MaxSize = 4096;

    /// <summary>The side from which on ConvNeXt's photos are stretched and not cropped.</summary>
    private const int ConvNextStretched = 384;

    /// <summary>Steps that change the photo in ways that are not implemented, unless they are off.</summary>
    private static readonly string[] s_unsupported =
    [
        "do_pad", "do_thumbnail", "do_align_long_axis", "do_split_image", "do_image_splitting", "do_pan_and_scan",
        "keep_aspect_ratio",
    ];

    /// <summary>Image processors for which a size is the shorter side, if it is one number.</summary>
    private static readonly string[] s_shorterSide =
    [
        "CLIP", "ChineseCLIP", "Bit", "ConvNext", "Levit", "MobileNetV1", "MobileNetV2", "MobileViT", "PoolFormer",
    ];

    /// <summary>Image processors that crop the center unless the file says otherwise.</summary>
    private static readonly string[] s_cropped =
        ["CLIP", "ChineseCLIP", "Bit", "DeiT", "Levit", "MobileNetV1", "MobileNetV2", "MobileViT", "PoolFormer"];

    /// <summary>The image processor, such as CLIP; empty if the file does not say.</summary>
    private readonly string _kind = KindOf(json);

    /// <summary>Whether a file is one of these.</summary>
    public static bool Is(JsonElement json) => json.ValueKind == JsonValueKind.Object
        && (KindOf(json).Length > 0 || json.TryGetProperty("image_mean", out _)
            || json.TryGetProperty("do_normalize", out _) || json.TryGetProperty("do_resize", out _));

    /// <summary>The preprocessing.</summary>
    /// <exception cref="ModelFileException">An entry is missing, invalid, or asks for what is not implemented.
    /// </exception>
    public BackbonePreprocessing Read()
    {
        if (s_unsupported.FirstOrDefault(step => Flag(step, false)) is string step)
        {
            throw Invalid($"{step} is not supported");
        }

        if (!Flag("do_resize", true))
        {
            throw Invalid("do_resize is false, so that photos have no common size, which is not supported");
        }

        BackbonePreprocessing geometry = Geometry();

        // value = (pixel * factor - offset - mean) / deviation, written for pixels from 0 to 1.
        float factor = Flag("do_rescale", true) ? 255 * Number("rescale_factor", 1 / 255f) : 255;
        factor = Math.Abs(factor - 1) < 1e-5f ? 1 : factor;
        float offset = Flag("rescale_offset", false) ? 1 : 0;
        bool isNormalized = Flag("do_normalize", _kind != "MobileViT");
        BackboneChannels mean = isNormalized ? Channels("image_mean") : default;
        BackboneChannels deviation = isNormalized ? Channels("image_std") : new(1);

        // EfficientNets divide by the deviation once more.
        bool isTwice = isNormalized && Flag("include_top", _kind == "EfficientNet");
        bool isBytes = factor == 255;
        float unit = isBytes ? 1 : factor;
        return geometry with
        {
            BlueFirst = Flag("do_flip_channel_order", _kind == "MobileViT"),
            MaxValue = isBytes ? 255 : 1,
            Mean = new((mean.First + offset) / unit, (mean.Second + offset) / unit, (mean.Third + offset) / unit),
            Deviation = new(
                Scale(deviation.First) / unit, Scale(deviation.Second) / unit, Scale(deviation.Third) / unit),
        };

        float Scale(float value) => isTwice ? value * value : value;
    }

    /// <summary>How photos are resized and cropped.</summary>
    private BackbonePreprocessing Geometry()
    {
        (int resized, bool isShorterSide) = ReadSize();
        bool isCropped = Flag("do_center_crop", s_cropped.Contains(_kind));
        if (_kind is "ConvNext" or "PoolFormer" && isShorterSide)
        {
            double share = Number("crop_pct", _kind == "ConvNext" ? 224 / 256f : 0.9f);
            int size = _kind == "PoolFormer" ? CropSize() : resized;
            return _kind == "ConvNext" && resized >= ConvNextStretched
                ? Stretched(resized, resized)
                : Cropped((int)(resized / share), size);
        }

        if (_kind == "Levit" && isShorterSide)
        {
            resized = (int)(256 / 224.0 * resized);
        }

        return (isShorterSide, isCropped) switch
        {
            (true, true) => Cropped(resized, CropSize()),
            (false, true) => Stretched(resized, CropSize()),
            (false, false) => Stretched(resized, resized),
            (true, false) => throw Invalid(
                "the shorter side is resized and nothing is cropped, so that photos have no common size, which is not "
                + "supported"),
        };
    }

    private BackbonePreprocessing Cropped(int shorterSide, int size) => size <= shorterSide
        ? new BackbonePreprocessing { Size = size, ShorterSide = shorterSide }
        : throw Invalid($"crop_size is {size}, more than the resized photo's {shorterSide}");

    private BackbonePreprocessing Stretched(int side, int size) => size <= side
        ? new BackbonePreprocessing { Size = size, ShorterSide = 0, StretchedSide = side > size ? side : 0 }
        : throw Invalid($"crop_size is {size}, more than the resized photo's {side}");

    /// <summary>The size that photos are resized to, and whether it is that of the shorter side.</summary>
    private (int Side, bool IsShorterSide) ReadSize()
    {
        if (!json.TryGetProperty("size", out JsonElement size))
        {
            throw Invalid("it has no size");
        }

        if (size.ValueKind != JsonValueKind.Object)
        {
            bool isShorterSide = s_shorterSide.Contains(_kind);
            return _kind.Length > 0 || !Flag("do_center_crop", false)
                ? (Whole("size", size), isShorterSide)
                : throw Invalid("size is one number, whose meaning depends on image_processor_type, which is missing");
        }

        return size.TryGetProperty("shortest_edge", out JsonElement shortest)
            && !size.TryGetProperty("longest_edge", out _)
            ? (Whole("size", shortest), true)
            : (Square("size", size), false);
    }

    private int CropSize() => json.TryGetProperty("crop_size", out JsonElement size)
        ? size.ValueKind == JsonValueKind.Object ? Square("crop_size", size) : Whole("crop_size", size)
        : throw Invalid("it crops the center, but has no crop_size");

    private int Square(string name, JsonElement size) =>
        size.TryGetProperty("height", out JsonElement height) && size.TryGetProperty("width", out JsonElement width)
            && Whole(name, height) == Whole(name, width)
            ? Whole(name, height)
            : throw Invalid($"{name} is {size.GetRawText()}, but only squares and a shortest_edge are supported");

    private int Whole(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number)
            && number is >= 1 and <= MaxSize && number == Math.Floor(number)
            ? (int)number
            : throw Invalid($"{name} is {value.GetRawText()}, but must be a whole number from 1 to {MaxSize}");

    private bool Flag(string name, bool missing) => !json.TryGetProperty(name, out JsonElement value)
        ? missing
        : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null => missing,
            _ => throw Invalid($"{name} is {value.GetRawText()}, but must be true or false"),
        };

    private float Number(string name, float missing) =>
        !json.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? missing
        : Float(value) is float number and > 0 ? number
        : throw Invalid($"{name} is {value.GetRawText()}, but must be a number above 0");

    private BackboneChannels Channels(string name)
    {
        if (json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array
            && value.GetArrayLength() == 3)
        {
            float?[] numbers = [.. value.EnumerateArray().Select(Float)];
            if (numbers is [float first, float second, float third]
                && (name != "image_std" || numbers.All(number => number > 0)))
            {
                return new BackboneChannels(first, second, third);
            }
        }

        throw Invalid($"{name} must be three numbers{(name == "image_std" ? " above 0" : "")}");
    }

    private static float? Float(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out float number) && float.IsFinite(number)
            ? number
            : null;

    private static string KindOf(JsonElement json)
    {
        foreach (string key in new[] { "image_processor_type", "feature_extractor_type" })
        {
            if (json.ValueKind == JsonValueKind.Object && json.TryGetProperty(key, out JsonElement value)
                && value.ValueKind == JsonValueKind.String)
            {
                return value.GetString()!.Replace("ImageProcessor", "", StringComparison.Ordinal)
                    .Replace("FeatureExtractor", "", StringComparison.Ordinal)
                    .Replace("Fast", "", StringComparison.Ordinal);
            }
        }

        return "";
    }

    private ModelFileException Invalid(string problem) => new(
        $"{origin}: {problem}. Describe the preprocessing in a JSON file of ShowTell's own, or choose a preset with "
        + "--preprocessing.");
}
