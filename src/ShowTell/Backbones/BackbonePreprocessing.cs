using ShowTell.Photos;

namespace ShowTell.Backbones;

/// <summary>
/// How a photo becomes the input of a network: value = (pixel · <see cref="ValueMaximum"/> / 255 - mean) / deviation.
/// Two of them are equal where they make the same input. Immutable.
/// </summary>
public sealed record BackbonePreprocessing
{
    private const int Levels = 256;
    private const int Channels = 3;

    /// <summary>Whether the channels are blue, green, red instead of red, green, blue.</summary>
    public bool BlueFirst { get; init; }

    /// <summary>What a full channel (255) counts before the mean is taken off: 1 or 255.</summary>
    public float ValueMaximum { get; init; } = 1;

    /// <summary>Mean of each channel, which is subtracted.</summary>
    public BackboneChannels Mean { get; init; }

    /// <summary>Deviation of each channel, by which is divided.</summary>
    public BackboneChannels Deviation { get; init; } = new(1);

    /// <summary>Width and height of the input.</summary>
    public int Size { get; init; } = 224;

    /// <summary>
    /// Length to which a photo's shorter side is resized before the centre is cut out, at least <see cref="Size"/>; 0
    /// where the photo is stretched to the size instead.
    /// </summary>
    public int ShorterSide { get; init; } = 224;

    /// <summary>Whether the three values of a pixel lie together (NHWC) instead of plane after plane (NCHW).</summary>
    public bool ChannelsLast { get; init; }

    /// <summary>Networks of torchvision, most of timm and ONNX's model zoo.</summary>
    public static BackbonePreprocessing Torchvision { get; } = new()
    {
        Mean = new(0.485f, 0.456f, 0.406f),
        Deviation = new(0.229f, 0.224f, 0.225f),
        ShorterSide = 256,
    };

    /// <summary>Networks that come from Caffe: VGG-16 as the captioning papers used it.</summary>
    public static BackbonePreprocessing Caffe { get; } = new()
    {
        BlueFirst = true,
        ValueMaximum = 255,
        Mean = new(103.939f, 116.779f, 123.68f),
    };

    /// <summary>Networks of Keras with values from -1 to 1, such as MobileNet; channels last.</summary>
    public static BackbonePreprocessing Keras { get; } = new()
    {
        ValueMaximum = 255,
        Mean = new(127.5f),
        Deviation = new(127.5f),
        ChannelsLast = true,
    };

    /// <summary>Networks of Keras in its caffe mode, such as VGG16 and ResNet50; channels last.</summary>
    public static BackbonePreprocessing KerasCaffe { get; } = Caffe with { ChannelsLast = true };

    /// <summary>Numbers of one photo's input: 3 times the size squared.</summary>
    public int InputLength => Channels * Size * Size;

    /// <summary>One of the presets by its name on the command line.</summary>
    /// <exception cref="ShowTellException">There is no such preset.</exception>
    public static BackbonePreprocessing Preset(string name) => name switch
    {
        "torchvision" or "timm" or "model-zoo" => Torchvision,
        "caffe" => Caffe,
        "keras" => Keras,
        "keras-caffe" => KerasCaffe,
        _ => throw new ShowTellException(
            $"There is no preprocessing {name}; choose torchvision, timm, model-zoo, caffe, keras or keras-caffe."),
    };

    /// <summary>Reads a JSON file such as may lie beside a network.</summary>
    /// <exception cref="ModelFileException">The file cannot be read, or describes no preprocessing.</exception>
    public static BackbonePreprocessing Load(string path) => BackbonePreprocessingReader.Open(path).Read();

    /// <summary>
    /// What <see cref="BackbonePreprocessingReader"/> reads back as the same: entries of a file's metadata.
    /// </summary>
    public IReadOnlyDictionary<string, string> ToEntries() => new Dictionary<string, string>
    {
        ["channel_order"] = BlueFirst ? "BGR" : "RGB",
        ["value_range"] = string.Create(CultureInfo.InvariantCulture, $"0..{ValueMaximum}"),
        ["mean"] = Mean.ToString(),
        ["std"] = Deviation.ToString(),
        ["size"] = Size.ToString(CultureInfo.InvariantCulture),
        ["resize"] = ShorterSide > 0 ? ShorterSide.ToString(CultureInfo.InvariantCulture) : "stretch",
        ["layout"] = ChannelsLast ? "NHWC" : "NCHW",
    };

    /// <summary>Makes a photo as large as the network takes it: resized and its centre cut out, or stretched.</summary>
    public Photo Resize(Photo photo) => ShorterSide == 0
        ? PhotoResize.Resize(photo, Size, Size)
        : PhotoResize.ResizeAndCrop(photo, ShorterSide, Size, Size);

    /// <summary>Writes the network's input of one photo.</summary>
    /// <param name="rgb">Pixels row after row, red, green and blue of each.</param>
    /// <param name="width">Width of the photo, which must be <see cref="Size"/>.</param>
    /// <param name="height">Height of the photo, which must be <see cref="Size"/>.</param>
    /// <param name="input">Where the <see cref="InputLength"/> numbers go.</param>
    /// <exception cref="ArgumentException">The photo is of another size, or a span too short.</exception>
    public void Prepare(ReadOnlySpan<byte> rgb, int width, int height, Span<float> input)
    {
        if (width != Size || height != Size || rgb.Length != InputLength || input.Length != InputLength)
        {
            throw new ArgumentException(
                $"The network takes {Size} x {Size} pixels of 3 channels, not {width} x {height} in {rgb.Length} bytes "
                + $"({input.Length} numbers of room).",
                nameof(rgb));
        }

        (int plane, int step) = ChannelsLast ? (1, Channels) : (Size * Size, 1);
        Span<float> values = stackalloc float[Levels];
        for (int channel = 0; channel < Channels; channel++)
        {
            // A byte has few values, so each is worked out once.
            for (int level = 0; level < Levels; level++)
            {
                values[level] = ((level * (ValueMaximum / 255)) - Mean[channel]) / Deviation[channel];
            }

            int to = channel * plane;
            for (int from = BlueFirst ? Channels - 1 - channel : channel; from < rgb.Length; from += Channels)
            {
                input[to] = values[rgb[from]];
                to += step;
            }
        }
    }
}
