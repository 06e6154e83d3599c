using System.Numerics.Tensors;
using ShowTell.Data;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <content>Whether captions differ from image to image, and how much of them is unknown words.</content>
internal sealed partial class Diagnosis
{
    private const double ProblemShare = 0.5;
    private const double WarningShare = 0.2;
    private const double MostUnknown = 0.05;
    private const double MostUnknownSaid = 0.1;

    private const string SameAdvice =
        "Check that features and captions of the train images belong together (their order, their scale), then train "
        + "longer or with another learning rate (--lr).";

    /// <summary>
    /// Captions of the reference images and of those halfway between two of them: a model that looks at features at
    /// all says several things of so many.
    /// </summary>
    public Finding ReferenceCaptions()
    {
        if (bundle.Reference is not { Images.Count: >= FewestImages } reference)
        {
            return Finding.Skipped("The model file keeps too few features of train images, or none.");
        }

        int images = reference.Images.Count;
        string[] captions = Decode(Caption(WithHalfways(reference.Features)));
        int distinct = captions.Distinct().Count(), ofReferences = captions.Take(images).Distinct().Count();
        (FindingLevel level, string text) = distinct == 1
            ? (FindingLevel.Problem, $"The model says \"{captions[0]}\" whatever it sees.")
            : ofReferences == 1
            ? (FindingLevel.Warning,
                $"The model says \"{captions[0]}\" of all {images} train images whose features it keeps.")
            : (FindingLevel.Good,
                $"{ofReferences} different captions for the {images} train images whose features the file keeps, "
                + $"{distinct} for {captions.Length} with those halfway between two of them.");
        return Finding.Of(
            level, text, SameAdvice,
            ("images", captions.Length), ("distinct", distinct), ("distinctOfReferences", ofReferences));
    }

    /// <summary>Captions of images of the dataset.</summary>
    public Finding Captions()
    {
        string[] captions = Decode(SplitCaptions());
        if (captions.Length < FewestImages)
        {
            return Finding.Skipped($"The {options.Split} split has {captions.Length} images.");
        }

        (string caption, int count) = captions.CountBy(caption => caption).MaxBy(pair => pair.Value);
        int distinct = captions.Distinct().Count();
        double share = (double)count / captions.Length;
        return Finding.Of(
            share > ProblemShare ? FindingLevel.Problem
                : share > WarningShare ? FindingLevel.Warning
                : FindingLevel.Good,
            Invariant($"{distinct} different captions for {captions.Length} {options.Split} images; ")
            + Invariant($"{100 * share:F1}% are \"{caption}\"."),
            "Look first at what is said of features; else train longer, or with another learning rate (--lr).",
            ("images", captions.Length), ("distinct", distinct), ("mostFrequentShare", share));
    }

    /// <summary>Words of the dataset's captions that the model does not have.</summary>
    public Finding UnknownWords()
    {
        double train = UnknownShare(Dataset.Train), validation = UnknownShare(Dataset.Validation);
        string tokens = bundle.Vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        return Finding.Of(
            Math.Max(train, validation) <= MostUnknown ? FindingLevel.Good : FindingLevel.Warning,
            Invariant($"{100 * train:F1}% of the {tokens} of train captions and {100 * validation:F1}% of those of ")
            + $"val captions are {Vocabulary.Unknown} to the model.",
            "A larger vocabulary knows more of them: import the dataset again with a lower --min-count or a higher "
            + "--vocabulary, and train on it.",
            ("train", train), ("val", validation));
    }

    /// <summary>Unknown words in the model's own captions.</summary>
    public Finding UnknownWordsSaid()
    {
        double share = UnknownShare(SplitCaptions());
        return Finding.Of(
            share <= MostUnknownSaid ? FindingLevel.Good : FindingLevel.Warning,
            Invariant($"{100 * share:F1}% of what the model says of {options.Split} images is ")
            + $"{Vocabulary.Unknown}.",
            $"The captions that it was trained on hold many {Vocabulary.Unknown}: import the dataset again with a "
            + "lower --min-count or a higher --vocabulary, and train on it.",
            ("share", share));
    }

    private string[] Decode(int[] captions) => bundle.Vocabulary.DecodeBatch(captions, CaptionLength);

    /// <summary>The rows, then the mean of each two of them.</summary>
    private static Matrix<float> WithHalfways(Matrix<float> features)
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

    private double UnknownShare(CaptionSplit split) => UnknownShare(Spell(split, Enumerable.Range(0, split.Count)));

    private double UnknownShare(int[] captions)
    {
        Vocabulary vocabulary = bundle.Vocabulary;
        int words = captions.Count(id => id != vocabulary.NullId && id != vocabulary.StartId && id != vocabulary.EndId);
        return (double)captions.Count(id => id == vocabulary.UnknownId) / Math.Max(words, 1);
    }
}
