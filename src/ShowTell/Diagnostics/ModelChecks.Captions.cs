using System.Numerics.Tensors;
using ShowTell.Data;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <content>Checks of captions: whether they differ between images, and the share of unknown words.</content>
internal sealed partial class ModelChecks
{
    private const double ProblemShare = 0.5;
    private const double WarningShare = 0.2;
    private const double MaxUnknown = 0.05;
    private const double MaxGeneratedUnknown = 0.1;

    /// <summary>
    /// Captions the reference images, and the means of all pairs of them: a model that uses features at all generates
    /// several captions.
    /// </summary>
    public Finding ReferenceCaptions()
    {
        if (bundle.Reference is not { Images.Count: >= MinImages } reference)
        {
            return Finding.Skipped("The model file keeps too few features of train images, or none.");
        }

        int images = reference.Images.Count;
        string[] captions = Decode(Caption(WithPairMeans(reference.Features)));
        int distinct = captions.Distinct().Count(), ofReferences = captions.Take(images).Distinct().Count();
        (FindingLevel level, string text) = distinct == 1
            ? (FindingLevel.Problem, $"The model generates \"{captions[0]}\" for all features.")
            : ofReferences == 1
            ? (FindingLevel.Warning,
                $"The model generates \"{captions[0]}\" for all {images} train images whose features it keeps.")
            : (FindingLevel.Good,
                $"{ofReferences} distinct captions for the {images} train images whose features the file keeps, "
                + $"{distinct} for {captions.Length} including the means of two of them.");
        return Finding.Of(
            level,
            text,
            "Check that features and captions of the train images correspond (their order, their scale), then train "
            + "longer or with another learning rate (--lr).",
            ("images", captions.Length), ("distinct", distinct), ("distinctOfReferences", ofReferences));
    }

    /// <summary>Captions images of the dataset.</summary>
    public Finding Captions()
    {
        string[] captions = Decode(SplitCaptions());
        if (captions.Length < MinImages)
        {
            return Finding.Skipped($"The {options.Split} split has {captions.Length} images.");
        }

        (string caption, int count) = captions.CountBy(caption => caption).MaxBy(pair => pair.Value);
        int distinct = captions.Distinct().Count();
        double share = (double)count / captions.Length;
        return Finding.Of(
            LevelOf(share, WarningShare, ProblemShare),
            Invariant($"{distinct} distinct captions for {captions.Length} {options.Split} images; ")
            + Invariant($"{100 * share:F1}% are \"{caption}\"."),
            "Read the findings on features first; else train longer, or with another learning rate (--lr).",
            ("images", captions.Length), ("distinct", distinct), ("mostFrequentShare", share));
    }

    /// <summary>Words of the dataset's captions that are not in the model's vocabulary.</summary>
    public Finding UnknownWords()
    {
        double train = UnknownShare(Dataset.Train), validation = UnknownShare(Dataset.Validation);
        string tokens = bundle.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        return Finding.Of(
            LevelOf(Math.Max(train, validation), MaxUnknown),
            Invariant($"{100 * train:F1}% of the {tokens} of train captions and {100 * validation:F1}% of those of ")
            + $"val captions are {Vocabulary.Unknown} to the model.",
            "Use a larger vocabulary: import the dataset again with a lower --min-count or a higher --vocabulary, and "
            + "train on it.",
            ("train", train), ("val", validation));
    }

    /// <summary>Unknown words in generated captions.</summary>
    public Finding GeneratedUnknownWords()
    {
        double share = bundle.Vocabulary.UnknownShare([.. SplitCaptions().SelectMany(ids => ids)]);
        return Finding.Of(
            LevelOf(share, MaxGeneratedUnknown),
            Invariant($"{100 * share:F1}% of the words that the model generates for {options.Split} images are ")
            + $"{Vocabulary.Unknown}.",
            $"The captions that it was trained on contain many {Vocabulary.Unknown}: import the dataset again with a "
            + "lower --min-count or a higher --vocabulary, and train on it.",
            ("share", share));
    }

    private string[] Decode(int[][] captions) => [.. captions.Select(ids => bundle.Vocabulary.Decode(ids))];

    /// <summary>The rows, then the mean of each pair of them.</summary>
    private static Matrix<float> WithPairMeans(Matrix<float> features)
    {
        int count = features.Rows;
        var all = new Matrix<float>(count * (count + 1) / 2, features.Columns);
        ((ReadOnlyMatrixSpan<float>)features).CopyTo(all.RowBlock(0, count));
        for (int i = 0, row = count; i < count; i++)
        {
            for (int j = i + 1; j < count; j++, row++)
            {
                TensorPrimitives.Add(features.Row(i), features.Row(j), all.Row(row));
                TensorPrimitives.Divide(all.Row(row), 2f, all.Row(row));
            }
        }

        return all;
    }

    private double UnknownShare(CaptionSplit split) =>
        bundle.Vocabulary.UnknownShare(Tokenize(split, Enumerable.Range(0, split.Count)));
}
