using Microsoft.ML.OnnxRuntime;
using ShowTell.Files;

namespace ShowTell.Backbones;

/// <summary>What a network in an ONNX file offers as a backbone.</summary>
public sealed class BackboneInspection
{
    /// <summary>Maximum number of inner tensors, the last ones, that are run to find out their shapes.</summary>
    private const int MaxRun = 32;

    /// <summary>Maximum number of inner tensors in <see cref="Inner"/>.</summary>
    private const int MaxInner = 8;

    /// <summary>Minimum pixels per region and side of an inner tensor; finer grids are hardly features yet.</summary>
    private const int MinPixels = 4;

    /// <summary>Channels of photos; an inner tensor has more.</summary>
    private const int Channels = 3;

    private readonly string _path;
    private readonly OnnxFile _network;
    private readonly BackboneInput? _input;
    private readonly BackbonePreprocessingReader _metadata;
    private readonly Dictionary<string, string> _problems = [];

    private BackboneInspection(string path, OnnxFile network)
    {
        (_path, _network) = (path, network);
        _metadata = new BackbonePreprocessingReader(path, network.Metadata);
        BackboneTensor[] photoOutputs = [.. network.Outputs.Where(output => network.NeedsOnlyPhotos(output.Name))];
        Sha256 = network.Sha256();
        if (photoOutputs.Length == 0)
        {
            Problem = $"{path}: no output depends on photos alone, so that it cannot be a backbone.";
            Outputs = [.. network.Outputs.Select(output => new BackboneFeatures(output))];
            return;
        }

        _input = BackboneInput.Of(path, network, photoOutputs[0].Name);
        LikelyPresets = _input.LikelyPresets;
        DefaultOutput = network.FindOutput(grid: false);
        PreprocessingSource? source = PreprocessingSource.Find(path, _metadata);
        (Preprocessing, PreprocessingOrigin) = (source?.Preprocessing, source?.Origin);
        string[] inner =
        [
            .. photoOutputs.SelectMany(output => network.Bottlenecks(output.Name)).Distinct()
                .Except(network.Outputs.Select(output => output.Name)).TakeLast(MaxRun),
        ];
        Dictionary<string, BackboneFeatures> run;
        try
        {
            Preprocessing = Preprocessing is null ? null : _input.Fit(Preprocessing);
            run = Run([.. photoOutputs.Select(output => output.Name), .. inner]);
        }
        catch (ModelFileException exception)
        {
            // What can be said without running it is still worth saying.
            run = [];
            Problem = exception.Message;
        }

        Outputs =
        [
            .. network.Outputs.Select(output => run.GetValueOrDefault(output.Name, new BackboneFeatures(output))),
        ];
        int maxSide = _input.Size / MinPixels;
        Inner =
        [
            .. inner.Select(name => run.GetValueOrDefault(name)).OfType<BackboneFeatures>()
                .Where(features => features.Features > Channels && features.Side <= maxSide)
                .GroupBy(features => features.Description).Select(group => group.Last())
                .Where(features => Outputs.All(output => output.Description != features.Description))
                .TakeLast(MaxInner),
        ];
        Problem ??= DefaultOutput is not null ? _problems.GetValueOrDefault(DefaultOutput)
            : Outputs.Concat(Inner).All(features => features.Features == 0) ? _problems.Values.FirstOrDefault()
            : null;
    }

    /// <summary>Version of the file format (ONNX's IR version).</summary>
    public long IrVersion => _network.Model.IrVersion;

    /// <summary>Versions of the sets of operators, by domain.</summary>
    public IReadOnlyDictionary<string, long> Opsets => _network.Model.OpsetImport.DistinctBy(set => set.Domain)
        .ToDictionary(set => set.Domain.Length > 0 ? set.Domain : "ai.onnx", set => set.Version);

    /// <summary>The program that wrote the file, and its version; empty if unknown.</summary>
    public string Producer => $"{_network.Model.ProducerName} {_network.Model.ProducerVersion}".Trim();

    /// <summary>The backbone's <see cref="Backbone.Sha256"/>.</summary>
    public string Sha256 { get; }

    /// <summary>The files with weights beside the network's own, and their lengths in bytes.</summary>
    public IReadOnlyList<(string Name, long Bytes)> WeightFiles => [.. _network.Weights?.Files ?? []];

    /// <summary>The inputs.</summary>
    public IReadOnlyList<BackboneTensor> Inputs => _network.Inputs;

    /// <summary>The outputs.</summary>
    public IReadOnlyList<BackboneFeatures> Outputs { get; }

    /// <summary>
    /// Inner tensors through which everything goes that the outputs are computed from; of those of one shape the last.
    /// </summary>
    public IReadOnlyList<BackboneFeatures> Inner { get; } = [];

    /// <summary>The output that is taken if none is named; null if several may be it.</summary>
    public string? DefaultOutput { get; }

    /// <summary>The preprocessing that the file or one beside it describes; null if there is none.</summary>
    public BackbonePreprocessing? Preprocessing { get; }

    /// <summary>Where the preprocessing was found; null if there is none.</summary>
    public string? PreprocessingOrigin { get; }

    /// <summary>The presets that the network probably takes, the most likely first.</summary>
    public IReadOnlyList<string> LikelyPresets { get; } = [];

    /// <summary>Why the network cannot be a backbone as it is; null if it can.</summary>
    public string? Problem { get; }

    /// <summary>Inspects a network; runs it once.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <exception cref="ModelFileException">It cannot be read, is no ONNX file, or is damaged.</exception>
    public static BackboneInspection Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return OnnxFile.Use(path, path, path, network => new BackboneInspection(path, network));
    }

    /// <summary>Runs tensors on zeros, to find out what they are.</summary>
    private Dictionary<string, BackboneFeatures> Run(string[] tensors)
    {
        BackbonePreprocessing input = Preprocessing
            ?? _input!.Fit(BackbonePreset.Get("raw", _input.Size) with { ChannelsLast = _input.ChannelsLast ?? false });
        long[] shape = _input!.Shape(input);
        long photos = Math.Max(1, shape[0]);
        using var file = new TemporaryFile(_network.Fitting(_network.CutAt(tensors)).WriteTo);
        using var session = new OnnxSession(file.Path, _path, _input.Tensor.Name, tensors, Environment.ProcessorCount);
        using IDisposableReadOnlyCollection<OrtValue> values =
            session.Run(new float[photos * input.InputLength], [photos, .. shape[1..]]);
        return tensors.Zip(values).ToDictionary(
            pair => pair.First, pair => Describe(pair.First, pair.Second, (int)photos, input, session));
    }

    private BackboneFeatures Describe(
        string name, OrtValue value, int photos, BackbonePreprocessing input, OnnxSession session)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        long[] shape = info.Shape;
        string type = BackboneTensor.TypeName((int)info.ElementDataType);
        var tensor = new BackboneTensor(
            name, type, shape.Length > 0 && _input!.Shape(input)[0] < 0 ? [-1, .. shape[1..]] : shape);
        try
        {
            session.Floats(value, name);
            return BackboneFeatures.Of(tensor, new BackboneOutput(
                _path,
                name,
                shape,
                photos,
                input.ChannelsLast,
                _network.LayoutHint(name, shape.Length, _metadata.Layout),
                new BackboneOptions
                {
                    Grid = shape.Length > 2,
                    Layout = _network.IsOutput(name) ? _metadata.OutputLayout : null,
                }));
        }
        catch (ModelFileException exception)
        {
            _problems[name] = exception.Message;
            return new BackboneFeatures(tensor);
        }
    }
}
