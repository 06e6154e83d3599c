using System.Numerics.Tensors;
using ShowTell.Data;
using ShowTell.Files;
using ShowTell.Models;

namespace ShowTell.ModelFiles;

/// <summary>Reads and validates model files.</summary>
public sealed partial record ModelBundle
{
    /// <summary>The version without checksums.</summary>
    private const string FirstFormatVersion = "1";

    /// <summary>The limit of <see cref="TrainingRecord.CaptionWidth"/>, far beyond any caption.</summary>
    private const int MaxCaptionWidth = 10_000;

    /// <summary>The maximum number of digits of <see cref="TrainingRecord.RunId"/>.</summary>
    private const int MaxRunIdLength = 64;

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

        using var file = SafeTensorsReader.Open(path);
        EnsureFormat(path, file);
        try
        {
            var options = Metadata<CaptioningOptions>(path, file, "options");
            ValidateOptions(path, options, file);
            var vocabulary = new Vocabulary(
                ModelJson.ReadStrings(Metadata(path, file, "vocabulary").Span, options.VocabularySize),
                ModelJson.Read<TokenKind>($"\"{Encoding.UTF8.GetString(Metadata(path, file, "tokens").Span)}\""));
            ValidateVocabulary(path, options, vocabulary);
            var features = Metadata<FeaturesSpec>(path, file, "features");
            var training = Metadata<TrainingRecord>(path, file, "training");
            ValidateRecords(path, options, features, training);
            features = features with { Photos = PhotoTensors.ReadPipeline(path, file) };
            ValidatePipeline(path, features);
            var model = new CaptioningModel<float>(options, Parameters(path, options, file));
            return new(model, vocabulary, features, training)
            {
                BackboneBytes = withBackbone ? PhotoTensors.ReadBackbone(file) : default,
                BackboneFile = !withBackbone && PhotoTensors.HasBackbone(file) ? path : null,
                Confidence = ConfidenceTensors.Read(path, options, file),
                Reference = PhotoTensors.ReadReference(path, features.Size, file),
            };
        }
        catch (Exception error)
            when (error is JsonException or NotSupportedException or OverflowException or DataException)
        {
            throw new ModelFileException($"{path}: its metadata are damaged: {error.Message}", error);
        }
    }

    private static void EnsureFormat(string path, SafeTensorsReader file)
    {
        string Require(string key) => file.Texts.TryGetValue(key, out ReadOnlyMemory<byte> text)
            ? Encoding.UTF8.GetString(text.Span[..Math.Min(text.Length, 100)])
            : throw new ModelFileException($"{path}: is not a ShowTell model: its metadata lack \"{key}\".");
        string format = Require("format"), version = Require("format_version");
        if (format != Format)
        {
            throw new ModelFileException($"{path}: is not a ShowTell model: its format is \"{format}\".");
        }

        if (version is not (FirstFormatVersion or FormatVersion))
        {
            throw new ModelFileException(
                $"{path}: has format version {version}; expected version {FirstFormatVersion} or {FormatVersion}.");
        }

        if (version != FirstFormatVersion && !file.HasChecksums)
        {
            throw new ModelFileException(
                $"{path}: has no checksums, which format version {version} requires: the file was damaged or changed.");
        }
    }

    private static ReadOnlyMemory<byte> Metadata(string path, SafeTensorsReader file, string key) =>
        file.Texts.TryGetValue(key, out ReadOnlyMemory<byte> text)
            ? text
            : throw new ModelFileException($"{path}: is not a ShowTell model: its metadata lack \"{key}\".");

    private static T Metadata<T>(string path, SafeTensorsReader file, string key) =>
        ModelJson.Read<T>(Metadata(path, file, key).Span);

    /// <summary>Checks options and tensors before parameters are allocated.</summary>
    private static void ValidateOptions(string path, CaptioningOptions options, SafeTensorsReader file)
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

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (ParameterSpec parameter in ParameterSpecs.Of(options))
        {
            file.Require<float>(parameter.Name, parameter.Shape);
            names.Add(parameter.Name);
        }

        if (file.Entries.FirstOrDefault(tensor => 
            !names.Contains(tensor.Name) && !PhotoTensors.Has(tensor.Name) && !ConfidenceTensors.Has(tensor.Name))
            is SafeTensorsEntry unknown)
        {
            throw new ModelFileException($"{path}: the tensor {unknown.Name} does not belong to its model.");
        }
    }

    private static void ValidateVocabulary(string path, CaptioningOptions options, Vocabulary vocabulary)
    {
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

        if (training.RunId is string run
            && (run.Length is 0 or > MaxRunIdLength || !run.All(char.IsAsciiHexDigitLower)))
        {
            throw new ModelFileException(
                $"{path}: its run id is \"{run}\"; expected 1 to {MaxRunIdLength} hexadecimal digits.");
        }
    }

    private static void ValidatePipeline(string path, FeaturesSpec features)
    {
        if (features.Photos is not null && features.Kind != FeaturesSpec.Of(features.Photos, features.Size).Kind)
        {
            throw new ModelFileException($"{path}: its photo pipeline was changed: the fingerprint differs.");
        }
    }

    private static CaptioningParameters<float> Parameters(
        string path, CaptioningOptions options, SafeTensorsReader file)
    {
        var parameters = new CaptioningParameters<float>(options);
        foreach (Parameter<float> parameter in parameters.All)
        {
            file.Read(parameter.Name, parameter.Shape, parameter.Value.Span);
            if (!TensorPrimitives.IsFiniteAll<float>(parameter.Value.Span))
            {
                throw new ModelFileException($"{path}: the tensor {parameter.Name} contains NaN or infinity.");
            }
        }

        return parameters;
    }
}
