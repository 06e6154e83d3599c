using ShowTell.Models;
using static ShowTell.Models.OptionRange;

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
        get => _learningRate ?? (UpdateRule is UpdateRule.Adam or UpdateRule.AdamW ? 1e-3 : 1e-2);
        init => _learningRate = value;
    }

    /// <summary>
    /// What the learning rate is multiplied by when its schedule lowers it, by default after every epoch; in (0, 1]; by
    /// default 0.95.
    /// </summary>
    public double LearningRateDecay { get; init; } = 0.95;

    /// <summary>When the learning rate is lowered; by default after every epoch.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Exponential;

    /// <summary>
    /// Epochs from one lowering to the next of <see cref="LearningRateSchedule.Step"/>; at least 1; by default 1.
    /// </summary>
    public int StepEpochs { get; init; } = 1;

    /// <summary>Iterations over which the learning rate grows linearly from near 0; by default 0.</summary>
    public int WarmupIterations { get; init; }

    /// <summary>
    /// Share of a weight that <see cref="Training.UpdateRule.AdamW"/> takes off at a step, times the learning rate; at
    /// least 0; by default 0.01.
    /// </summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>
    /// The greatest norm of all gradients together, to which larger ones are scaled down; above 0; null, the default,
    /// for none.
    /// </summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Decay of the moving average of the weights, which is validated and kept in their place; in (0, 1); null, the
    /// default, for no average.
    /// </summary>
    public double? AverageDecay { get; init; }

    /// <summary>
    /// How good a model is, the greater the better, such as the CIDEr of its captions of validation images; asked after
    /// every epoch, and the best epoch's weights are kept. Null, the default, goes by the validation loss.
    /// </summary>
    public Func<CaptioningModel<float>, double>? Score { get; init; }

    /// <summary>
    /// Epochs without a better one after which training ends; at least 1; null, the default, trains all epochs.
    /// </summary>
    public int? Patience { get; init; }

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

    /// <summary>
    /// With what probability, at the end of training, a word that the model reads is one that it has drawn itself
    /// instead of the true one; it grows linearly from 0 at the first iteration (scheduled sampling, Bengio et al.,
    /// 2015); in [0, 1]; by default 0, the true words alone.
    /// </summary>
    public double ScheduledSampling { get; init; }

    /// <summary>Where progress is written as lines; by default nowhere.</summary>
    public TextWriter? Log { get; init; }

    /// <summary>Every how many iterations a line is written to <see cref="Log"/>; at least 1; by default 10.</summary>
    public int PrintEvery { get; init; } = 10;

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public void Validate()
    {
        const string Positive = "A positive finite number is needed.";
        Require(LearningRate is > 0 and < double.PositiveInfinity, LearningRate, Positive);
        Require(LearningRateDecay is > 0 and <= 1, LearningRateDecay, "A number in (0, 1] is needed.");
        Require(ClipNorm is null or (> 0 and < double.PositiveInfinity), ClipNorm, Positive);
        Require(AverageDecay is null or (> 0 and < 1), AverageDecay, "A number in (0, 1) is needed.");
        Require(WeightDecay is >= 0 and < double.PositiveInfinity, WeightDecay, "A number from 0 on is needed.");
        Require(ScheduledSampling is >= 0 and <= 1, ScheduledSampling, "A number in [0, 1] is needed.");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(StepEpochs);
        ArgumentOutOfRangeException.ThrowIfNegative(WarmupIterations);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Patience ?? 1, nameof(Patience));
        ArgumentNullException.ThrowIfNull(Regularization);
        Regularization.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        ArgumentOutOfRangeException.ThrowIfNegative(ValidationCaptions);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PrintEvery);
    }
}
