using ShowTell.Data;
using ShowTell.Data.Import;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Vision;

namespace ShowTell.Captioning;

/// <summary>What is examined, and what several checks need of it.</summary>
internal sealed class DoctorExamination : IDisposable
{
    private const int BatchSize = 128;

    private int[]? _splitCaptions;

    public DoctorExamination(ModelBundle bundle, CaptionDataset? dataset, DoctorOptions options)
    {
        (Bundle, Options) = (bundle, options);
        Model = new InferenceModel<float>(bundle.Model);

        // The train split of a model trained with fewer captions is what it was trained on.
        Dataset = dataset is not null && HasVocabularyOf(dataset)
            ? dataset.WithMaxTrain(Math.Max(1, bundle.Training.TrainCaptions), new SeededRandom(bundle.Training.Seed))
            : dataset;
    }

    public ModelBundle Bundle { get; }

    public CaptionDataset? Dataset { get; }

    public DoctorOptions Options { get; }

    public InferenceModel<float> Model { get; }

    /// <summary>The network that turns photos into the model's features, once it was found.</summary>
    public Backbone? Network { get; set; }

    /// <summary>Why the model cannot be given the dataset's features; null where it can.</summary>
    public string? Unfit => Dataset!.FeatureSize == Bundle.Features.Size
        ? null
        : $"The dataset has {Dataset.FeatureSize} features an image, and the model takes {Bundle.Features.Size}.";

    /// <summary>Ids of a caption that the model says, without the start token.</summary>
    public int CaptionLength => Bundle.Training.CaptionWidth - 1;

    public bool HasVocabularyOf(CaptionDataset dataset) =>
        dataset.Vocabulary.Fingerprint == Bundle.Training.WordVocabulary;

    /// <summary>The model's captions for images, decoded greedily: N x <see cref="CaptionLength"/> ids.</summary>
    public int[] Caption(ReadOnlyMatrixSpan<float> features)
    {
        var captions = new List<int>(features.Rows * CaptionLength);
        for (int start = 0; start < features.Rows; start += BatchSize)
        {
            ReadOnlyMatrixSpan<float> batch = features.RowBlock(start, Math.Min(BatchSize, features.Rows - start));
            captions.AddRange(Model.Sample(batch, CaptionLength));
        }

        return [.. captions];
    }

    /// <summary>The model's captions for images drawn from the split that was asked for.</summary>
    public int[] SplitCaptions() => _splitCaptions ??=
        Caption(FeaturesOf(Dataset!.Split(Options.Split), Draw(Dataset.Split(Options.Split), Options.Images)));

    /// <summary>Captioned images, drawn.</summary>
    public int[] Draw(CaptionSplit split, int count)
    {
        int[] images = [.. split.CaptionedImages()];
        new SeededRandom(Options.Seed).Shuffle<int>(images);
        return images[..Math.Min(count, images.Length)];
    }

    public static Matrix<float> FeaturesOf(CaptionSplit split, int[] images)
    {
        var features = new Matrix<float>(images.Length, split.Features.Columns);
        split.ReadFeatures(images, features);
        return features;
    }

    /// <summary>The folder of the dataset's photos; null where nobody knows it.</summary>
    public string? PhotoFolder() => Options.PhotoFolder
        ?? (Dataset is not null && File.Exists(Path.Combine(Dataset.Origin, DatasetFolder.ImportFile))
            ? ImportedFolder.Load(Dataset.Origin).Photos
            : null);

    public void Dispose() => Network?.Dispose();
}
