using ShowTell.Data;
using ShowTell.ModelFiles;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <content>
/// Checks of whether a dataset is compatible with the model: its vocabulary, and its features compared with the
/// reference features in the model file, image by image if the dataset has the same images, or else as a whole.
/// </content>
internal sealed partial class ModelChecks
{
    /// <summary>Relative error that half precision and other photo decoders stay below.</summary>
    public const double MaxSameError = 1e-2;

    private const double MinSameCosine = 0.999;
    private const int MaxRowsSearched = 20_000;
    private const int Examples = 5;

    // Images of one dataset differ in scale by less than a tenth if there are hundreds of features.
    private const double WarningScale = 1.5;
    private const double ProblemScale = 3;
    private const double MaxZerosDifference = 0.25;

    // A profile is meaningful only if those of both halves of the references correlate.
    private const double MinProfileCorrelation = 0.5;
    private const double OtherProfileCorrelation = 0.2;

    private const string OtherFeaturesAdvice =
        "Compute the features again in the way that the model was trained with, or train a model on these.";

    /// <summary>Whether ids mean the same words.</summary>
    public Finding VocabularyOfDataset()
    {
        Vocabulary model = bundle.Vocabulary, dataset = Dataset.Vocabulary;
        if (HasSameVocabulary)
        {
            return Finding.Of(FindingLevel.Good, $"The {dataset.Count} words that the model was trained with.");
        }

        string advice = "Use the dataset with the vocabulary that the model was trained with "
            + $"({bundle.Training.Dataset}), or train a model on this one.";
        if (model.Kind == TokenKind.Character)
        {
            return Finding.Of(
                FindingLevel.Problem,
                "The model generates characters and was trained with captions of another vocabulary than the "
                + $"{dataset.Count} words here.",
                advice);
        }

        string[] missing = [.. dataset.Tokens.Except(model.Tokens)], extra = [.. model.Tokens.Except(dataset.Tokens)];
        string text = missing.Length + extra.Length == 0
            ? Reordered(model, dataset)
            : $"Another vocabulary: {model.Count} words in the model and {dataset.Count} in the dataset; "
                + $"{Some(extra)} only in the model, {Some(missing)} only in the dataset.";
        return Finding.Of(
            FindingLevel.Problem, text, advice,
            ("model", model.Count), ("dataset", dataset.Count),
            ("onlyInModel", extra.Length), ("onlyInDataset", missing.Length));
    }

    /// <summary>Whether the features were made in the same way, according to the dataset.</summary>
    public Finding KindOfFeatures()
    {
        try
        {
            bundle.Features.RequireSame(Dataset.Features, Dataset.Origin);
        }
        catch (IncompatibleException error)
        {
            return Finding.Of(FindingLevel.Problem, error.Message, OtherFeaturesAdvice);
        }

        return Finding.Of(FindingLevel.Good, bundle.Features.Photos is null
            ? $"The same name and size as the model's ({Dataset.FeatureKind}, {Dataset.FeatureSize} per image)."
            : $"Made with the model's own pipeline ({Dataset.FeatureSize} per image).");
    }

    /// <summary>Whether the features are those that the model was trained on.</summary>
    public Finding Features()
    {
        if (bundle.Reference is not { Images.Count: > 0 } reference)
        {
            return Finding.Skipped("The model file keeps no features of train images to compare with.");
        }

        (int Row, CaptionSplit Split, int Image)[] matches = [.. Matches(reference)];
        return matches.Length > 0
            ? CompareImages(reference, matches)
            : CompareStatistics(reference.Features, FeaturesOf(Split, SelectImages()));
    }

    private static string Reordered(Vocabulary model, Vocabulary dataset)
    {
        int id = Enumerable.Range(0, model.Count).FirstOrDefault(id => model.Tokens[id] != dataset.Tokens[id], -1);
        return id < 0
            ? "The same words, but the model file says that it was trained with another vocabulary."
            : $"The same {model.Count} words in another order: the id {id} is \"{model.Tokens[id]}\" in the model and "
            + $"\"{dataset.Tokens[id]}\" in the dataset.";
    }

    private static string Some(string[] words) => words.Length == 0
        ? "none"
        : $"{words.Length} ({string.Join(", ", words.Take(Examples))}{(words.Length > Examples ? ", ..." : "")})";

    /// <summary>Reference images that are in the dataset, in its train split or else in the other one.</summary>
    private IEnumerable<(int Row, CaptionSplit Split, int Image)> Matches(ReferenceFeatures reference)
    {
        // A mere number identifies an image only within the same dataset.
        ILookup<string, (CaptionSplit Split, int Image)> images = new[] { Dataset.Train, Dataset.Validation }
            .Where(split => split.ImageNames.Count + split.Urls.Count > 0 || HasSameVocabulary)
            .SelectMany(split => Enumerable.Range(0, split.ImageCount).Select(image => (split, image)))
            .ToLookup(pair => pair.split.ImageLabel(pair.image), StringComparer.Ordinal);
        return
            from label in reference.Images.Index()
            from found in images[label.Item].Take(1)
            select (label.Index, found.Split, found.Image);
    }

