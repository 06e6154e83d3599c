using ShowTell.Backbones;
using ShowTell.Confidence;
using ShowTell.Data;
using ShowTell.Decoding;
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
public sealed partial record ModelBundle(
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

    /// <summary>How sure its captions are; null, the default, if that is not known.</summary>
    public CaptionConfidence? Confidence { get; init; }

    /// <summary>Ranks the captions of a beam by their confidence; null if the model has none.</summary>
    public ICaptionRanking? Ranking => Confidence?.Ranking(Model, Vocabulary);

    private const string Format = "showtell";
    private const string FormatVersion = "2";

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="ModelFileException">A weight is NaN or infinite, or the vocabulary is too large for a model
    /// file.</exception>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path)
    {
        if (!Model.Parameters.AreFinite())
        {
            throw new ModelFileException($"{path}: not written: the weights contain NaN or infinity.");
        }

        (IReadOnlyDictionary<string, string> metadata, NamedTensor[] tensors) = Contents(path);
        AtomicFile.Write(path, stream => SafeTensors.Write(stream, metadata, tensors));
    }

    /// <summary>Ensures, before it is trained, that the model will fit into a file.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <exception cref="ModelFileException">The vocabulary is too large for a model file.</exception>
    public void EnsureSavable(string path) => Contents(path);

    /// <summary>The metadata and the tensors of the file.</summary>
    private (IReadOnlyDictionary<string, string> Metadata, NamedTensor[] Tensors) Contents(string path)
    {
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

        if (Confidence is not null)
        {
            metadata[ConfidenceTensors.Key] = ConfidenceTensors.Metadata(Confidence);
        }

        NamedTensor[] tensors =
        [
            .. Model.Parameters.All.Select(parameter => NamedTensor.Of<float>(
                parameter.Name, parameter.Shape, parameter.Value.Memory)),
            .. PhotoTensors.TensorsOf(this),
        ];
        try
        {
            SafeTensors.HeaderLength(metadata, tensors);
            return (metadata, tensors);
        }
        catch (ModelFileException error)
        {
            throw new ModelFileException($"{path}: not written: {error.Message}", error);
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
}
