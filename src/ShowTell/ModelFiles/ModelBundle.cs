using System.Numerics.Tensors;
using System.Text.Json.Serialization;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Files;
using ShowTell.Models;

namespace ShowTell.ModelFiles;

/// <summary>
/// Everything that captions an image, in one file: the weights, the vocabulary, and what the features must be. The file
/// is in safetensors format; its tensors have the exercise's names, and all else is JSON in its metadata
/// (see docs/model-file.md).
/// </summary>
/// <param name="Model">The model.</param>
/// <param name="Vocabulary">The tokens it says.</param>
/// <param name="Features">What features it takes.</param>
/// <param name="Training">How it was trained.</param>
public sealed record ModelBundle(
    CaptioningModel<float> Model, Vocabulary Vocabulary, FeaturesSpec Features, TrainingRecord Training)
{
    /// <summary>
    /// The network that turns photos into features, as an ONNX file's bytes; empty where it is kept apart.
    /// </summary>
    public ReadOnlyMemory<byte> Network { get; init; }

    /// <summary>The model file that holds the network, if <see cref="Network"/> was not read from it.</summary>
    internal string? NetworkFile { get; init; }

    /// <summary>How photos become features; null if unknown, or if the model takes no photos.</summary>
    public PhotoPipeline? Photos => (PhotoPipeline?)Features.Photos;

    /// <summary>Features of a few images it was trained on; null where none were kept.</summary>
    public ReferenceFeatures? Reference { get; init; }

    private const string Format = "showtell";
    private const string FormatVersion = "1";

    /// <summary>The longest captions that a file may ask for: far more than any caption has characters.</summary>
    private const int MaxCaptionWidth = 10_000;

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="ModelFileException">A weight is not a finite number: there would be no loading it.</exception>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path)
    {
        if (!Model.Parameters.AreFinite())
        {
            throw new ModelFileException($"{path}: was not written: the weights hold NaN or infinity.");
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
            metadata[BundledPhotos.RecipeKey] = Photos.ToJson();
        }

        if (Reference is not null)
        {
            metadata[BundledPhotos.ImagesKey] = ModelJson.Write(Reference.Images);
        }

        NamedTensor[] tensors =
        [
            .. Model.Parameters.All.Select(parameter => new NamedTensor(
                parameter.Name, ShapeOf(parameter), parameter.Value.Memory)),
            .. BundledPhotos.TensorsOf(this),
        ];
        AtomicFile.Write(path, stream => SafeTensors.Write(stream, metadata, tensors));
    }

    /// <summary>Reads a file and checks that all in it fits together.</summary>
    /// <exception cref="ModelFileException">The file is missing, damaged, no model file, or
    /// contradicts itself.</exception>
    public static ModelBundle Load(string path) => Load(path, withNetwork: true);

    /// <summary>Reads a file, with or without the bytes of the network for photos.</summary>
    /// <inheritdoc cref="Load(string)"/>
    internal static ModelBundle Load(string path, bool withNetwork)
    {
        if (!File.Exists(path))
        {
            string problem = Directory.Exists(path)
                ? "is a folder; a model file was expected"
                : "there is no such model file";
            throw new ModelFileException($"{path}: {problem}.");
        }

        var (metadata, tensors) = SafeTensors.Read(path, withBytes: withNetwork);
        string Require(string key) => metadata.TryGetValue(key, out string? value)
            ? value
            : throw new ModelFileException($"{path}: is no ShowTell model: its metadata lack \"{key}\".");
        if (Require("format") != Format)
        {
            throw new ModelFileException($"{path}: is no ShowTell model: its format is \"{metadata["format"]}\".");
        }

        if (Require("format_version") != FormatVersion)
        {
            throw new ModelFileException(
                $"{path}: has version {metadata["format_version"]} of the model format; "
                + $"this program reads version {FormatVersion}.");
        }

        try
        {
            var options = ModelJson.Read<CaptioningOptions>(Require("options"));
            var kind = ModelJson.Read<TokenKind>($"\"{Require("tokens")}\"");
            var vocabulary = new Vocabulary(ModelJson.Read<string[]>(Require("vocabulary")), kind);
            var features = ModelJson.Read<FeaturesSpec>(Require("features")) with
            {
                Photos = BundledPhotos.ReadRecipe(path, metadata, tensors),
            };
            var training = ModelJson.Read<TrainingRecord>(Require("training"));
            string[]? images = metadata.TryGetValue(BundledPhotos.ImagesKey, out string? json)
                ? ModelJson.Read<string[]>(json)
                : null;
            CheckOptions(path, options, vocabulary, tensors);
            CheckRecords(path, options, features, training);
            var model = new CaptioningModel<float>(options, Parameters(path, options, tensors));
            return new(model, vocabulary, features, training)
            {
                Network = BundledPhotos.ReadNetwork(tensors),
                NetworkFile = !withNetwork && BundledPhotos.HasNetwork(tensors) ? path : null,
                Reference = BundledPhotos.ReadReference(path, images, features.Size, tensors),
            };
        }
        catch (Exception error)
            when (error is JsonException or NotSupportedException or OverflowException or DataException)
        {
            throw new ModelFileException($"{path}: its metadata are damaged: {error.Message}", error);
        }
    }

    /// <summary>
    /// Checks that a dataset is one whose features this model understands and whose captions it speaks.
    /// </summary>
    /// <param name="dataset">The dataset, with captions of words.</param>
    /// <exception cref="IncompatibleException">It is another one.</exception>
    public void RequireFits(CaptionDataset dataset)
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

    private static void CheckOptions(
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

        // Before memory is taken: as many elements as the options speak of must really be there.
        long elements = tensors.Values.Where(tensor => !BundledPhotos.Has(tensor.Name))
            .Sum(tensor => (long)tensor.Elements.Length);
        if (CaptioningParameters.CountOf(options) != elements)
        {
            throw new ModelFileException(
                $"{path}: its options make {CaptioningParameters.CountOf(
                    options)} parameters, and it holds {elements}.");
        }

        if ((options.VocabularySize, options.NullId, options.StartId, options.EndId)
            != (vocabulary.Count, vocabulary.NullId, vocabulary.StartId, vocabulary.EndId))
        {
            throw new ModelFileException(
                $"{path}: its weights are for a vocabulary of {options.VocabularySize} tokens, "
                + $"and it holds one of {vocabulary.Count}, or their markers differ.");
        }
    }

    private static void CheckRecords(
        string path, CaptioningOptions options, FeaturesSpec features, TrainingRecord training)
    {
        if (features.Photos is not null && features.Kind != FeaturesSpec.Of(features.Photos, features.Size).Kind)
        {
            throw new ModelFileException($"{path}: its recipe of features was changed: its fingerprint is another.");
        }

        if (features.Size != options.FeatureSize)
        {
            throw new ModelFileException(
                $"{path}: its weights are for {options.FeatureSize} features an image, "
                + $"and its feature recipe makes {features.Size}.");
        }

        if (training.CaptionWidth is < 2 or > MaxCaptionWidth)
        {
            throw new ModelFileException(
                $"{path}: its captions are {training.CaptionWidth} ids wide; 2 to {MaxCaptionWidth} were expected.");
        }

        if (training.WordVocabulary.Length != 64 || !training.WordVocabulary.All(char.IsAsciiHexDigitLower))
        {
            throw new ModelFileException(
                $"{path}: the fingerprint of its word vocabulary is \"{training.WordVocabulary}\"; "
                + "64 hexadecimal digits were expected.");
        }
    }

    private static CaptioningParameters<float> Parameters(
        string path, CaptioningOptions options, IReadOnlyDictionary<string, NamedTensor> tensors)
    {
        var parameters = new CaptioningParameters<float>(options);
        if (tensors.Keys.Except(parameters.All.Select(parameter => parameter.Name))
            .FirstOrDefault(name => !BundledPhotos.Has(name)) is string unknown)
        {
            throw new ModelFileException($"{path}: the tensor {unknown} is none of a captioning model.");
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
                    + $"[{string.Join(", ", shape)}] was expected.");
            }

            if (!TensorPrimitives.IsFiniteAll(tensor.Elements.Span))
            {
                throw new ModelFileException($"{path}: the tensor {name} holds NaN or infinity.");
            }

            tensor.Elements.Span.CopyTo(parameter.Value.Span);
        }

        return parameters;
    }

    private static long[] ShapeOf(Parameter<float> parameter) => parameter.IsVector
        ? [parameter.Value.Columns]
        : [parameter.Value.Rows, parameter.Value.Columns];
}

