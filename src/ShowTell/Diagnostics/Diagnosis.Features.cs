using ShowTell.Data;
using ShowTell.ModelFiles;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <content>
/// Whether a dataset says that it is one that the model can be used with, and whether its features are those that the
/// model was trained on, judged by the reference vectors in its file: vector by vector where the dataset has the same
/// images, else by what features are like as a whole.
/// </content>
internal sealed partial class Diagnosis
{
    /// <summary>Half precision and other decoders of photos stay below.</summary>
    public const double SameError = 1e-2;

    private const double SameDirection = 0.999;
    private const int MostRowsSearched = 20_000;
    private const int Examples = 5;

    /// <summary>Whether ids mean the same words.</summary>
    public Finding Words()
    {
        Vocabulary model = bundle.Vocabulary, dataset = Dataset.Vocabulary;
        if (HasVocabulary)
        {
            return Finding.Of(FindingLevel.Good, $"The {dataset.Count} words that the model was trained with.");
        }

        string advice = "Use the dataset with the vocabulary that the model was trained with "
            + $"({bundle.Training.Dataset}), or train a model on this one.";
        if (model.Kind == TokenKind.Character)
        {
            return Finding.Of(
                FindingLevel.Problem,
                "The model says characters and was trained with captions of another vocabulary than the "
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

    /// <summary>Whether the features are said to be made in the same way.</summary>
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
            ? $"The same name and size as the model's ({Dataset.FeatureKind}, {Dataset.FeatureSize} an image)."
            : $"Made by the model's own recipe ({Dataset.FeatureSize} an image).");
    }

    /// <summary>Whether the features are those that the model was trained on.</summary>
    public Finding Features()
    {
        if (bundle.Reference is not { Images.Count: > 0 } reference)
        {
            return Finding.Skipped("The model file keeps no features of train images to compare with.");
        }

        (int Row, CaptionSplit Split, int Image)[] matches = [.. Matches(reference)];
        if (matches.Length > 0)
        {
            return CompareVectors(reference, matches);
        }

        Finding likeness = FeatureLikeness.Of(reference.Features, FeaturesOf(Split, Draw()));
        return likeness with
        {
            Text = $"None of the images whose features the model file keeps is here; as a whole, {likeness.Text}.",
            Advice = likeness.Level == FindingLevel.Good ? null : OtherFeaturesAdvice,
        };
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

    /// <summary>Reference images that the dataset has, too, in its train split or else in the other one.</summary>
    private IEnumerable<(int Row, CaptionSplit Split, int Image)> Matches(ReferenceFeatures reference)
    {
        // A mere number names an image of the very dataset alone.
        ILookup<string, (CaptionSplit Split, int Image)> places = new[] { Dataset.Train, Dataset.Validation }
            .Where(split => split.ImageNames.Count + split.Urls.Count > 0 || HasVocabulary)
            .SelectMany(split => Enumerable.Range(0, split.ImageCount).Select(image => (split, image)))
            .ToLookup(place => place.split.ImageLabel(place.image), StringComparer.Ordinal);
        return
            from image in reference.Images.Index()
            from place in places[image.Item].Take(1)
            select (image.Index, place.Split, place.Image);
    }

    private static Finding CompareVectors(
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
        comparison.Error <= SameError ? null
        : comparison is { Cosine: >= SameDirection, Scale: >= 1 }
        ? Invariant($"they are {comparison.Scale:G4} times too large")
        : comparison.Cosine >= SameDirection
        ? Invariant($"they are {1 / comparison.Scale:G4} times too small")
        : comparison.Cosine <= -SameDirection
        ? Invariant($"their sign is turned, their scale {-comparison.Scale:G4}")
        : RowsElsewhere(expected, split) is int found && found > 0
        ? $"they stand in another order than the names of the images, {found} of the vectors at other images"
        : comparison.ErrorOfSorted() <= SameError
        ? "the features of an image are the same numbers in another order"
        : expected.Rows >= FewestImages && comparison.CorrelationOfFeatures() >= SameDirection
        ? "each feature has another scale and shift, as where standardising was left out or done with other numbers"
        : "they are others";

    /// <summary>How many of the vectors are in the split, wherever.</summary>
    private static int RowsElsewhere(Matrix<float> expected, CaptionSplit split)
    {
        var found = new bool[expected.Rows];
        foreach (int[] images in Enumerable.Range(0, Math.Min(split.ImageCount, MostRowsSearched)).Chunk(256))
        {
            Matrix<float> block = FeaturesOf(split, images);
            for (int row = 0; row < found.Length; row++)
            {
                for (int i = 0; i < block.Rows && !found[row]; i++)
                {
                    found[row] = FeatureComparison.RelativeError(expected.Row(row), block.Row(i)) <= SameError;
                }
            }
        }

        return found.Count(isFound => isFound);
    }
}
