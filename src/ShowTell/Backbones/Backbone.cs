using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using ShowTell.Files;

namespace ShowTell.Backbones;

/// <summary>
/// A convolutional network that turns photos into features, read from an ONNX file and run by ONNX Runtime.
/// <see cref="Run(ReadOnlyMatrixSpan{float}, MatrixSpan{float})"/> may be called by many threads at once.
/// </summary>
/// <remarks>
/// Letters: N photos, D features, P places of the grid (height times width, row after row).
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
        Sha256 = RequireSha256(stream, name, options.Sha256);
        stream.Position = 0;
        OnnxFile file = OnnxFile.Read(name, stream);
        Preprocessing = options.Preprocessing ?? ReadPreprocessing(name, file);
        Output = options.Output ?? ChooseOutput(file.Outputs, options.Grid);
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        using TemporaryFile? cut = file.MustCut(Output) ? new TemporaryFile(part => file.CutAt(Output, part)) : null;
        _session = new OnnxSession(cut?.Path ?? path, name, Output, threads);
        try
        {
            _inputShape = RequireInput();
            (GridSize, FeatureSize, GridSide) = Probe();
        }
        catch
        {
            _session.Dispose();
            throw;
        }
    }

    /// <summary>The file, or what it was called when it was loaded from memory.</summary>
    public string Path { get; }

    /// <summary>SHA-256 of the file, 64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary>Name of the network's input.</summary>
    public string Input => _session.Input;

    /// <summary>Name of the tensor that gives the features.</summary>
    public string Output { get; }

    /// <summary>How photos become the network's input.</summary>
    public BackbonePreprocessing Preprocessing { get; }

    /// <summary>Features of a photo, or of each place of the grid, D.</summary>
    public int FeatureSize { get; }

    /// <summary>Whether there are features for each place of the grid, instead of one vector a photo.</summary>
    public bool IsGrid => _options.Grid;

    /// <summary>Rows of features that a photo has: P places of the grid, or 1.</summary>
    public int GridSize { get; }

    /// <summary>Side of the grid that the network's is averaged down to; 0 where it is the network's own.</summary>
    public int GridSide { get; }

    /// <summary>Photos that the network was made to take at once; 0 where it takes any number.</summary>
    public int FixedBatch => _inputShape[0] > 0 ? (int)_inputShape[0] : 0;

    /// <summary>Loads a network.</summary>
    /// <param name="path">An ONNX file that holds its weights. Its preprocessing is read from its metadata, else from a
    /// JSON file of the same name beside it (net.onnx, net.json), unless the options have it.</param>
    /// <param name="options">How it is used; null for the defaults.</param>
    /// <exception cref="ModelFileException">The file cannot be read, is damaged, does not have the output, or is not a
    /// network from photos to features.</exception>
    /// <exception cref="IncompatibleException">The file is not the one that the options ask for.</exception>
    /// <exception cref="NativeLibraryMissingException">ONNX Runtime does not run on this system.</exception>
    /// <exception cref="ShowTellException">The network must be cut at an inner tensor, and there is no room for that in
    /// the temporary folder.</exception>
    public static Backbone Load(string path, BackboneOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load(path, path, options);
    }

    /// <summary>Loads a network from the bytes of its file, by way of a temporary file.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="options">How it is used; null for the defaults.</param>
    /// <inheritdoc cref="Load(string, BackboneOptions?)"/>
    public static Backbone Load(ReadOnlyMemory<byte> bytes, string path, BackboneOptions? options = null) =>
        Load(stream => stream.Write(bytes.Span), path, options);

    /// <summary>The bytes of a network's file.</summary>
    /// <exception cref="ModelFileException">The file cannot be read.</exception>
    public static byte[] ReadFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw CannotRead(path, exception);
        }
    }

    /// <summary>Checks that a stream is a certain network's file.</summary>
    /// <param name="stream">The file, which is read to its end.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="expected">SHA-256 of the file, in lower-case hexadecimal digits; null for any.</param>
    /// <returns>SHA-256 of the stream.</returns>
    /// <exception cref="IncompatibleException">It is another.</exception>
    public static string RequireSha256(Stream stream, string path, string? expected)
    {
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
        return expected is null || expected == sha256
            ? sha256
            : throw new IncompatibleException(
                $"{path}: is another network: its SHA-256 is {sha256[..12]}..., and {expected[..12]}... was expected.");
    }

    /// <summary>Loads a network by way of a temporary file.</summary>
    /// <param name="write">Writes the network's file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="options">How it is used; null for the defaults.</param>
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

    private static ModelFileException CannotRead(string path, Exception exception) =>
        new($"{path}: cannot be read: {exception.Message}", exception);

    /// <summary>Features of photos.</summary>
    /// <param name="inputs">N x (3·size²): what <see cref="BackbonePreprocessing.Prepare"/> wrote of each.</param>
    /// <returns>N x D, or, of the grid, (N·P) x D.</returns>
    /// <inheritdoc cref="Run(ReadOnlyMatrixSpan{float}, MatrixSpan{float})"/>
    public Matrix<float> Run(ReadOnlyMatrixSpan<float> inputs)
    {
        var features = new Matrix<float>(inputs.Rows * GridSize, FeatureSize);
        Run(inputs, features);
        return features;
    }

    /// <summary>Writes the features of photos.</summary>
    /// <param name="inputs">N x (3·size²): what <see cref="BackbonePreprocessing.Prepare"/> wrote of each, without gaps
    /// between the rows.</param>
    /// <param name="features">N x D, or, of the grid, (N·P) x D.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="ModelFileException">The network fails on this input.</exception>
    public void Run(ReadOnlyMatrixSpan<float> inputs, MatrixSpan<float> features)
    {
        MatrixShape.Require(inputs, inputs.Rows, Preprocessing.InputLength, nameof(inputs));
        MatrixShape.Require<float>(features, inputs.Rows * GridSize, FeatureSize, nameof(features));
        if (inputs.Rows > 1 && inputs.Stride != inputs.Columns)
        {
            throw new ArgumentException("The rows must lie without gaps.", nameof(inputs));
        }

        int step = FixedBatch > 0 ? FixedBatch : inputs.Rows;
        for (int start = 0; start < inputs.Rows; start += step)
        {
            int count = Math.Min(step, inputs.Rows - start);
            ReadOnlySpan<float> elements = inputs.Elements.Slice(start * inputs.Columns, count * inputs.Columns);
            using IDisposableReadOnlyCollection<OrtValue> outputs = RunOnce(elements, step);
            MatrixSpan<float> block = features.RowBlock(start * GridSize, count * GridSize);
            var found = new BackboneFeatures(outputs[0], step, Preprocessing.ChannelsLast, _options);
            if (!found.TryCopyTo(block))
            {
                throw new ModelFileException(
                    $"{Path}: {Output} has another shape for {step} photos ({OnnxSession.Text(found.Shape)}).");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>Runs a batch, filled up with zeros if it is too small for the network.</summary>
    private IDisposableReadOnlyCollection<OrtValue> RunOnce(ReadOnlySpan<float> elements, int batch)
    {
        int length = batch * Preprocessing.InputLength;
        if (elements.Length < length)
        {
            var filled = new float[length];
            elements.CopyTo(filled);
            elements = filled;
        }

        return _session.Run(elements, [batch, .. _inputShape.AsSpan(1)]);
    }

    private static BackbonePreprocessing ReadPreprocessing(string path, OnnxFile file)
    {
        var metadata = new BackbonePreprocessingReader(path, file.Metadata);
        if (metadata.HasAny)
        {
            return metadata.Read();
        }

        string beside = System.IO.Path.ChangeExtension(path, ".json");
        return File.Exists(beside)
            ? BackbonePreprocessingReader.Open(beside).Read()
            : throw new ModelFileException(
                $"{path}: it does not say how photos are prepared for it: "
                + $"describe it in {beside}, or choose a preset.");
    }

    // Exporters that give both call them by these names.
    private static string ChooseOutput(IReadOnlyList<string> outputs, bool grid)
    {
        string wanted = grid ? "grid" : "pooled";
        return outputs.Contains(wanted) ? wanted : outputs.Count > 0 ? outputs[0] : wanted;
    }

    /// <summary>The input's shape, with the size filled in; the batch is negative where any will do.</summary>
    private long[] RequireInput()
    {
        int size = Preprocessing.Size;
        long[] expected = Preprocessing.ChannelsLast ? [-1, size, size, 3] : [-1, 3, size, size];
        ReadOnlySpan<long> shape = _session.InputShape;
        if (shape.Length != expected.Length)
        {
            throw new ModelFileException(
                $"{Path}: one input of photos as 32-bit floats is needed ({OnnxSession.Text(expected)}), but it has "
                + $"{_session.InputText}.");
        }

        for (int i = 1; i < expected.Length; i++)
        {
            if (shape[i] > 0 && shape[i] != expected[i])
            {
                throw new ModelFileException(
                    $"{Path}: its input {_session.InputText} does not fit its preprocessing, "
                    + $"which gives {OnnxSession.Text(expected)}.");
            }
        }

        expected[0] = shape[0];
        return expected;
    }

    /// <summary>
    /// Runs once on nothing: that says whether the network runs, and the shape, where the file does not.
    /// </summary>
    private (int Places, int Features, int Side) Probe()
    {
        int batch = Math.Max(1, FixedBatch);
        using IDisposableReadOnlyCollection<OrtValue> outputs = RunOnce([], batch);
        var features = new BackboneFeatures(outputs[0], batch, Preprocessing.ChannelsLast, _options);
        if (!features.IsValid)
        {
            throw new ModelFileException(
                $"{Path}: {Output} is {OnnxSession.Text(features.Shape)}, which is not "
                + $"{(IsGrid ? "a grid of features" : "features")} of {batch} photo(s).");
        }

        // The same grid is the same recipe, whether its side was asked for or not.
        return features.CanPool
            ? (features.Rows, features.Columns, features.IsPooled ? _options.GridSide : 0)
            : throw new ModelFileException(
                $"{Path}: {Output} is {OnnxSession.Text(features.Shape)}, whose places cannot be averaged to a grid of "
                + $"{_options.GridSide} x {_options.GridSide}: that takes rows and columns of places, no fewer.");
    }
}
