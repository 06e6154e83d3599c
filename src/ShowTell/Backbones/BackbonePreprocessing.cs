using ShowTell.Photos;

namespace ShowTell.Backbones;

/// <summary>
/// How a photo becomes a backbone's input: resized and cropped (<see cref="Resize"/>), then normalized
/// (<see cref="Prepare"/>): value = (pixel · <see cref="MaxValue"/> / 255 - mean) / deviation. Immutable.
/// </summary>
public sealed record BackbonePreprocessing
{
    private const int Levels = 256;
    private const int Channels = 3;

    /// <summary>Whether the channels are blue, green, red instead of red, green, blue.</summary>
    public bool BlueFirst { get; init; }

    /// <summary>The value of a full channel (255) before the mean is subtracted: 1 (the default) or 255.</summary>
    public float MaxValue { get; init; } = 1;

    /// <summary>Mean per channel, which is subtracted; 0 by default.</summary>
    public BackboneChannels Mean { get; init; }

    /// <summary>Standard deviation per channel, the divisor; 1 by default.</summary>
    public BackboneChannels Deviation { get; init; } = new(1);

    /// <summary>Width and height of the input in pixels; 224 by default.</summary>
    public int Size { get; init; } = 224;

    /// <summary>
    /// Length to which a photo's shorter side is resized before the center is cropped, at least <see cref="Size"/>, 224
    /// by default; 0 to stretch the photo to the size instead.
    /// </summary>
    public int ShorterSide { get; init; } = 224;

    /// <summary>
    /// With a <see cref="ShorterSide"/> of 0: width and height to which a photo is stretched before the center is
    /// cropped; 0, the default, for the size, so that nothing is cropped.
    /// </summary>
    public int StretchedSide { get; init; }

    /// <summary>Whether the three values of a pixel are adjacent (NHWC) instead of one plane per channel (NCHW, the
    /// default).</summary>
    public bool ChannelsLast { get; init; }

    /// <summary>For backbones of torchvision, most of timm and the ONNX model zoo.</summary>
    public static BackbonePreprocessing Torchvision => BackbonePreset.Get("torchvision");

    /// <summary>For backbones converted from Caffe, such as the VGG-16 of the captioning papers.</summary>
    public static BackbonePreprocessing Caffe => BackbonePreset.Get("caffe");

    /// <summary>For backbones of Keras that take values from -1 to 1, such as MobileNet; channels last.</summary>
    public static BackbonePreprocessing Keras => BackbonePreset.Get("keras");

    /// <summary>For backbones of Keras in its caffe mode, such as VGG16 and ResNet50; channels last.</summary>
    public static BackbonePreprocessing KerasCaffe => BackbonePreset.Get("keras-caffe");

    /// <summary>Numbers in the input of one photo: 3 times the size squared.</summary>
    public int InputLength => Channels * Size * Size;

    /// <summary>The smallest photo that need not be enlarged: it may be decoded at this size.</summary>
    public PhotoSize MinPhotoSize
    {
        get
        {
            int side = Math.Max(Size, Math.Max(ShorterSide, StretchedSide));
            return new PhotoSize(side, side);
        }
    }

    /// <summary>Reads a JSON file like those next to backbones, or Hugging Face's preprocessor_config.json.</summary>
    /// <exception cref="ModelFileException">The file cannot be read, or describes no preprocessing.</exception>
    public static BackbonePreprocessing Load(string path) => PreprocessingSource.OfFile(path).Preprocessing;

    /// <summary>The metadata entries from which <see cref="BackbonePreprocessingReader"/> reads the same.</summary>
    public IReadOnlyDictionary<string, string> ToEntries() => new Dictionary<string, string>
    {
        ["channel_order"] = BlueFirst ? "BGR" : "RGB",
        ["value_range"] = string.Create(CultureInfo.InvariantCulture, $"0..{MaxValue}"),
        ["mean"] = Mean.ToString(),
        ["std"] = Deviation.ToString(),
        ["size"] = Size.ToString(CultureInfo.InvariantCulture),
        ["resize"] = ShorterSide > 0 ? ShorterSide.ToString(CultureInfo.InvariantCulture)
            : StretchedSide > 0 ? string.Create(CultureInfo.InvariantCulture, $"stretch {StretchedSide}")
            : "stretch",
        ["layout"] = ChannelsLast ? "NHWC" : "NCHW",
    };

    /// <summary>Resizes a photo to the input size: the center of the resized photo, or the photo stretched.</summary>
    public Photo Resize(Photo photo) =>
        ShorterSide > 0 ? PhotoResize.ResizeAndCrop(photo, ShorterSide, Size, Size)
        : StretchedSide > 0
            ? PhotoResize.CropCenter(PhotoResize.Resize(photo, StretchedSide, StretchedSide), Size, Size)
        : PhotoResize.Resize(photo, Size, Size);

    /// <summary>Turns pixels into the input.</summary>
    /// <param name="photo">A photo of the input size, as from <see cref="Resize"/>.</param>
    /// <param name="input">Receives <see cref="InputLength"/> numbers.</param>
    /// <exception cref="ArgumentException">The photo has another size, or the span another length.</exception>
    public void Prepare(Photo photo, Span<float> input)
    {
        ArgumentNullException.ThrowIfNull(photo);
        if (photo.Width != Size || photo.Height != Size || input.Length != InputLength)
        {
            throw new ArgumentException(
                $"The backbone takes {Size} x {Size} pixels as {InputLength} numbers, not {photo.Width} x "
                + $"{photo.Height} as {input.Length}.",
                nameof(photo));
        }

        ReadOnlySpan<byte> rgb = photo.Pixels;
        (int plane, int step) = ChannelsLast ? (1, Channels) : (Size * Size, 1);
        Span<float> values = stackalloc float[Levels];
        for (int channel = 0; channel < Channels; channel++)
        {
            // A byte has few values, so each is computed once.
            for (int level = 0; level < Levels; level++)
            {
                values[level] = Value(level, channel);
            }

            int to = channel * plane;
            for (int from = BlueFirst ? Channels - 1 - channel : channel; from < rgb.Length; from += Channels)
            {
                input[to] = values[rgb[from]];
                to += step;
            }
        }
    }

    /// <summary>The number that a pixel's value becomes.</summary>
    internal float Value(int level, int channel) => ((level * (MaxValue / 255)) - Mean[channel]) / Deviation[channel];
}

/// <summary>A number per color channel, in the order in which the backbone takes them.</summary>
public readonly record struct BackboneChannels(float First, float Second, float Third)
{
    /// <summary>The same number for all channels.</summary>
    public BackboneChannels(float value)
        : this(value, value, value)
    {
    }

    /// <summary>The channels in reverse order.</summary>
    internal BackboneChannels Reversed => new(Third, Second, First);

    /// <summary>The number of channel 0, 1 or 2.</summary>
    public float this[int channel] => channel switch
    {
        0 => First,
        1 => Second,
        2 => Third,
        _ => throw new ArgumentOutOfRangeException(nameof(channel)),
    };

    /// <summary>The numbers separated by commas, in full precision.</summary>
    public override string ToString() =>
        string.Join(',', new[] { First, Second, Third }.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
