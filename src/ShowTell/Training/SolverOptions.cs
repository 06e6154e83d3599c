using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>How to train.</summary>
public sealed record SolverOptions
{
    private readonly double? _learningRate;

    /// <summary>The update rule; by default Adam.</summary>
    public UpdateRule UpdateRule { get; init; } = UpdateRule.Adam;

    /// <summary>
    /// Learning rate of the first epoch; positive; by default the exercises' of the update rule: 1e-3 for Adam, 1e-2
    /// for the others.
    /// </summary>
    public double LearningRate
    {
        get => _learningRate ?? (UpdateRule == UpdateRule.Adam ? 1e-3 : 1e-2);
        init => _learningRate = value;
    }

    /// <summary>What the learning rate is multiplied by after every epoch; in (0, 1]; by default 0.95.</summary>
    public double LearningRateDecay { get; init; } = 0.95;

    /// <summary>Captions of a minibatch, N; at least 1; by default 25.</summary>
    public int BatchSize { get; init; } = 25;

    /// <summary>How often every training caption is seen; at least 1; by default 50.</summary>
    public int Epochs { get; init; } = 50;

    /// <summary>Seed of the order of the captions; by default 231.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>
    /// The most validation captions that the loss after each epoch is measured on, never more than training captions;
    /// 0 measures none; by default 1,000. They are the same ones after every epoch.
    /// </summary>
    public int ValidationCaptions { get; init; } = 1000;

    /// <summary>Dropout and label smoothing; by default none.</summary>
    public Regularization Regularization { get; init; } = Regularization.None;

    /// <summary>Where progress is written as lines; by default nowhere.</summary>
    public TextWriter? Log { get; init; }

    /// <summary>Every how many iterations a line is written to <see cref="Log"/>; at least 1; by default 10.</summary>
    public int PrintEvery { get; init; } = 10;

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public void Validate()
    {
        if (LearningRate is not (> 0 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(
                nameof(LearningRate), LearningRate, "A positive finite number is needed.");
        }

        if (LearningRateDecay is not (> 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(LearningRateDecay), LearningRateDecay, "A number in (0, 1] is needed.");
        }

        ArgumentNullException.ThrowIfNull(Regularization);
        Regularization.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        ArgumentOutOfRangeException.ThrowIfNegative(ValidationCaptions);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PrintEvery);
    }
}
