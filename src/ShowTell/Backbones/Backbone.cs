using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using ShowTell.Files;

namespace ShowTell.Backbones;

/// <summary>
/// A vision network that turns photos into features, loaded from an ONNX file and run by ONNX Runtime. Thread-safe.
/// </summary>
/// <remarks>
/// Letters: N photos, D features, R regions of the feature grid (height times width, row by row).
/// </remarks>
public sealed class Backbone : IDisposable
{
    private readonly OnnxSession _session;
    private readonly long[] _inputShape;
    private readonly string[] _names;
    private readonly BackboneOutput[] _outputs;

    private Backbone(string file, string? path, OnnxFile network, string name, BackboneOptions options)
    {
        Path = name;
        IsGrid = options.Grid;
        ArgumentOutOfRangeException.ThrowIfNegative(options.GridSide);
        Sha256 = RequireSha256(name, network.Sha256(), options.Sha256);
        _names = NamesIn(options.Output ?? network.ChooseOutput(options.Grid));
        Output = string.Join(",", _names);
        var input = BackboneInput.Of(name, network, _names);
        var metadata = new BackbonePreprocessingReader(name, network.Metadata);
        Preprocessing = input.Fit(options.Preprocessing ?? (options.Preset is string preset
            ? BackbonePreset.Get(preset, input.Size)
            : (PreprocessingSource.Find(path, metadata) ?? throw input.LacksPreprocessing(path)).Preprocessing));
        _inputShape = input.Shape(Preprocessing);
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        using TemporaryFile? cut =
            network.CutFor(_names) is OnnxCopy copy ? new TemporaryFile(copy.WriteTo) : null;
        _session = new OnnxSession(
            cut?.Path ?? network.Weights?.Path ?? file, name, input.Tensor.Name, _names, threads);
        try
        {
            options = options with
            {
                Layout = options.Layout ?? (_names.All(network.IsOutput) ? metadata.OutputLayout : null),
            };
            _outputs = Probe(network, options, metadata.Layout);
            EnsureEqualRegions();
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>The file, or the name that was given to bytes from memory.</summary>
    public string Path { get; }

    /// <summary>
    /// SHA-256 of the file, 64 lower-case hexadecimal digits; if weights are in other files, of the one file that they
    /// and the network make together, which <see cref="ReadFile"/> returns.
    /// </summary>
    public string Sha256 { get; }

    /// <summary>Name of the input tensor.</summary>
    public string Input => _session.Input;

    /// <summary>Name of the tensor with the features; of several, whose features follow each other, separated by
    /// commas.</summary>
    public string Output { get; }

    /// <summary>How photos become the input.</summary>
    public BackbonePreprocessing Preprocessing { get; }

    /// <summary>Features per photo, or per region of the grid, D.</summary>
    public int FeatureSize => _outputs.Sum(output => output.Columns);

    /// <summary>Whether there are features for each region of the grid, instead of one vector per photo.</summary>
    public bool IsGrid { get; }

    /// <summary>Rows of features per photo: R regions of the grid, or 1.</summary>
    public int Regions => _outputs[0].Regions;

    /// <summary>Side to which the backbone's grids are averaged; 0 if it is the backbone's own.</summary>
    public int GridSide => _outputs.Max(output => output.Side);

    /// <summary>Where the output has its features.</summary>
    public OutputLayout Layout => _outputs[0].Layout;

    /// <summary>What becomes of the class token and its like; <see cref="ClassToken.Keep"/> if there are none.
    /// </summary>
    public ClassToken ClassToken => _outputs[0].ClassToken;

    /// <summary>The batch size that the backbone requires; 0 if any.</summary>
    public int FixedBatchSize => _inputShape[0] > 0 ? (int)_inputShape[0] : 0;

    /// <summary>Loads a backbone.</summary>
    /// <param name="path">An ONNX file; files with its weights, if it has them in others, must be in its folder. The
    /// preprocessing is read from its metadata, or else from a JSON file of the same name next to it (net.onnx,
    /// net.json) or a preprocessor_config.json, unless the options specify it.</param>
    /// <param name="options">How to load and run it; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file cannot be read, is damaged, lacks the output, or does not map
    /// photos to features.</exception>
    /// <exception cref="IncompatibleException">The SHA-256 differs from the one in the options.</exception>
    /// <exception cref="NativeLibraryMissingException">ONNX Runtime does not run on this system.</exception>
    /// <exception cref="ShowTellException">The graph must be cut at an inner tensor, and the temporary folder is
    /// full.</exception>
    public static Backbone Load(string path, BackboneOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(path, path, path, options);
    }

    /// <summary>Loads a backbone from the bytes of its file, by way of a temporary file.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="name">The name for error messages.</param>
    /// <param name="options">How to load and run it; null for the defaults.</param>
    /// <inheritdoc cref="Load(string, BackboneOptions?)"/>
    public static Backbone Load(ReadOnlyMemory<byte> bytes, string name, BackboneOptions? options = null) =>
        Load(stream => stream.Write(bytes.Span), name, options);

    /// <summary>Reads a backbone as one file with all its weights.</summary>
    /// <param name="path">The file; those of its weights, if it has them in others, must be in its folder.</param>
    /// <param name="sha256">The <see cref="Sha256"/> that it must have.</param>
    /// <exception cref="ModelFileException">A file is damaged or cannot be read, or they are more than 2 GB together.
    /// </exception>
    /// <exception cref="IncompatibleException">The SHA-256 differs.</exception>
    public static byte[] ReadFile(string path, string sha256)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return OnnxFile.Use(path, path, path, network =>
        {
            OnnxCopy copy = network.Fitting(network.WithWeights());
            var bytes = new byte[copy.Length];
            copy.WriteTo(new MemoryStream(bytes));
            RequireSha256(path, Convert.ToHexStringLower(SHA256.HashData(bytes)), sha256);
            return bytes;
        });
    }

    /// <summary>Computes the features of photos.</summary>
    /// <param name="inputs">N x (3·size²), each row written by <see cref="BackbonePreprocessing.Prepare"/>.</param>
    /// <returns>N x D, or (N·R) x D for a grid.</returns>
    /// <inheritdoc cref="Run(ReadOnlyMatrixSpan{float}, MatrixSpan{float})"/>
    public Matrix<float> Run(ReadOnlyMatrixSpan<float> inputs)
    {
        var features = new Matrix<float>(inputs.Rows * Regions, FeatureSize);
        Run(inputs, features);
        return features;
    }

    /// <summary>Computes the features of photos.</summary>
    /// <param name="inputs">N x (3·size²), contiguous, each row written by
    /// <see cref="BackbonePreprocessing.Prepare"/>.</param>
    /// <param name="features">Receives N x D, or (N·R) x D for a grid.</param>
    /// <exception cref="ArgumentException">The shapes do not match.</exception>
    /// <exception cref="ModelFileException">The backbone fails on this input.</exception>
    public void Run(ReadOnlyMatrixSpan<float> inputs, MatrixSpan<float> features)
    {
        MatrixShape.Require(inputs, inputs.Rows, Preprocessing.InputLength, nameof(inputs));
        MatrixShape.Require<float>(features, inputs.Rows * Regions, FeatureSize, nameof(features));
        if (inputs.Rows > 1 && inputs.Stride != inputs.Columns)
        {
            throw new ArgumentException("The rows must be contiguous.", nameof(inputs));
        }

        int step = FixedBatchSize > 0 ? FixedBatchSize : inputs.Rows;
        for (int start = 0; start < inputs.Rows; start += step)
        {
            int count = Math.Min(step, inputs.Rows - start);
            ReadOnlySpan<float> elements = inputs.Elements.Slice(start * inputs.Columns, count * inputs.Columns);
            using IDisposableReadOnlyCollection<OrtValue> values = RunBatch(elements, step);
            Copy(values, step, features.RowBlock(start * Regions, count * Regions));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>Loads a backbone by way of a temporary file.</summary>
    /// <param name="write">Writes the backbone's file.</param>
    /// <param name="name">The name for error messages.</param>
    /// <param name="options">How to load and run it; null for the defaults.</param>
    /// <inheritdoc cref="Load(string, BackboneOptions?)"/>
    internal static Backbone Load(Action<Stream> write, string name, BackboneOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        using var file = new TemporaryFile(write);
        return Load(file.Path, null, name, options);
    }

    private static Backbone Load(string file, string? path, string name, BackboneOptions? options) => OnnxFile.Use(
        file, name, path, network => new Backbone(file, path, network, name, options ?? new BackboneOptions()));

    /// <summary>The tensors that an output names.</summary>
    private static string[] NamesIn(string output) => output.Split(',', StringSplitOptions.TrimEntries);

    /// <returns>The SHA-256, which must be the expected one, if any.</returns>
    private static string RequireSha256(string name, string sha256, string? expected) =>
        expected is null || expected == sha256
            ? sha256
            : throw new IncompatibleException(
                $"{name}: is another backbone: its SHA-256 is {sha256[..12]}..., not {expected[..12]}...");

    /// <summary>Runs a batch, padded with zeros if it is smaller than the batch size.</summary>
    private IDisposableReadOnlyCollection<OrtValue> RunBatch(ReadOnlySpan<float> elements, int batchSize)
    {
        int length = batchSize * Preprocessing.InputLength;
        if (elements.Length < length)
        {
            var padded = new float[length];
            elements.CopyTo(padded);
            elements = padded;
        }

        return _session.Run(elements, [batchSize, .. _inputShape.AsSpan(1)]);
    }

    /// <summary>Copies the outputs for a batch, side by side.</summary>
    private void Copy(IReadOnlyList<OrtValue> values, int batchSize, MatrixSpan<float> features)
    {
        for (int i = 0, column = 0; i < _outputs.Length; column += _outputs[i].Columns, i++)
        {
            long[] shape = values[i].GetTensorTypeAndShape().Shape;
            if (!shape.AsSpan().SequenceEqual([batchSize, .. _outputs[i].Shape.Skip(1)]))
            {
                throw new ModelFileException(
                    $"{Path}: {_names[i]} has another shape for {batchSize} photos "
                    + $"({BackboneTensor.ShapeText(shape)}).");
            }

            _outputs[i].Copy(
                _session.Floats(values[i], _names[i]), features.ColumnBlock(column, _outputs[i].Columns));
        }
    }

    /// <summary>
    /// Runs once on zeros, to find out whether that works, and the outputs' shapes, which the file may not declare.
    /// </summary>
    private BackboneOutput[] Probe(OnnxFile network, BackboneOptions options, OutputLayout? inputLayout)
    {
        int batch = Math.Max(1, FixedBatchSize);
        using IDisposableReadOnlyCollection<OrtValue> values = RunBatch([], batch);
        return [.. _names.Zip(values, (name, value) =>
        {
            _session.Floats(value, name);
            long[] shape = value.GetTensorTypeAndShape().Shape;
            return new BackboneOutput(
                Path, name, shape, batch, Preprocessing.ChannelsLast,
                network.LayoutHint(name, shape.Length, inputLayout), options);
        })];
    }

    private void EnsureEqualRegions()
    {
        foreach (BackboneOutput output in _outputs)
        {
            if (output.Regions != Regions)
            {
                throw new ModelFileException(
                    $"{Path}: {Output} have {string.Join(" and ", _outputs.Select(output => output.Regions))} regions; "
                    + "they must have equally many: average them to the same side, such as --grid 7.");
            }

            if ((output.Layout, output.ClassToken) != (Layout, ClassToken))
            {
                throw new ModelFileException(
                    $"{Path}: {Output} differ in their layout or class token: choose tensors of one kind.");
            }
        }
    }
}
