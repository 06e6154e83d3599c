using System.Text.Json.Serialization;
using ShowTell.Models;
using static ShowTell.Models.OptionRange;

namespace ShowTell.Training;

/// <summary>
/// Options of <see cref="CaptioningSolver"/>. The defaults are those of <c>showtell train</c>; what is null by default
/// follows from the number of training captions, see <see cref="For"/>.
/// </summary>
public sealed record SolverOptions
{
    /// <summary>Iterations that default epochs amount to, unless that is too few or too many epochs.</summary>
    private const int DefaultIterations = 3000;
    private const int MinDefaultEpochs = 8;
    private const int MaxDefaultEpochs = 60;

    /// <summary>Fewer iterations hardly change a model, however many epochs they are.</summary>
    private const int MinDefaultIterations = 600;

    /// <summary>The maximum default warmup, and the share of the run that it takes at most.</summary>
    private const int MaxDefaultWarmup = 200;
    private const double DefaultWarmupShare = 0.05;

    /// <summary>The share of the run over which weights are averaged by default.</summary>
    private const double DefaultAverageShare = 0.05;
    private const double MaxDefaultAverage = 0.999;

    /// <summary>Epochs without improvement after which training ends by default: at least 5, or this share.</summary>
    private const int MinDefaultPatience = 5;
    private const double DefaultPatienceShare = 0.25;

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

    /// <summary>
    /// The exercises' options: minibatches of 25 captions, 50 epochs, the learning rate falls by 0.95 per epoch; no
    /// warmup, no average of the weights, and all epochs are trained.
    /// </summary>
    public static SolverOptions Exercises { get; } = new()
    {
        BatchSize = 25,
        Epochs = 50,
        Schedule = LearningRateSchedule.Exponential,
        WarmupIterations = 0,
        AverageDecay = 0,
        Patience = int.MaxValue,
    };

    /// <summary>
    /// The factor by which <see cref="Schedule"/> lowers the learning rate, but for a cosine; in (0, 1]; default 0.95.
    /// </summary>
    public double LearningRateDecay { get; init; } = 0.95;

    /// <summary>When the learning rate is lowered; default over the whole run, along half a cosine.</summary>
    public LearningRateSchedule Schedule { get; init; } = LearningRateSchedule.Cosine;

    /// <summary>N of <see cref="LearningRateSchedule.Step"/>, in epochs; at least 1; default 1.</summary>
    public int StepEpochs { get; init; } = 1;

    /// <summary>
    /// The number of iterations of linear warmup; 0 for none; less than all iterations. Null, the default, for 5% of
    /// them, at most 200.
    /// </summary>
    public int? WarmupIterations { get; init; }

    /// <summary>The weight decay of <see cref="Training.UpdateRule.AdamW"/>; at least 0; default 0.01.</summary>
    public double WeightDecay { get; init; } = 0.01;

    /// <summary>The maximum global gradient norm; positive; null, the default, for no clipping.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>
    /// The decay of the moving average of the weights, which is validated and kept instead of the weights; in [0, 1);
    /// 0 for no average. Null, the default, averages over 5% of the iterations: 1 - 20 / iterations, at most 0.999.
    /// </summary>
    public double? AverageDecay { get; init; }

    /// <summary>
    /// The score of a model, higher is better, such as the CIDEr of its validation captions; computed after every epoch
    /// to keep the best weights. Null, the default, keeps the weights with the lowest validation loss.
    /// </summary>
    [JsonIgnore]
    public Func<CaptioningModel<float>, double>? Score { get; init; }

    /// <summary>
    /// Stop after N epochs without improvement; at least 1; with at least <see cref="Epochs"/>, all are trained. Null,
    /// the default, for a quarter of the epochs, at least 5.
    /// </summary>
    public int? Patience { get; init; }

    /// <summary>N, the captions per minibatch; at least 1; default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// The number of passes over the training captions; at least 1. Null, the default, for some 3,000 iterations, but
    /// at least 8 and at most 60 epochs; more if these are less than 600 iterations.
    /// </summary>
    public int? Epochs { get; init; }

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

    /// <summary>
    /// Whether each caption is learned, at random and as likely, of its photo or of the photo's mirror image, left and
    /// right swapped; needs <see cref="Data.CaptionSplit.Mirrored"/>; default false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Mirror { get; init; }

    /// <summary>Where progress lines are written; null, the default, for nowhere.</summary>
    [JsonIgnore]
    public TextWriter? Log { get; init; }

    /// <summary>The number of iterations between lines in <see cref="Log"/>; at least 1; default 10.</summary>
    public int PrintEvery { get; init; } = 10;

    /// <summary>These options for a number of training captions: what is null by default has its value.</summary>
    /// <param name="captions">The number of training captions, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range, or there are too many iterations, or none
    /// after the warmup.</exception>
    public SolverOptions For(int captions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(captions);
        Validate();
        int perEpoch = IterationsPerEpoch(captions);
        int epochs = Epochs ?? Math.Clamp(
            DefaultIterations / perEpoch,
            MinDefaultEpochs,
            Math.Max(MaxDefaultEpochs, MinDefaultIterations / perEpoch));
        long iterations = (long)epochs * perEpoch;
        Require(iterations <= int.MaxValue, epochs, $"Must give at most {int.MaxValue} iterations.", nameof(Epochs));
        int warmup = WarmupIterations ?? (int)Math.Min(iterations * DefaultWarmupShare, MaxDefaultWarmup);
        Require(
            warmup < iterations, warmup,
            $"Must be less than the run's {iterations} iterations: train longer, or take less.",
            nameof(WarmupIterations));
        return this with
        {
            Epochs = epochs,
            WarmupIterations = warmup,
            AverageDecay = AverageDecay
                ?? Math.Clamp(1 - (1 / (DefaultAverageShare * iterations)), 0, MaxDefaultAverage),
            Patience = Patience ?? Math.Max(MinDefaultPatience, (int)(epochs * DefaultPatienceShare)),
        };
    }

    /// <summary>The number of minibatches per epoch.</summary>
    internal int IterationsPerEpoch(int captions) => Math.Max(captions / BatchSize, 1);

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public void Validate()
    {
        const string Positive = "Must be positive and finite.";
        Require(LearningRate is > 0 and < double.PositiveInfinity, LearningRate, Positive);
        Require(LearningRateDecay is > 0 and <= 1, LearningRateDecay, "Must be in (0, 1].");
        Require(ClipNorm is null or (> 0 and < double.PositiveInfinity), ClipNorm, Positive);
        Require(AverageDecay is null or (>= 0 and < 1), AverageDecay, "Must be in [0, 1).");
        Require(WeightDecay is >= 0 and < double.PositiveInfinity, WeightDecay, "Must be finite and at least 0.");
        Require(ScheduledSampling is >= 0 and <= 1, ScheduledSampling, "Must be in [0, 1].");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(StepEpochs);
        ArgumentOutOfRangeException.ThrowIfNegative(WarmupIterations ?? 0, nameof(WarmupIterations));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Patience ?? 1, nameof(Patience));
        ArgumentNullException.ThrowIfNull(Regularization);
        Regularization.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs ?? 1, nameof(Epochs));
        ArgumentOutOfRangeException.ThrowIfNegative(ValidationCaptions);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(PrintEvery);
    }
}
