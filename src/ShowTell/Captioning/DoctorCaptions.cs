using ShowTell.Data;
using ShowTell.Numerics;
using static System.FormattableString;

namespace ShowTell.Captioning;

/// <summary>Whether captions differ from image to image, and how much of them is unknown words.</summary>
internal static class DoctorCaptions
{
    private const double ProblemShare = 0.5;
    private const double WarningShare = 0.2;
    private const double MostUnknown = 0.05;
    private const double MostUnknownSaid = 0.1;
    private const int FewestImages = 4;

    private const string SameAdvice =
        "Check that features and captions of the train images belong together (their order, their scale), then train "
        + "longer or with another learning rate (--lr).";

    /// <summary>
    /// Captions of the reference images and of those halfway between two of them: a model that looks at features at
    /// all says several things of so many.
    /// </summary>
    public static Finding CheckReferences(DoctorExamination examination, string name)
    {
        if (examination.Bundle.Reference is not { Images.Count: >= FewestImages } reference)
        {
            return Finding.Skipped(name, "The model file keeps too few features of train images, or none.");
        }

        int images = reference.Images.Count;
        string[] captions = Decode(examination, examination.Caption(WithHalfways(reference.Features)));
        int distinct = captions.Distinct().Count(), ofReferences = captions.Take(images).Distinct().Count();
        var values = new Dictionary<string, double>
        {
            ["images"] = captions.Length,
            ["distinct"] = distinct,
            ["distinctOfReferences"] = ofReferences,
        };
        Finding found = distinct == 1
            ? new Finding(
                name, FindingLevel.Problem, $"The model says \"{captions[0]}\" whatever it sees.", SameAdvice)
            : ofReferences == 1
            ? new Finding(
                name,
                FindingLevel.Warning,
                $"The model says \"{captions[0]}\" of all {images} train images whose features it keeps.",
                SameAdvice)
            : new Finding(
                name,
                FindingLevel.Good,
                $"{ofReferences} different captions for the {images} train images whose features the file keeps, "
                + $"{distinct} for {captions.Length} with those halfway between two of them.");
        return found with { Values = values };
    }

    /// <summary>Captions of images of the dataset.</summary>
    public static Finding CheckSplit(DoctorExamination examination, string name)
    {
        if (examination.Unfit is string reason)
        {
            return Finding.Skipped(name, reason);
        }

        string[] captions = Decode(examination, examination.SplitCaptions());
        if (captions.Length < FewestImages)
        {
            return Finding.Skipped(name, $"The {examination.Options.Split} split has {captions.Length} images.");
        }

        (string caption, int count) = captions.CountBy(caption => caption).Select(pair => (pair.Key, pair.Value))
            .MaxBy(pair => pair.Value);
        int distinct = captions.Distinct().Count();
        double share = (double)count / captions.Length;
        FindingLevel level = share > ProblemShare ? FindingLevel.Problem
            : share > WarningShare ? FindingLevel.Warning
            : FindingLevel.Good;
        return new Finding(
            name,
            level,
            Invariant($"{distinct} different captions for {captions.Length} {examination.Options.Split} images; ")
            + Invariant($"{100 * share:F1}% are \"{caption}\"."),
            level == FindingLevel.Good ? null
                : "Look first at what is said of features; else train longer, or with another learning rate (--lr).")
        {
            Values = new Dictionary<string, double>
            {
                ["images"] = captions.Length,
                ["distinct"] = distinct,
                ["mostFrequentShare"] = share,
            },
        };
    }

    /// <summary>Words of the dataset's captions that the model does not have.</summary>
    public static Finding CheckUnknownWords(DoctorExamination examination, string name)
    {
        CaptionDataset dataset = examination.Dataset!;
        Vocabulary vocabulary = examination.Bundle.Vocabulary;
        double train = UnknownShare(DoctorSpelling.Of(dataset, dataset.Train, vocabulary), vocabulary);
        double validation = UnknownShare(DoctorSpelling.Of(dataset, dataset.Validation, vocabulary), vocabulary);
        bool isGood = Math.Max(train, validation) <= MostUnknown;
        string tokens = vocabulary.Kind == TokenKind.Word ? "words" : "characters";
        return new Finding(
            name,
            isGood ? FindingLevel.Good : FindingLevel.Warning,
            Invariant($"{100 * train:F1}% of the {tokens} of train captions and {100 * validation:F1}% of those of ")
            + $"val captions are {Vocabulary.Unknown} to the model.",
            isGood ? null
                : "A larger vocabulary knows more of them: import the dataset again with a lower --min-count or a "
                + "higher --vocabulary, and train on it.")
        {
            Values = new Dictionary<string, double> { ["train"] = train, ["val"] = validation },
        };
    }

    /// <summary>Unknown words in the model's own captions.</summary>
    public static Finding CheckUnknownWordsSaid(DoctorExamination examination, string name)
    {
        if (examination.Unfit is string reason)
        {
            return Finding.Skipped(name, reason);
        }

        double share = UnknownShare(examination.SplitCaptions(), examination.Bundle.Vocabulary);
        bool isGood = share <= MostUnknownSaid;
        return new Finding(
            name,
            isGood ? FindingLevel.Good : FindingLevel.Warning,
            Invariant($"{100 * share:F1}% of what the model says of {examination.Options.Split} images is ")
            + $"{Vocabulary.Unknown}.",
            isGood ? null
                : $"The captions that it was trained on hold many {Vocabulary.Unknown}: import the dataset again with "
                + "a lower --min-count or a higher --vocabulary, and train on it.")
        {
            Values = new Dictionary<string, double> { ["share"] = share },
        };
    }

    private static string[] Decode(DoctorExamination examination, int[] captions) =>
        examination.Bundle.Vocabulary.DecodeBatch(captions, examination.CaptionLength);

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
                for (int column = 0; column < features.Columns; column++)
                {
                    all[row, column] = (features[i, column] + features[j, column]) / 2;
                }
            }
        }

        return all;
    }

    private static double UnknownShare(ReadOnlySpan<int> captions, Vocabulary vocabulary)
    {
        int words = 0, unknown = 0;
        foreach (int id in captions)
        {
            words += id == vocabulary.NullId || id == vocabulary.StartId || id == vocabulary.EndId ? 0 : 1;
            unknown += id == vocabulary.UnknownId ? 1 : 0;
        }

        return (double)unknown / Math.Max(words, 1);
    }
}
