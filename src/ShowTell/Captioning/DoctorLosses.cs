using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using static System.FormattableString;

namespace ShowTell.Captioning;

/// <summary>How well the model knows the next word, of captions it was trained on and of others.</summary>
internal static class DoctorLosses
{
    private const double WarningOverfitting = 1;
    private const double ProblemOverfitting = 3;
    private const double WarningFreeRunning = 4;
    private const int BatchSize = 128;

    /// <summary>The loss of val captions against that of train captions.</summary>
    public static Finding CheckOverfitting(DoctorExamination examination, string name)
    {
        if (examination.Unfit is string reason)
        {
            return Finding.Skipped(name, reason);
        }

        CaptionDataset dataset = examination.Dataset!;
        WordLoss train = Measure(examination, dataset.Train, WordLoss.TeacherForced);
        WordLoss validation = Measure(examination, dataset.Validation, WordLoss.TeacherForced);
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

    /// <summary>The loss after the model's own words against that after the reference's.</summary>
    public static Finding CheckFreeRunning(DoctorExamination examination, string name)
    {
        if (examination.Unfit is string reason)
        {
            return Finding.Skipped(name, reason);
        }

        CaptionSplit split = examination.Dataset!.Split(examination.Options.Split);
        WordLoss forced = Measure(examination, split, WordLoss.TeacherForced);
        WordLoss free = Measure(examination, split, WordLoss.FreeRunning);
        double gap = free.PerWord - forced.PerWord;
        bool isGood = gap <= WarningFreeRunning;
        return new Finding(
            name,
            isGood ? FindingLevel.Good : FindingLevel.Warning,
            $"Loss of a word of {split.Name} captions {Text(forced)} after the reference's words and {Text(free)} after "
            + Invariant($"the model's own, a gap of {gap:F2}."),
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

    private delegate WordLoss Loss(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions);

    /// <summary>The loss of captions drawn from a split.</summary>
    private static WordLoss Measure(DoctorExamination examination, CaptionSplit split, Loss loss)
    {
        int[] captions = [.. Enumerable.Range(0, split.Count)];
        new SeededRandom(examination.Options.Seed).Shuffle<int>(captions);
        var sum = new WordLoss(0, 0);
        foreach (int[] batch in captions.Take(2 * examination.Options.Images).Chunk(BatchSize))
        {
            int[] images = [.. batch.Select(caption => split.ImageIndices[caption])];
            (int[] ids, _) = DoctorSpelling.Of(examination.Dataset!, split, batch, examination.Bundle.Vocabulary);
            sum += loss(examination.Model, DoctorExamination.FeaturesOf(split, images), ids);
        }

        return sum;
    }

    private static string Text(WordLoss loss) => Invariant($"{loss.PerWord:F2} (perplexity {loss.Perplexity:G3})");
}
