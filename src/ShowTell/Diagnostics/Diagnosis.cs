using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;
using ShowTell.Models;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <summary>The checks of <see cref="ModelDoctor"/>, and what several of them need.</summary>
internal sealed partial class Diagnosis(ModelBundle bundle, CaptionDataset? dataset, DoctorOptions options)
    : IDisposable
{
    private const int BatchSize = 128;
    private const int FewestImages = 4;

    /// <summary>Trained weights have a root mean square of some hundredths to some units.</summary>
    private const double MostRms = 100;

    private const string OtherFeaturesAdvice =
        "Make the features again in the way that the model was trained with, or train a model on these.";

    private readonly InferenceModel<float> _model = new(bundle.Model);

    // The train split of a model trained with fewer captions is what it was trained on.
    private readonly CaptionDataset? _dataset = dataset?.Vocabulary.Fingerprint == bundle.Training.WordVocabulary
        ? dataset?.WithMaxTrain(Math.Max(1, bundle.Training.TrainCaptions), new SeededRandom(bundle.Training.Seed))
        : dataset;

    private int[]? _splitCaptions;

    /// <summary>The network that turns photos into the model's features, once it was found.</summary>
    private Backbone? _network;

    /// <summary>Why the model cannot be given the dataset's features; null where it can.</summary>
    public string? Unfit => Dataset.FeatureSize == bundle.Features.Size
        ? null
        : $"The dataset has {Dataset.FeatureSize} features an image, and the model takes {bundle.Features.Size}.";

    private CaptionDataset Dataset => _dataset!;

    private bool HasVocabulary => Dataset.Vocabulary.Fingerprint == bundle.Training.WordVocabulary;

    /// <summary>The split that was asked for.</summary>
    private CaptionSplit Split => Dataset.Split(options.Split);

    /// <summary>Ids of a caption that the model says, without the start token.</summary>
    private int CaptionLength => bundle.Training.CaptionWidth - 1;

    /// <summary>Weights that training has not touched, or has driven away.</summary>
    public Finding Weights()
    {
        var rms = bundle.Model.Parameters.All.ToDictionary(tensor => tensor.Name, tensor => Rms(tensor.Value));
        string[] zero = [.. rms.Where(tensor => tensor.Value == 0 && !IsIdle(tensor.Key)).Select(tensor => tensor.Key)];
        (string largest, double value) = rms.MaxBy(tensor => tensor.Value);
        Finding found = zero.Length > 0
            ? Finding.Of(
                FindingLevel.Problem,
                $"All zeros: {string.Join(", ", zero)}.",
                "The model was not trained, or its weights were lost on the way: train it again.")
            : rms.Values.All(one => one <= MostRms)
            ? Finding.Of(
                FindingLevel.Good,
                Invariant($"{rms.Count} tensors of finite numbers; the largest root mean square is ")
                + Invariant($"{value:F2} ({largest})."))
            : Finding.Of(
                FindingLevel.Problem,
                Invariant($"Training diverged: the root mean square of {largest} is {value:G3}."),
                "Train again with a smaller learning rate (--lr).");
        return found with { Values = rms };
    }

    public void Dispose() => _network?.Dispose();

    private static double Rms(Matrix<float> tensor) =>
        TensorPrimitives.Norm<float>(tensor.Span) / Math.Sqrt(tensor.Length);

    /// <summary>Where there is one place to look at, nothing is learned about where to look.</summary>
    private bool IsIdle(string name) =>
        bundle.Model.Options is { Architecture: Architecture.Transformer, Places: 1 }
        && name.StartsWith("b_cross_query", StringComparison.Ordinal);

    /// <summary>The model's captions for images, decoded greedily: N x <see cref="CaptionLength"/> ids.</summary>
    private int[] Caption(ReadOnlyMatrixSpan<float> features)
    {
        var captions = new List<int>(features.Rows * CaptionLength);
        for (int start = 0; start < features.Rows; start += BatchSize)
        {
            ReadOnlyMatrixSpan<float> batch = features.RowBlock(start, Math.Min(BatchSize, features.Rows - start));
            captions.AddRange(_model.DecodeGreedily(batch, CaptionLength));
        }

        return [.. captions];
    }

    /// <summary>The model's captions for the images that were drawn.</summary>
    private int[] SplitCaptions() => _splitCaptions ??= Caption(FeaturesOf(Split, Draw()));

    /// <summary>Captioned images of the split that was asked for, drawn.</summary>
    private int[] Draw()
    {
        int[] images = [.. Split.CaptionedImages()];
        new SeededRandom(options.Seed).Shuffle<int>(images);
        return images[..Math.Min(options.Images, images.Length)];
    }

    private static Matrix<float> FeaturesOf(CaptionSplit split, int[] images)
    {
        var features = new Matrix<float>(images.Length, split.Features.Columns);
        split.ReadFeatures(images, features);
        return features;
    }

    /// <summary>Ids of captions in the model's tokens, whatever vocabulary the dataset has.</summary>
    private int[] Spell(CaptionSplit split, IEnumerable<int> captions)
    {
        string[] texts = [.. captions.Select(caption => Dataset.Vocabulary.Decode(split.Caption(caption)))];
        int width = 2 + texts.Select(text => bundle.Vocabulary.Split(text).Count()).DefaultIfEmpty().Max();
        var ids = new int[texts.Length * width];
        for (int i = 0; i < texts.Length; i++)
        {
            bundle.Vocabulary.Encode(texts[i], ids.AsSpan(i * width, width));
        }

        return ids;
    }
}
