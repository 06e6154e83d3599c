using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using static System.FormattableString;

namespace ShowTell.Captioning;

/// <summary>
/// Whether a dataset's features are those that the model was trained on, judged by the reference vectors in its file:
/// vector by vector where the dataset has the same images, else by what features are like as a whole.
/// </summary>
internal static class DoctorFeatures
{
    /// <summary>Half precision and other decoders of photos stay below.</summary>
    public const double SameError = 1e-2;

    private const double SameDirection = 0.999;
    private const int MostRowsSearched = 20_000;
    private const int FewestImages = 4;

    private const string Advice =
        "Make the features again in the way that the model was trained with, or train a model on these.";

    public static Finding Check(DoctorExamination examination, string name)
    {
        if (examination.Unfit is string reason)
        {
            return Finding.Skipped(name, reason);
        }

        if (examination.Bundle.Reference is not { Images.Count: > 0 } reference)
        {
            return Finding.Skipped(name, "The model file keeps no features of train images to compare with.");
        }

        (int Row, CaptionSplit Split, int Image)[] matches = [.. Matches(examination, reference)];
        return matches.Length > 0
            ? CompareVectors(examination, name, reference, matches)
            : CompareAsAWhole(examination, name, reference.Features);
    }

    /// <summary>Reference images that the dataset has, too, in its train split or else in the other one.</summary>
    private static IEnumerable<(int Row, CaptionSplit Split, int Image)> Matches(
        DoctorExamination examination, ReferenceFeatures reference)
    {
        CaptionDataset dataset = examination.Dataset!;
        var places = new Dictionary<string, (CaptionSplit Split, int Image)>(StringComparer.Ordinal);
        foreach (CaptionSplit split in new[] { dataset.Train, dataset.Validation })
        {
            // A mere number names an image of the very dataset alone.
            bool areNames = split.ImageNames.Count + split.Urls.Count > 0 || examination.HasVocabularyOf(dataset);
            for (int image = 0; areNames && image < split.ImageCount; image++)
            {
                places.TryAdd(split.ImageLabel(image), (split, image));
            }
        }

        for (int row = 0; row < reference.Images.Count; row++)
        {
            if (places.TryGetValue(reference.Images[row], out (CaptionSplit Split, int Image) place))
            {
                yield return (row, place.Split, place.Image);
            }
        }
    }

    private static Finding CompareVectors(
        DoctorExamination examination,
        string name,
        ReferenceFeatures reference,
        (int Row, CaptionSplit Split, int Image)[] matches)
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
        string? difference = DifferenceOf(comparison, expected, given, matches[0].Split);
        string of = $"of the {count} train images whose features the model file keeps";
        return new Finding(
            name,
            difference is null ? FindingLevel.Good : FindingLevel.Problem,
            difference is null
                ? Invariant($"The same as the model's (relative error {comparison.Error:G2} {of}).")
                : $"Not the model's: {difference} ({Invariant($"cosine {comparison.Cosine:F3}")} {of}).",
            difference is null ? null : Advice)
        {
            Values = new Dictionary<string, double>
            {
                ["images"] = count,
                ["relativeError"] = comparison.Error,
                ["scale"] = comparison.Scale,
                ["cosine"] = comparison.Cosine,
            },
        };
    }

    private static string? DifferenceOf(
        FeatureComparison comparison, Matrix<float> expected, Matrix<float> given, CaptionSplit split)
    {
        if (comparison.Error <= SameError)
        {
            return null;
        }

        if (comparison.Cosine >= SameDirection)
        {
            return comparison.Scale >= 1
                ? Invariant($"they are {comparison.Scale:G4} times too large")
                : Invariant($"they are {1 / comparison.Scale:G4} times too small");
        }

        if (comparison.Cosine <= -SameDirection)
        {
            return Invariant($"their sign is turned, their scale {-comparison.Scale:G4}");
        }

        if (RowsElsewhere(expected, split) is int found && found > 0)
        {
            return $"they stand in another order than the names of the images, {found} of the vectors at other images";
        }

        if (comparison.ErrorOfSorted() <= SameError)
        {
            return "the features of an image are the same numbers in another order";
        }

        return expected.Rows >= FewestImages && comparison.CorrelationOfFeatures() >= SameDirection
            ? "each feature has another scale and shift, as where standardising was left out or done with other numbers"
            : "they are others";
    }

    /// <summary>How many of the vectors are in the split, wherever.</summary>
    private static int RowsElsewhere(Matrix<float> expected, CaptionSplit split)
    {
        const int BlockRows = 256;
        var block = new Matrix<float>(BlockRows, expected.Columns);
        var found = new bool[expected.Rows];
        int rows = Math.Min(split.ImageCount, MostRowsSearched);
        for (int start = 0; start < rows; start += BlockRows)
        {
            int[] images = [.. Enumerable.Range(start, Math.Min(BlockRows, rows - start))];
            split.ReadFeatures(images, block.RowBlock(0, images.Length));
            for (int i = 0; i < images.Length; i++)
            {
                for (int row = 0; row < expected.Rows; row++)
                {
                    found[row] |= FeatureComparison.RelativeError(expected.Row(row), block.Row(i)) <= SameError;
                }
            }
        }

        return found.Count(isFound => isFound);
    }

    private static Finding CompareAsAWhole(DoctorExamination examination, string name, Matrix<float> reference)
    {
        CaptionSplit split = examination.Dataset!.Split(examination.Options.Split);
        Matrix<float> given =
            DoctorExamination.FeaturesOf(split, examination.Draw(split, examination.Options.Images));
        var likeness = FeatureLikeness.Of(reference, given);
        return new Finding(
            name,
            likeness.Level,
            $"None of the images whose features the model file keeps is here; as a whole, {likeness.Text}.",
            likeness.Level == FindingLevel.Good ? null : Advice)
        {
            Values = likeness.Values,
        };
    }
}
