namespace ShowTell.Backbones;

/// <summary>
/// The usual ways in which photos are preprocessed, by the names that the command line has for them. The numbers are in
/// docs/backbones.md.
/// </summary>
public static class BackbonePreset
{
    /// <summary>The side of photos for networks that accept any size: ImageNet's.</summary>
    internal const int DefaultSize = 224;

    private static readonly BackboneChannels s_imageNetMean = new(0.485f, 0.456f, 0.406f);
    private static readonly BackboneChannels s_imageNetDeviation = new(0.229f, 0.224f, 0.225f);

    private static readonly BackbonePreprocessing s_imageNet = new()
    {
        Mean = s_imageNetMean,
        Deviation = s_imageNetDeviation,
    };

    private static readonly BackbonePreprocessing s_half = new() { Mean = new(0.5f), Deviation = new(0.5f) };

    private static readonly BackbonePreprocessing s_clip = new()
    {
        Mean = new(0.48145466f, 0.4578275f, 0.40821073f),
        Deviation = new(0.26862954f, 0.26130258f, 0.27577711f),
    };

    private static readonly BackbonePreprocessing s_caffe = new()
    {
        BlueFirst = true,
        MaxValue = 255,
        Mean = new(103.939f, 116.779f, 123.68f),
    };

    private static readonly BackbonePreprocessing s_keras = new()
    {
        MaxValue = 255,
        Mean = new(127.5f),
        Deviation = new(127.5f),
        ChannelsLast = true,
    };

    /// <summary>By name: the preprocessing, and the part of the resized photo that the crop keeps of a side; 0 to
    /// stretch the photo.</summary>
    private static readonly Dictionary<string, (BackbonePreprocessing Preprocessing, double Crop)> s_presets = new()
    {
        ["torchvision"] = (s_imageNet, 0.875),
        ["timm"] = (s_imageNet, 0.875),
        ["timm-0.9"] = (s_imageNet, 0.9),
        ["timm-0.95"] = (s_imageNet, 0.95),
        ["timm-inception"] = (s_half, 0.9),
        ["clip"] = (s_clip, 1),
        ["vit"] = (s_half, 0),
        ["siglip"] = (s_half, 0),
        ["model-zoo"] = (s_imageNet, 0.875),
        ["caffe"] = (s_caffe, 1),
        ["keras"] = (s_keras, 1),
        ["keras-caffe"] = (s_caffe with { ChannelsLast = true }, 1),
        ["keras-torch"] = (s_imageNet with { ChannelsLast = true }, 1),
        ["raw"] = (new BackbonePreprocessing { MaxValue = 255 }, 1),
    };

    /// <summary>The names of all presets.</summary>
    public static IReadOnlyCollection<string> Names => s_presets.Keys;

    /// <summary>A preset.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="size">Width and height of the backbone's input in pixels; 224 by default.</param>
    /// <exception cref="ShowTellException">There is no such preset.</exception>
    public static BackbonePreprocessing Get(string name, int size = DefaultSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        if (!s_presets.TryGetValue(name, out (BackbonePreprocessing Preprocessing, double Crop) preset))
        {
            throw new ShowTellException(
                $"There is no preprocessing {name}; choose {string.Join(", ", Names)}, or name a JSON file.");
        }

        int shorterSide = preset.Crop > 0 ? (int)Math.Floor(size / preset.Crop) : 0;
        return preset.Preprocessing with { Size = size, ShorterSide = shorterSide };
    }

    /// <summary>The presets that a network probably takes, the most likely first.</summary>
    internal static string[] Likely(OnnxFile file, BackboneTensor input)
    {
        bool isTransformer = input.Name == "pixel_values" || file.Outputs.Any(output => output.Rank == 3)
            || file.HasOperator("LayerNormalization", "Attention", "MultiHeadAttention", "Gelu", "Erf");
        bool isClip = file.Outputs.Any(output => output.Name.Contains("image_embeds", StringComparison.Ordinal));
        return input switch
        {
            { ElementType: "uint8" } => ["raw"],
            { Shape: [_, _, _, 3] } => ["keras", "keras-caffe", "keras-torch", "raw"],
            _ when isClip => ["clip", "siglip"],
            _ when isTransformer => ["vit", "clip", "timm-inception", "timm-0.9", "timm-0.95"],
            _ when file.Model.ProducerName.Contains("caffe", StringComparison.OrdinalIgnoreCase) =>
                ["caffe", "torchvision"],
            _ => ["torchvision", "timm-0.95", "caffe"],
        };
    }
}
