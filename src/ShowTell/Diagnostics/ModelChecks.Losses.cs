using ShowTell.Data;
using ShowTell.Models;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <content>Checks of losses: on captions that the model was trained on and on others.</content>
internal sealed partial class ModelChecks
{
    // In nats per word. Measured on Flickr8k: 0.2 and 0.5 after three epochs (RNN, LSTM), 3.8 after 40 epochs of 2,000
    // captions, 8.0 after 50 epochs of 50 captions; on scenes 0.03.
    private const double WarningOverfitting = 1;
    private const double ProblemOverfitting = 3;

    // The same models, good or not, have gaps of 1.0 to 3.8.
    private const double WarningFreeRunning = 6;

    private delegate WordLoss[] Loss(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions);

    /// <summary>Compares the losses of val captions and of train captions.</summary>
    public Finding Overfitting()
    {
        WordLoss train = LossOf(Dataset.Train), validation = LossOf(Dataset.Validation);
        double gap = validation.PerWord - train.PerWord;
        return Finding.Of(
            LevelOf(gap, WarningOverfitting, ProblemOverfitting),
            $"Loss per word: {Text(train)} on train captions and {Text(validation)} on val captions.",
            "The model overfits: train on more captions, for fewer epochs (--keep best keeps the best ones), or a "
            + "smaller model (--hidden).",
            ("train", train.PerWord), ("val", validation.PerWord), ("gap", gap));
    }

    /// <summary>
    /// Compares the losses after the model's own words and after the reference's. Of each image, only the reference
    /// nearest to the model's caption counts: others differ from it, but may be just as true.
    /// </summary>
    public Finding FreeRunning()
    {
        CaptionSplit split = Split;
        int[] captions = [.. SelectImages().SelectMany(split.CaptionsOf)];
        (int Caption, WordLoss Forced, WordLoss Free)[] nearest =
        [
            .. captions.Zip(
                    Measure(split, captions, WordLoss.TeacherForced), Measure(split, captions, WordLoss.FreeRunning))
                .GroupBy(losses => split.ImageIndices[losses.First])
                .Select(ofImage => ofImage.MinBy(losses => losses.Third.PerWord)),
        ];
        WordLoss forced = WordLoss.Total(nearest.Select(losses => losses.Forced));
        WordLoss free = WordLoss.Total(nearest.Select(losses => losses.Free));
        double gap = free.PerWord - forced.PerWord;
        return Finding.Of(
            LevelOf(gap, WarningFreeRunning),
            $"Loss per word of {split.Name} captions: {Text(forced)} after the reference's words and {Text(free)} "
            + Invariant($"after the model's own, a gap of {gap:F2}."),
            "The model generates badly after its own words: train it for fewer epochs, or on more captions.",
            ("teacherForced", forced.PerWord), ("freeRunning", free.PerWord), ("gap", gap));
    }

    /// <summary>Teacher-forced loss of a random selection of a split's captions.</summary>
    private WordLoss LossOf(CaptionSplit split)
    {
        int[] captions = [.. Enumerable.Range(0, split.Count)];
        new SeededRandom(options.Seed).Shuffle<int>(captions);
        int count = Math.Min(captions.Length, 2 * options.Images);
        return WordLoss.Total(Measure(split, captions[..count], WordLoss.TeacherForced));
    }

    private IEnumerable<WordLoss> Measure(CaptionSplit split, int[] captions, Loss loss) =>
        captions.Chunk(BatchSize).SelectMany(batch => loss(
            _model,
            FeaturesOf(split, [.. batch.Select(caption => split.ImageIndices[caption])]),
            Tokenize(split, batch)));

    private static string Text(WordLoss loss) => Invariant($"{loss.PerWord:F2} (perplexity {loss.Perplexity:G3})");
}
