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
    private readonly BackboneOptions _options;

    private Backbone(string path, FileStream stream, string name, BackboneOptions options)
    {
        (Path, _options) = (name, options);
        ArgumentOutOfRangeException.ThrowIfNegative(options.GridSide);
        Sha256 = CheckSha256(stream, name, options.Sha256);
        stream.Position = 0;
        OnnxFile file = OnnxFile.Read(name, stream);
        Preprocessing = options.Preprocessing ?? ReadPreprocessing(name, file);
        Output = options.Output ?? ChooseOutput(file.Outputs, options.Grid);
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        using TemporaryFile? cut = file.MustCut(Output) ? new TemporaryFile(part => file.CutAt(Output, part)) : null;
        _session = new OnnxSession(cut?.Path ?? path, name, Output, threads);
        try
        {
            _inputShape = CheckInput();
            (Regions, FeatureSize, GridSide) = Probe();
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>The file, or the name that was given to bytes from memory.</summary>
    public string Path { get; }

    /// <summary>SHA-256 of the file, 64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>Name of the input tensor.</summary>
    public string Input => _session.Input;

    /// <summary>Name of the tensor with the features.</summary>
    public string Output { get; }

    /// <summary>How photos become the input.</summary>
    public BackbonePreprocessing Preprocessing { get; }

    /// <summary>Features per photo, or per region of the grid, D.</summary>
    public int FeatureSize { get; }

    /// <summary>Whether there are features for each region of the grid, instead of one vector per photo.</summary>
    public bool IsGrid => _options.Grid;

    /// <summary>Rows of features per photo: R regions of the grid, or 1.</summary>
    public int Regions { get; }

    /// <summary>Side to which the backbone's grid is averaged; 0 if it is the backbone's own.</summary>
    public int GridSide { get; }

    /// <summary>The batch size that the backbone requires; 0 if any.</summary>
    public int FixedBatchSize => _inputShape[0] > 0 ? (int)_inputShape[0] : 0;

    /// <summary>Loads a backbone.</summary>
    /// <param name="path">An ONNX file that contains the weights. The preprocessing is read from its metadata, or else
    /// from a JSON file of the same name next to it (net.onnx, net.json), unless the options specify it.</param>
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
        return Load(path, path, options);
    }

    /// <summary>Loads a backbone from the bytes of its file, by way of a temporary file.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="name">The name for error messages.</param>
    /// <param name="options">How to load and run it; null for the defaults.</param>
    /// <inheritdoc cref="Load(string, BackboneOptions?)"/>
    public static Backbone Load(ReadOnlyMemory<byte> bytes, string name, BackboneOptions? options = null) =>
        Load(stream => stream.Write(bytes.Span), name, options);

    /// <summary>Reads the bytes of a backbone's file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sha256">SHA-256 that it must have, as lower-case hexadecimal digits.</param>
    /// <exception cref="ModelFileException">The file cannot be read.</exception>
    /// <exception cref="IncompatibleException">The SHA-256 differs.</exception>
    public static byte[] ReadFile(string path, string sha256)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            CheckSha256(new MemoryStream(bytes), path, sha256);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, exception);
        }
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
            using IDisposableReadOnlyCollection<OrtValue> outputs = RunBatch(elements, step);
            var output = new BackboneOutput(outputs[0], step, Preprocessing.ChannelsLast, _options);
            if (!output.TryCopyTo(features.RowBlock(start * Regions, count * Regions)))
            {
                throw new ModelFileException(
                    $"{Path}: {Output} has another shape for {step} photos ({OnnxSession.Text(output.Shape)}).");
            }
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
        return Load(file.Path, name, options);
    }

    private static Backbone Load(string path, string name, BackboneOptions? options)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return new Backbone(path, stream, name, options ?? new BackboneOptions());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(name, exception);
        }
    }

    private static ModelFileException CannotRead(string name, Exception exception) =>
        new($"{name}: cannot be read: {exception.Message}", exception);

    /// <returns>SHA-256 of the stream, which must be the expected one, if any.</returns>
    private static string CheckSha256(Stream stream, string name, string? expected)
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
        return expected is null || expected == sha256
            ? sha256
            : throw new IncompatibleException(
                $"{name}: is another backbone: its SHA-256 is {sha256[..12]}..., not {expected[..12]}...");
    }

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

    private static BackbonePreprocessing ReadPreprocessing(string path, OnnxFile file)
    {
        var metadata = new BackbonePreprocessingReader(path, file.Metadata);
        if (metadata.HasAny)
        {
            return metadata.Read();
        }

        string neighbor = System.IO.Path.ChangeExtension(path, ".json");
        return File.Exists(neighbor)
            ? BackbonePreprocessingReader.Open(neighbor).Read()
            : throw new ModelFileException(
                $"{path}: the file does not describe its preprocessing of photos: "
                + $"describe it in {neighbor}, or choose a preset.");
    }

    // Exporters that write both outputs use these names.
    private static string ChooseOutput(IReadOnlyList<string> outputs, bool grid)
    {
        string name = grid ? "grid" : "pooled";
        return outputs.Contains(name) || outputs.Count == 0 ? name : outputs[0];
    }

    /// <summary>The input's shape, which must match the preprocessing; the batch size is negative if any is
    /// accepted.</summary>
    private long[] CheckInput()
    {
        int size = Preprocessing.Size;
        long[] expected = Preprocessing.ChannelsLast ? [-1, size, size, 3] : [-1, 3, size, size];
        ReadOnlySpan<long> shape = _session.InputShape;
        if (shape.Length != expected.Length)
        {
            throw new ModelFileException(
                $"{Path}: one input of photos as 32-bit floats was expected ({OnnxSession.Text(expected)}), but it has "
                + $"{_session.InputText}.");
        }

        for (int i = 1; i < expected.Length; i++)
        {
            if (shape[i] > 0 && shape[i] != expected[i])
            {
                throw new ModelFileException(
                    $"{Path}: its input {_session.InputText} does not match its preprocessing, "
                    + $"which produces {OnnxSession.Text(expected)}.");
            }
        }

        expected[0] = shape[0];
        return expected;
    }

    /// <summary>
    /// Runs once on zeros, to find out whether that works, and the output's shape, which the file may not declare.
    /// </summary>
    private (int Regions, int Features, int Side) Probe()
    {
        int batch = Math.Max(1, FixedBatchSize);
        using IDisposableReadOnlyCollection<OrtValue> outputs = RunBatch([], batch);
        var features = new BackboneOutput(outputs[0], batch, Preprocessing.ChannelsLast, _options);
        if (!features.IsValid)
        {
            throw new ModelFileException(
                $"{Path}: {Output} is {OnnxSession.Text(features.Shape)}, which is not "
                + $"{(IsGrid ? "a grid of features" : "features")} of {batch} photo(s).");
        }

        // The same grid is the same pipeline, whether its side was requested or not.
        return features.CanPool
            ? (features.Rows, features.Columns, features.IsPooled ? _options.GridSide : 0)
            : throw new ModelFileException(
                $"{Path}: {Output} is {OnnxSession.Text(features.Shape)}, which cannot be averaged to a grid of "
                + $"{_options.GridSide} x {_options.GridSide}: that takes at least as many rows and columns.");
    }
}
