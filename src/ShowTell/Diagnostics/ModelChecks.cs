using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;
using ShowTell.Models;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <summary>The checks of <see cref="ModelDiagnosis"/>: of the weights here, and what several of them share.</summary>
internal sealed partial class ModelChecks(ModelBundle bundle, CaptionDataset? dataset, DiagnosisOptions options)
    : IDisposable
{
    private const int BatchSize = 128;
    private const int MinImages = 4;

    /// <summary>Trained weights have a root mean square between 0.01 and 10 or so.</summary>
    private const double MaxRms = 100;

    private readonly InferenceModel<float> _model = new(bundle.Model);

    // The train split of a model trained with fewer captions is limited to those it was trained on.
    private readonly CaptionDataset? _dataset = dataset?.Vocabulary.Fingerprint == bundle.Training.WordVocabulary
        ? dataset?.WithMaxTrain(Math.Max(1, bundle.Training.TrainCaptions), new SeededRandom(bundle.Training.Seed))
        : dataset;

    private int[][]? _splitCaptions;

    /// <summary>The model's backbone, once the check has found it.</summary>
    private Backbone? _backbone;

    /// <summary>Why the model cannot take the dataset's features; null if it can.</summary>
    public string? Incompatibility => Dataset.FeatureSize == bundle.Features.Size
        ? null
        : $"The dataset has {Dataset.FeatureSize} features per image, but the model takes {bundle.Features.Size}.";

    private CaptionDataset Dataset => _dataset!;

    private bool HasSameVocabulary => Dataset.Vocabulary.Fingerprint == bundle.Training.WordVocabulary;

    /// <summary>The split to examine.</summary>
    private CaptionSplit Split => Dataset.Split(options.Split);

    /// <summary>Judges the training run by its validation losses.</summary>
    public Finding Training() => TrainingCourse.Judge(bundle.Training);

    /// <summary>Finds weights that training has not changed, or that diverged.</summary>
    public Finding Weights()
    {
        var rms = bundle.Model.Parameters.All.ToDictionary(
            tensor => tensor.Name, tensor => FeatureComparison.Rms(tensor.Value.Span));
        string[] zero =
            [.. rms.Where(tensor => tensor.Value == 0 && !IsUntrained(tensor.Key)).Select(tensor => tensor.Key)];
        (string largest, double value) = rms.MaxBy(tensor => tensor.Value);
        Finding found = zero.Length > 0
            ? Finding.Of(
                FindingLevel.Problem,
                $"All zeros: {string.Join(", ", zero)}.",
                "The model was not trained, or its weights were lost: train it again.")
            : rms.Values.All(one => one <= MaxRms)
            ? Finding.Of(
                FindingLevel.Good,
                Invariant($"{rms.Count} tensors of finite numbers; the largest root mean square is ")
                + Invariant($"{value:F2} ({largest})."))
            : Finding.Of(
                FindingLevel.Problem,
                Invariant($"Training diverged: the root mean square of {largest} is {value:G3}."),
                "Train again with a lower learning rate (--lr).");
        return found with { Values = rms };
    }

    public void Dispose() => _backbone?.Dispose();

    /// <summary>With a single region to attend to, cross-attention queries get no gradient.</summary>
    private bool IsUntrained(string name) =>
        bundle.Model.Options is { Architecture: Architecture.Transformer, Regions: 1 }
        && name.StartsWith("b_cross_query", StringComparison.Ordinal);

    private static FindingLevel LevelOf(double value, double warning, double problem = double.PositiveInfinity) =>
        value > problem ? FindingLevel.Problem : value <= warning ? FindingLevel.Good : FindingLevel.Warning;

    /// <summary>Captions of images, decoded greedily: the ids of each.</summary>
    private int[][] Caption(Matrix<float> features)
    {
        var greedy = new DecodingOptions { MaxLength = bundle.Training.CaptionWidth - 1 };
        return [.. CaptionGenerator.Generate(_model, features, greedy).Select(best => best[0].Ids.ToArray())];
    }

    /// <summary>Captions of the selected images.</summary>
    private int[][] SplitCaptions() => _splitCaptions ??= Caption(FeaturesOf(Split, SelectImages()));

    /// <summary>A random selection of the split's images with captions.</summary>
    private int[] SelectImages()
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
    private int[] Tokenize(CaptionSplit split, IEnumerable<int> captions)
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
