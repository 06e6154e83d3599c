using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Files;
using ShowTell.Models;

namespace ShowTell.ModelFiles;

/// <summary>
/// The contents of a model file: a model with its vocabulary, the spec of its features, and a record of its training.
/// The file is in safetensors format; what is not a tensor is JSON in its metadata (see docs/model-file.md).
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Vocabulary">The model's tokens.</param>
/// <param name="Features">The spec of the features that the model takes.</param>
/// <param name="Training">The record of the training.</param>
public sealed record ModelBundle(
    CaptioningModel<float> Model, Vocabulary Vocabulary, FeaturesSpec Features, TrainingRecord Training)
{
    /// <summary>The backbone's ONNX file; empty if the model file contains none.</summary>
    public ReadOnlyMemory<byte> BackboneBytes { get; init; }

    /// <summary>The model file, if it contains a backbone that was not read into <see cref="BackboneBytes"/>.</summary>
    internal string? BackboneFile { get; init; }

    /// <summary>The pipeline from photos to features; null if unknown.</summary>
    public PhotoPipeline? Photos => (PhotoPipeline?)Features.Photos;

    /// <summary>Features of a few training images; null for none.</summary>
    public ReferenceFeatures? Reference { get; init; }

    private const string Format = "showtell";
    private const string FormatVersion = "1";

    /// <summary>The limit of <see cref="TrainingRecord.CaptionWidth"/>, far beyond any caption.</summary>
    private const int MaxCaptionWidth = 10_000;

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="ModelFileException">A weight is NaN or infinite.</exception>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path)
    {
        if (!Model.Parameters.AreFinite())
        {
            throw new ModelFileException($"{path}: not written: the weights contain NaN or infinity.");
        }

        var metadata = new Dictionary<string, string>
        {
            ["format"] = Format,
            ["format_version"] = FormatVersion,
            ["options"] = ModelJson.Write(Model.Options),
            ["tokens"] = ModelJson.Write(Vocabulary.Kind).Trim('"'),
            ["vocabulary"] = ModelJson.Write(Vocabulary.Tokens),
            ["features"] = ModelJson.Write(Features),
            ["training"] = ModelJson.Write(Training),
        };
        if (Photos is not null)
        {
            metadata[PhotoTensors.PipelineKey] = Photos.ToJson();
        }

        if (Reference is not null)
        {
            metadata[PhotoTensors.ReferenceImagesKey] = ModelJson.Write(Reference.Images);
        }

        NamedTensor[] tensors =
        [
            .. Model.Parameters.All.Select(parameter => new NamedTensor(
                parameter.Name, ShapeOf(parameter), parameter.Value.Memory)),
            .. PhotoTensors.TensorsOf(this),
        ];
        AtomicFile.Write(path, stream => SafeTensors.Write(stream, metadata, tensors));
    }

    /// <summary>Reads and validates a file.</summary>
    /// <exception cref="ModelFileException">The file is missing, damaged, inconsistent, or not a model file.
    /// </exception>
    public static ModelBundle Load(string path) => Load(path, withBackbone: true);

    /// <summary>Reads and validates a file, with or without the backbone's bytes.</summary>
    /// <inheritdoc cref="Load(string)"/>
    internal static ModelBundle Load(string path, bool withBackbone)
    {
        if (!File.Exists(path))
        {
            string problem = Directory.Exists(path)
                ? "is a folder; expected a model file"
                : "there is no such model file";
            throw new ModelFileException($"{path}: {problem}.");
        }

        var (metadata, tensors) = SafeTensors.Read(path, withBytes: withBackbone);
        string Require(string key) => metadata.TryGetValue(key, out string? value)
            ? value
            : throw new ModelFileException($"{path}: is not a ShowTell model: its metadata lack \"{key}\".");
        if (Require("format") != Format)
        {
            throw new ModelFileException($"{path}: is not a ShowTell model: its format is \"{metadata["format"]}\".");
        }

        if (Require("format_version") != FormatVersion)
        {
            throw new ModelFileException(
                $"{path}: has format version {metadata["format_version"]}; expected version {FormatVersion}.");
        }

        try
        {
            var options = ModelJson.Read<CaptioningOptions>(Require("options"));
            var kind = ModelJson.Read<TokenKind>($"\"{Require("tokens")}\"");
            var vocabulary = new Vocabulary(ModelJson.Read<string[]>(Require("vocabulary")), kind);
            var features = ModelJson.Read<FeaturesSpec>(Require("features")) with
            {
                Photos = PhotoTensors.ReadPipeline(path, metadata, tensors),
            };
            var training = ModelJson.Read<TrainingRecord>(Require("training"));
            string[]? images = metadata.TryGetValue(PhotoTensors.ReferenceImagesKey, out string? json)
                ? ModelJson.Read<string[]>(json)
                : null;
            ValidateOptions(path, options, vocabulary, tensors);
            ValidateRecords(path, options, features, training);
            var model = new CaptioningModel<float>(options, Parameters(path, options, tensors));
            return new(model, vocabulary, features, training)
            {
                BackboneBytes = PhotoTensors.ReadBackbone(tensors),
                BackboneFile = !withBackbone && PhotoTensors.HasBackbone(tensors) ? path : null,
                Reference = PhotoTensors.ReadReference(path, images, features.Size, tensors),
            };
        }
        catch (Exception error)
            when (error is JsonException or NotSupportedException or OverflowException or DataException)
        {
            throw new ModelFileException($"{path}: its metadata are damaged: {error.Message}", error);
        }
    }

    /// <summary>Ensures that a dataset has the features and the vocabulary that the model was trained with.</summary>
    /// <param name="dataset">The dataset, with word tokens.</param>
    /// <exception cref="IncompatibleException">It has others.</exception>
    public void EnsureCompatible(CaptionDataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        Features.RequireSame(dataset.Features, dataset.Origin);
        if (Training.WordVocabulary != dataset.Vocabulary.Fingerprint)
        {
            throw new IncompatibleException(
                $"The model was trained with another vocabulary: expected fingerprint {Training.WordVocabulary[..12]}, "
                + $"found {dataset.Vocabulary.Fingerprint[..12]} ({dataset.Vocabulary.Count} words) in "
                + $"{dataset.Origin}.");
        }
    }

    private static void ValidateOptions(
        string path, CaptioningOptions options, Vocabulary vocabulary, IReadOnlyDictionary<string, NamedTensor> tensors)
    {
        try
        {
            options.Validate();
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw new ModelFileException(
                $"{path}: its options are out of range: {error.ParamName} is {error.ActualValue}.", error);
        }

        // Before parameters are allocated: the file must contain as many elements as the options require.
        long elements = tensors.Values.Where(tensor => !PhotoTensors.Has(tensor.Name))
            .Sum(tensor => (long)tensor.Elements.Length);
        if (CaptioningParameters.CountOf(options) != elements)
        {
            throw new ModelFileException(
                $"{path}: contains {elements} parameters; its options require "
                + $"{CaptioningParameters.CountOf(options)}.");
        }

        if ((options.VocabularySize, options.NullId, options.StartId, options.EndId)
            != (vocabulary.Count, vocabulary.NullId, vocabulary.StartId, vocabulary.EndId)
            || (options.UnknownId is int unknown && unknown != vocabulary.UnknownId))
        {
            throw new ModelFileException(
                $"{path}: contains a vocabulary of {vocabulary.Count} tokens; its weights require one of "
                + $"{options.VocabularySize}, with the same markers.");
        }
    }

    private static void ValidateRecords(
        string path, CaptioningOptions options, FeaturesSpec features, TrainingRecord training)
    {
        if (features.Photos is not null && features.Kind != FeaturesSpec.Of(features.Photos, features.Size).Kind)
        {
            throw new ModelFileException($"{path}: its photo pipeline was changed: the fingerprint differs.");
        }

        if (features.Size != options.FeatureSize)
        {
            throw new ModelFileException(
                $"{path}: specifies {features.Size} features per image; its weights require {options.FeatureSize}.");
        }

        if (training.CaptionWidth is < 2 or > MaxCaptionWidth)
        {
            throw new ModelFileException(
                $"{path}: has a caption width of {training.CaptionWidth}; expected 2 to {MaxCaptionWidth}.");
        }

        if (training.WordVocabulary.Length != 64 || !training.WordVocabulary.All(char.IsAsciiHexDigitLower))
        {
            throw new ModelFileException(
                $"{path}: the fingerprint of its word vocabulary is \"{training.WordVocabulary}\"; "
                + "expected 64 hexadecimal digits.");
        }
    }

    private static CaptioningParameters<float> Parameters(
        string path, CaptioningOptions options, IReadOnlyDictionary<string, NamedTensor> tensors)
    {
        var parameters = new CaptioningParameters<float>(options);
        if (tensors.Keys.Except(parameters.All.Select(parameter => parameter.Name))
            .FirstOrDefault(name => !PhotoTensors.Has(name)) is string unknown)
        {
            throw new ModelFileException($"{path}: the tensor {unknown} does not belong to its model.");
        }

        foreach (Parameter<float> parameter in parameters.All)
        {
            string name = parameter.Name;
            if (!tensors.TryGetValue(name, out NamedTensor? tensor))
            {
                throw new ModelFileException($"{path}: the tensor {name} is missing.");
            }

            long[] shape = ShapeOf(parameter);
            if (!tensor.Shape.SequenceEqual(shape) || tensor.IsBytes)
            {
                throw new ModelFileException(
                    $"{path}: the tensor {name} has the shape [{string.Join(", ", tensor.Shape)}]; "
                    + $"expected [{string.Join(", ", shape)}].");
            }

            if (!TensorPrimitives.IsFiniteAll(tensor.Elements.Span))
            {
                throw new ModelFileException($"{path}: the tensor {name} contains NaN or infinity.");
            }

            tensor.Elements.Span.CopyTo(parameter.Value.Span);
        }

        return parameters;
    }

    private static long[] ShapeOf(Parameter<float> parameter) => parameter.IsVector
        ? [parameter.Value.Columns]
        : [parameter.Value.Rows, parameter.Value.Columns];
}
