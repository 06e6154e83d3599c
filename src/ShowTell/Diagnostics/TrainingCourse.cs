using ShowTell.ModelFiles;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <summary>What the validation losses of a training run say: too short, overfitting, or neither.</summary>
public static class TrainingCourse
{
    /// <summary>The stable name of the finding.</summary>
    public const string Name = "training";

    /// <summary>Smaller relative changes of the loss are taken for noise.</summary>
    private const double Notable = 0.01;

    /// <summary>Shorter runs hardly get beyond the most frequent words, whatever their losses.</summary>
    private const int MinIterations = 200;

    /// <summary>Judges the run that a model file records.</summary>
    public static Finding Judge(TrainingRecord training)
    {
        ArgumentNullException.ThrowIfNull(training);
        IReadOnlyList<double> losses = training.ValidationLosses ?? [];
        int perEpoch = Math.Max(1, training.TrainCaptions / Math.Max(1, training.BatchSize));
        return Judge(losses, training.Epoch, training.Score is not null, (long)losses.Count * perEpoch);
    }

    /// <summary>Judges a run.</summary>
    /// <param name="losses">The validation loss after each epoch.</param>
    /// <param name="kept">The epoch whose weights were kept, from 1 on.</param>
    /// <param name="isByScore">Whether it was kept for its score; else for its loss, or as the last.</param>
    /// <param name="iterations">The number of minibatches of all epochs; null if unknown.</param>
    /// <returns>The finding, named <see cref="Name"/>, with the values <c>lowest</c> (its epoch), <c>kept</c> and
    /// <c>epochs</c>.</returns>
    public static Finding Judge(IReadOnlyList<double> losses, int kept, bool isByScore = false, long? iterations = null)
    {
        ArgumentNullException.ThrowIfNull(losses);
        int count = losses.Count;
        bool isShort = count > 0 && iterations is > 0 and < MinIterations;
        if (count < 2 && !isShort)
        {
            return Finding.Skipped("There are no validation losses of several epochs to compare.") with { Name = Name };
        }

        double least = losses.Min(), last = losses[^1];
        int lowest = losses.ToList().IndexOf(least) + 1;
        bool isAtEnd = Math.Min(lowest, isByScore ? kept : count) >= count - (count / 10);
        bool isFalling = isAtEnd && losses[(count - 1) / 2] - least > Notable * least;
        bool isFlat = losses.Max() - least <= Notable * least;
        bool isOverfitting = last - least > Notable * least;
        bool keptLater = !isByScore && losses[Math.Clamp(kept, 1, count) - 1] - least > Notable * least;
        bool isTooShort = isShort && !isOverfitting;
        int more = isShort ? (int)Math.Ceiling(2.0 * MinIterations / iterations!.Value * count) : 2 * count;
        string trainLonger = Invariant($"Train longer (--epochs {more}).");
        (string text, string? advice) = isFalling
            ? (Invariant($"The validation loss was still falling after epoch {count}."), trainLonger)
            : isTooShort
            ? (Invariant($"The run had only {iterations} iterations, too few for a model to learn much."), trainLonger)
            : isFlat
            ? (Invariant($"The validation loss hardly changed in {count} epochs."),
                "If captions are poor, raise the learning rate (--lr).")
            : isOverfitting
            ? (Invariant($"Overfitting since epoch {lowest + 1}: the validation loss rose from {least:F2} to ")
                + Invariant($"{last:F2}; the weights of epoch {kept} were kept."),
                keptLater ? "Keep the best weights (--keep best)." : null)
            : (Invariant($"The validation loss leveled off; it was lowest after epoch {lowest} of {count}."), null);
        return Finding.Of(
            isFalling || isFlat || keptLater || isTooShort ? FindingLevel.Warning : FindingLevel.Good,
            text,
            advice ?? "",
            ("lowest", lowest), ("kept", kept), ("epochs", count)) with { Name = Name };
    }
}
