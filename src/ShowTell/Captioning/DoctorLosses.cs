using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using static System.FormattableString;

namespace ShowTell.Captioning;

/// <summary>How well the model knows the next word, of captions it was trained on and of others.</summary>
internal static class DoctorLosses
{
    // In nats a word. Measured on Flickr8k: 0.2 and 0.5 after three epochs (RNN, LSTM), 3.8 after 40 epochs of 2,000
    // captions, 8.0 after 50 epochs of 50 captions; on scenes 0.03.
    private const double WarningOverfitting = 1;
    private const double ProblemOverfitting = 3;

    // The same models have gaps of 1.0 to 3.8, the good ones no smaller ones than the others: far more is an exception.
    private const double WarningFreeRunning = 6;
    private const int BatchSize = 128;

    /// <summary>The loss of val captions against that of train captions.</summary>
    public static Finding CheckOverfitting(DoctorExamination examination, string name)
    {
        if (examination.Unfit is string reason)
        {
            return Finding.Skipped(name, reason);
        }

        CaptionDataset dataset = examination.Dataset!;
        WordLoss train = WordLoss.Total(OfCaptions(examination, dataset.Train));
        WordLoss validation = WordLoss.Total(OfCaptions(examination, dataset.Validation));
        double gap = validation.PerWord - train.PerWord;
        FindingLevel level = gap > ProblemOverfitting ? FindingLevel.Problem
            : gap > WarningOverfitting ? FindingLevel.Warning
            : FindingLevel.Good;
        return new Finding(
            name,
            level,
            $"Loss of a word {Text(train)} on train captions and {Text(validation)} on val captions.",
            level == FindingLevel.Good ? null
                : "The model knows its train captions by heart: train on more captions, for fewer epochs (--keep best "
                + "keeps the best ones), or a smaller model (--hidden).")
        {
            Values = new Dictionary<string, double>
            {
                ["train"] = train.PerWord,
                ["val"] = validation.PerWord,
                ["gap"] = gap,
            },
        };
    }

    /// <summary>
    /// The loss after the model's own words against that after the reference's, of the reference of each image that is
    /// nearest to what the model says. (Of others the model says something else, which may be as true.)
    /// </summary>
    public static Finding CheckFreeRunning(DoctorExamination examination, string name)
    {
        if (examination.Unfit is string reason)
        {
            return Finding.Skipped(name, reason);
        }

        CaptionSplit split = examination.Dataset!.Split(examination.Options.Split);
        int[] captions = [.. examination.Draw(split, examination.Options.Images).SelectMany(split.CaptionsOf)];
        (WordLoss Forced, WordLoss Free)[] nearest =
        [
            .. captions.Zip(
                    Measure(examination, split, captions, WordLoss.TeacherForced),
                    Measure(examination, split, captions, WordLoss.FreeRunning))
                .GroupBy(caption => split.ImageIndices[caption.First], caption => (caption.Second, caption.Third))
                .Select(ofImage => ofImage.MinBy(losses => losses.Third.PerWord)),
        ];
        WordLoss forced = WordLoss.Total(nearest.Select(losses => losses.Forced));
        WordLoss free = WordLoss.Total(nearest.Select(losses => losses.Free));
        double gap = free.PerWord - forced.PerWord;
        bool isGood = gap <= WarningFreeRunning;
        return new Finding(
            name,
            isGood ? FindingLevel.Good : FindingLevel.Warning,
            $"Loss of a word of {split.Name} captions {Text(forced)} after the reference's words and {Text(free)} "
            + Invariant($"after the model's own, a gap of {gap:F2}."),
            isGood ? null
                : "The model loses its way in its own words: train it for fewer epochs, or on more captions.")
        {
            Values = new Dictionary<string, double>
            {
                ["teacherForced"] = forced.PerWord,
                ["freeRunning"] = free.PerWord,
                ["gap"] = gap,
            },
        };
    }

    private delegate WordLoss[] Loss(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions);

    /// <summary>Teacher-forced losses of captions drawn from a split.</summary>
    private static WordLoss[] OfCaptions(DoctorExamination examination, CaptionSplit split)
    {
        int[] captions = [.. Enumerable.Range(0, split.Count)];
        new SeededRandom(examination.Options.Seed).Shuffle<int>(captions);
        int count = Math.Min(captions.Length, 2 * examination.Options.Images);
        return Measure(examination, split, captions[..count], WordLoss.TeacherForced);
    }

    private static WordLoss[] Measure(DoctorExamination examination, CaptionSplit split, int[] captions, Loss loss)
    {
        var losses = new List<WordLoss>(captions.Length);
        foreach (int[] batch in captions.Chunk(BatchSize))
        {
            int[] images = [.. batch.Select(caption => split.ImageIndices[caption])];
            (int[] ids, _) = DoctorSpelling.Of(examination.Dataset!, split, batch, examination.Bundle.Vocabulary);
            losses.AddRange(loss(examination.Model, DoctorExamination.FeaturesOf(split, images), ids));
        }

        return [.. losses];
    }

    private static string Text(WordLoss loss) => Invariant($"{loss.PerWord:F2} (perplexity {loss.Perplexity:G3})");
}