    private static Finding CompareImages(
        ReferenceFeatures reference, (int Row, CaptionSplit Split, int Image)[] matches)
    {
        int count = matches.Length, size = reference.Features.Columns;
        Matrix<float> expected = new(count, size), given = new(count, size);
        for (int i = 0; i < count; i++)
        {
            (int row, CaptionSplit split, int image) = matches[i];
            reference.Features.Row(row).CopyTo(expected.Row(i));
            split.ReadFeatures([image], given.RowBlock(i, 1));
        }

        var comparison = new FeatureComparison(expected, given);
        string? difference = DifferenceOf(comparison, expected, matches[0].Split);
        string of = $"of the {count} train images whose features the model file keeps";
        return Finding.Of(
            difference is null ? FindingLevel.Good : FindingLevel.Problem,
            difference is null
                ? Invariant($"The same as the model's (relative error {comparison.Error:G2} {of}).")
                : $"Not the model's: {difference} ({Invariant($"cosine {comparison.Cosine:F3}")} {of}).",
            OtherFeaturesAdvice,
            ("images", count), ("relativeError", comparison.Error),
            ("scale", comparison.Scale), ("cosine", comparison.Cosine));
    }

    private static string? DifferenceOf(FeatureComparison comparison, Matrix<float> expected, CaptionSplit split) =>
        comparison.Error <= MaxSameError ? null
        : comparison is { Cosine: >= MinSameCosine, Scale: >= 1 }
        ? Invariant($"they are {comparison.Scale:G4} times too large")
        : comparison.Cosine >= MinSameCosine
        ? Invariant($"they are {1 / comparison.Scale:G4} times too small")
        : comparison.Cosine <= -MinSameCosine
        ? Invariant($"their sign is flipped, their scale {-comparison.Scale:G4}")
        : CountElsewhere(expected, split) is int found && found > 0
        ? $"they are in another order than the image names, {found} of the vectors at other images"
        : comparison.ErrorOfSorted() <= MaxSameError
        ? "the features of an image are the same numbers in another order"
        : expected.Rows >= MinImages && comparison.CorrelationOfFeatures() >= MinSameCosine
        ? "each feature has another scale and shift, as if standardized with other numbers or not at all"
        : "they are unrelated";

    /// <summary>The number of vectors that are anywhere in the split.</summary>
    private static int CountElsewhere(Matrix<float> expected, CaptionSplit split)
    {
        var found = new bool[expected.Rows];
        foreach (int[] images in Enumerable.Range(0, Math.Min(split.ImageCount, MaxRowsSearched)).Chunk(256))
        {
            Matrix<float> block = FeaturesOf(split, images);
            for (int row = 0; row < found.Length; row++)
            {
                for (int i = 0; i < block.Rows && !found[row]; i++)
                {
                    found[row] = FeatureComparison.RelativeError(expected.Row(row), block.Row(i)) <= MaxSameError;
                }
            }
        }

        return found.Count(isFound => isFound);
    }

    /// <summary>Compares features of different images: their scale, their zeros, and which features are
    /// large.</summary>
    internal static Finding CompareStatistics(Matrix<float> reference, Matrix<float> given)
    {
        double scale = FeatureComparison.Rms(given.Span) / FeatureComparison.Rms(reference.Span);
        double factor = Math.Max(scale, 1 / scale);
        double zeros = ShareOfZeros(given.Span), referenceZeros = ShareOfZeros(reference.Span);
        double profile = FeatureComparison.CorrelationOfProfiles(reference, given);
        int half = reference.Rows / 2;
        double ownProfile = half == 0 ? 0 : FeatureComparison.CorrelationOfProfiles(
            reference.RowBlock(0, half), reference.RowBlock(half, reference.Rows - half));
        string times = scale >= 1
            ? Invariant($"{scale:G3} times as large as the model's")
            : Invariant($"{1 / scale:G3} times smaller than the model's");
        (FindingLevel level, string text) = !(factor <= ProblemScale)
            ? (FindingLevel.Problem, $"features are off in scale: {times}")
            : ownProfile >= MinProfileCorrelation && profile < OtherProfileCorrelation
            ? (FindingLevel.Problem, Invariant($"other features are large (correlation {profile:F2})"))
            : Math.Abs(zeros - referenceZeros) > MaxZerosDifference
            ? (FindingLevel.Warning,
                Invariant($"{100 * zeros:F0}% of the features are zero, and {100 * referenceZeros:F0}% of the model's"))
            : factor > WarningScale
            ? (FindingLevel.Warning, $"features differ in scale: {times}")
            : (FindingLevel.Good, Invariant($"features are of the same scale (ratio {scale:F2})"));
        return Finding.Of(
            level,
            $"The dataset has none of the images whose features the model file keeps; as a whole, {text}.",
            OtherFeaturesAdvice,
            ("images", given.Rows), ("scale", scale), ("zeros", zeros), ("referenceZeros", referenceZeros),
            ("profile", profile));

        static double ShareOfZeros(ReadOnlySpan<float> numbers) => (double)numbers.Count(0f) / numbers.Length;
    }
}
