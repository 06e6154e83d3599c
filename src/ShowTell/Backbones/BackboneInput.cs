namespace ShowTell.Backbones;

/// <summary>The input of a network that takes photos.</summary>
internal sealed class BackboneInput
{
    /// <summary>Maximum fixed batch size; a photo is padded to it.</summary>
    private const int MaxBatch = 1024;

    /// <summary>Maximum numbers in a fixed batch, 1 GB of them.</summary>
    private const int MaxNumbers = 1 << 28;

    private const int Channels = 3;

    private readonly string _name;
    private readonly OnnxFile _network;

    /// <summary>Dimensions: photos, then as NCHW or NHWC; negative where any size is accepted.</summary>
    private readonly IReadOnlyList<long> _shape;

    private BackboneInput(string name, OnnxFile network, BackboneTensor tensor)
    {
        (_name, _network, Tensor) = (name, network, tensor);
        _shape = tensor.Shape ?? [-1, -1, -1, -1];
        bool isFirst = _shape[1] == Channels, isLast = _shape[3] == Channels;
        if (isFirst == isLast)
        {
            (isFirst, isLast) = (isFirst || _shape[1] < 0, isLast || _shape[3] < 0);
        }

        ChannelsLast = isFirst == isLast ? null : isLast;
        (long height, long width) = isLast && !isFirst ? (_shape[1], _shape[2]) : (_shape[2], _shape[3]);
        if (!isFirst && !isLast || (height > 0 && width > 0 && height != width) || _shape[0] > MaxBatch)
        {
            throw new ModelFileException(
                $"{name}: its input {tensor} takes no square photos with {Channels} channels: n x 3 x S x S or "
                + $"n x S x S x 3 was expected, and n at most {MaxBatch}.");
        }

        FixedSize = (int)Math.Max(Math.Max(height, width), 0);
    }

    /// <summary>The input as the file declares it.</summary>
    public BackboneTensor Tensor { get; }

    /// <summary>Whether the layout is NHWC; null if the shape allows both.</summary>
    public bool? ChannelsLast { get; }

    /// <summary>The width and height that the network requires; 0 if any.</summary>
    public int FixedSize { get; }

    /// <summary>Width and height that suit the network.</summary>
    public int Size => FixedSize > 0 ? FixedSize : BackbonePreset.DefaultSize;

    /// <summary>The presets that the network probably takes.</summary>
    public string[] LikelyPresets => BackbonePreset.Likely(_network, Tensor);

    /// <summary>Finds the input that outputs depend on.</summary>
    /// <param name="name">The network for error messages.</param>
    /// <param name="network">The network.</param>
    /// <param name="outputs">The outputs.</param>
    /// <exception cref="ModelFileException">They depend on several, or on one that takes no photos.</exception>
    public static BackboneInput Of(string name, OnnxFile network, params string[] outputs)
    {
        string output = string.Join(", ", outputs);
        BackboneTensor[] inputs = network.NeededInputs(outputs);
        if (inputs.Length == 1)
        {
            return inputs[0].MayBePhoto
                ? new BackboneInput(name, network, inputs[0])
                : throw new ModelFileException(
                    $"{name}: its input {inputs[0]} takes no photos: four dimensions of floating-point numbers or "
                    + "uint8 were expected.");
        }

        IEnumerable<BackboneTensor> others = inputs.Length > 1 && inputs.Count(input => input.MayBePhoto) == 1
            ? inputs.Where(input => !input.MayBePhoto)
            : inputs;
        throw new ModelFileException(inputs.Length == 0
            ? $"{name}: {output} does not depend on any input. Choose another tensor with --output."
            : $"{name}: {output} needs more than photos: the input {OnnxFile.Listed(others)}. Choose a tensor that "
                + "does not with --output, or export the part of the network that encodes photos.");
    }

    /// <summary>A preprocessing with the layout that the input has.</summary>
    /// <exception cref="ModelFileException">Its size is not that of the input, or its numbers are not.</exception>
    public BackbonePreprocessing Fit(BackbonePreprocessing preprocessing)
    {
        preprocessing = preprocessing with { ChannelsLast = ChannelsLast ?? preprocessing.ChannelsLast };
        if (FixedSize > 0 && FixedSize != preprocessing.Size)
        {
            throw new ModelFileException(
                $"{_name}: its input {Tensor} does not match its preprocessing, which produces "
                + $"{BackboneTensor.ShapeText(Shape(preprocessing))}.");
        }

        if (_shape[0] * preprocessing.InputLength > MaxNumbers)
        {
            throw new ModelFileException(
                $"{_name}: its input {BackboneTensor.ShapeText(Shape(preprocessing))} takes too many photos at once: "
                + "export it with a batch size of 1.");
        }

        if (Tensor.ElementType == "uint8")
        {
            float[] ends =
            [
                .. Enumerable.Range(0, Channels).SelectMany(channel =>
                    new[] { preprocessing.Value(0, channel), preprocessing.Value(255, channel) }),
            ];
            if (ends.Min() < -0.01 || ends.Max() > 255.01 || ends.Max() < 254)
            {
                throw new ModelFileException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_name}: its input {Tensor} takes whole numbers from 0 to 255, but its preprocessing produces "
                    + $"{ends.Min():0.##} to {ends.Max():0.##}: choose the preset raw with --preprocessing."));
            }
        }

        return preprocessing;
    }

    /// <summary>The shape of the input by a preprocessing; the batch size is negative if any is accepted.</summary>
    public long[] Shape(BackbonePreprocessing preprocessing)
    {
        long size = preprocessing.Size;
        return preprocessing.ChannelsLast ? [_shape[0], size, size, Channels] : [_shape[0], Channels, size, size];
    }

    /// <summary>The error of a network without a preprocessing.</summary>
    /// <param name="path">The network's path; null if it is in no file of its own.</param>
    public ModelFileException LacksPreprocessing(string? path) => new(
        $"{_name}: the file does not describe its preprocessing of photos. Choose the preset that it was trained with: "
        + $"--preprocessing {string.Join(" or ", LikelyPresets)}"
        + (path is null ? "." : $"; or describe it in {Path.ChangeExtension(path, ".json")}."));
}