/// <summary>How a model was trained.</summary>
public sealed record TrainingRecord
{
    /// <summary>Name of the dataset.</summary>
    public required string Dataset { get; init; }

    /// <summary>Fingerprint of the word vocabulary of the dataset, also for a model that says characters.</summary>
    public required string WordVocabulary { get; init; }

    /// <summary>Captions it was trained on.</summary>
    public required int TrainCaptions { get; init; }

    /// <summary>Ids of the longest caption, markers included: how long its own captions may become.</summary>
    public required int CaptionWidth { get; init; }

    /// <summary>The epoch that the weights are from.</summary>
    public required int Epoch { get; init; }

    /// <summary>Loss on the validation captions after that epoch, if it was measured.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The update rule.</summary>
    public required string UpdateRule { get; init; }

    /// <summary>Learning rate of the first epoch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Decay of the learning rate per epoch.</summary>
    public required double LearningRateDecay { get; init; }

    /// <summary>Captions of a minibatch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The seed of everything random.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Dropout and label smoothing; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Regularization? Regularization { get; init; }

    /// <summary>
    /// How good the weights are by what they were chosen for, if not by the loss: the CIDEr of captions of validation
    /// images.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Score { get; init; }

    /// <summary>Name of the recipe that it was trained by; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Recipe { get; init; }

    /// <summary>
    /// The options of training that were given, by their names on the command line, a recipe's among them; null if they
    /// were not kept.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>How it was trained further on the score of its own captions; null if it was not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SelfCriticalRecord? SelfCritical { get; init; }
}

/// <summary>How a trained model was trained further, on the score of its own captions.</summary>
public sealed record SelfCriticalRecord
{
    /// <summary>A record whose temperature is 1.</summary>
    public SelfCriticalRecord()
        : this(temperature: 1)
    {
    }

    // Generated readers of JSON know defaults of parameters, not of properties (dotnet/runtime issue 84484).
    [JsonConstructor]
    internal SelfCriticalRecord(double temperature = 1) => Temperature = temperature;

    /// <summary>The epoch of that training that the weights are from.</summary>
    public required int Epoch { get; init; }

    /// <summary>Its learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Images of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Captions drawn for an image.</summary>
    public required int Samples { get; init; }

    /// <summary>Temperature that they were drawn at.</summary>
    public double Temperature { get; init; }

    /// <summary>Share of the loss that was cross-entropy on true captions.</summary>
    public required double CrossEntropyShare { get; init; }

    /// <summary>Decay of the average of the weights; null for none.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>Its seed.</summary>
    public required ulong Seed { get; init; }
}
