using ShowTell.Models;
using static ShowTell.Models.OptionRange;

namespace ShowTell.Training;

/// <summary>Options of <see cref="CaptioningSolver"/>.</summary>
public sealed record SolverOptions
{
    private readonly double? _learningRate;

    /// <summary>The update rule; default Adam.</summary>
    public UpdateRule UpdateRule { get; init; } = UpdateRule.Adam;

    /// <summary>
    /// The initial learning rate; positive; default, as in the exercises, 1e-3 for Adam, 1e-2 for the other rules.
    /// </summary>
    public double LearningRate
    {
        get => _learningRate ?? (UpdateRule is UpdateRule.Adam or UpdateRule.AdamW ? 1e-3 : 1e-2);
        init => _learningRate = value;
    }

    /// <summary>The factor by which <see cref="Schedule"/> lowers the learning rate; in (0, 1]; default 0.95.</summary>
    public double LearningRateDecay { get; init; } = 0.95;

    /// <summary>When the learning rate is lowered; default after every epoch.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Exponential;

    /// <summary>N of <see cref="LearningRateSchedule.Step"/>, in epochs; at least 1; default 1.</summary>
    public int StepEpochs { get; init; } = 1;

    /// <summary>The number of iterations of linear warmup; at least 0; default 0.</summary>
    public int WarmupIterations { get; init; }

    /// <summary>The weight decay of <see cref="Training.UpdateRule.AdamW"/>; at least 0; default 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>The maximum global gradient norm; positive; null, the default, for no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// The decay of the moving average of the weights, which is validated and kept instead of the weights; in (0, 1);
    /// null, the default, for no average.
    /// </summary>
    public double? AverageDecay { get; init; }

    /// <summary>
    /// The score of a model, higher is better, such as the CIDEr of its validation captions; computed after every epoch
    /// to keep the best weights. Null, the default, keeps the weights with the lowest validation loss.
    /// </summary>
    public Func<CaptioningModel<float>, double>? Score { get; init; }

    /// <summary>Stop after N epochs without improvement; at least 1; null, the default, trains all epochs.</summary>
    public int? Patience { get; init; }

    /// <summary>N, the captions per minibatch; at least 1; default 25.</summary>
    public int BatchSize { get; init; } = 25;

    /// <summary>The number of passes over the training captions; at least 1; default 50.</summary>
    public int Epochs { get; init; } = 50;

    /// <summary>The random seed of the caption order; default 231.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>
    /// The maximum number of captions to compute the validation loss on, at most the number of training captions; the
    /// same after every epoch; 0 for none; default 1,000.
    /// </summary>
    public int ValidationCaptions { get; init; } = 1000;

    /// <summary>Dropout and label smoothing; default none.</summary>
    public Regularization Regularization { get; init; } = Regularization.None;

    /// <summary>
    /// The final probability that an input word is sampled from the model instead of the true one; grows linearly from
    /// 0 (scheduled sampling, Bengio et al., 2015); in [0, 1]; default 0.
    /// </summary>
    public double ScheduledSampling { get; init; }

    /// <summary>Where progress lines are written; null, the default, for nowhere.</summary>
    public TextWriter? Log { get; init; }

    /// <summary>The number of iterations between lines in <see cref="Log"/>; at least 1; default 10.</summary>
    public int PrintEvery { get; init; } = 10;

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public void Validate()
    {
        const string Positive = "Must be positive and finite.";
        Require(LearningRate is > 0 and < double.PositiveInfinity, LearningRate, Positive);
        Require(LearningRateDecay is > 0 and <= 1, LearningRateDecay, "Must be in (0, 1].");
        Require(ClipNorm is null or (> 0 and < double.PositiveInfinity), ClipNorm, Positive);
        Require(AverageDecay is null or (> 0 and < 1), AverageDecay, "Must be in (0, 1).");
        Require(WeightDecay is >= 0 and < double.PositiveInfinity, WeightDecay, "Must be finite and at least 0.");
        Require(ScheduledSampling is >= 0 and <= 1, ScheduledSampling, "Must be in [0, 1].");
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
