namespace ShowTell.Cli.Options;

/// <summary>The options of training that say how weights are optimized.</summary>
internal sealed class SolverFlags
{
    private const int MaxEpochs = 10_000;

    private static readonly SolverOptions s_defaults = new();

    private readonly Option<int> _batch = NewOption.Positive(
        "--batch", "Captions in a minibatch.", s_defaults.BatchSize);

    private readonly Option<int> _epochs = NewOption.Positive(
        "--epochs",
        "Passes over all training captions. [default: 8 to 60, by their number]",
        max: MaxEpochs);

    private readonly Option<string> _optimizer = NewOption.OneOf(
        "--optimizer",
        "sgd|momentum|rmsprop|adam|adamw",
        "The update rule: sgd, momentum, rmsprop, adam or adamw.",
        "adam",
        helpName: "RULE");

    private readonly Option<double> _learningRate = NewOption.Number(
        "--lr", "Learning rate. [default: 1e-3 with adam and adamw, 1e-2 with another rule]");

    private readonly Option<string> _schedule = NewOption.OneOf(
        "--schedule",
        "cosine|exponential|step|plateau",
        "When the learning rate is lowered: cosine (all the time, to a hundredth), exponential (after every epoch), "
        + "step (after every --step-epochs) or plateau (after an epoch without improvement). [default: cosine; "
        + "exponential with --lr-decay]",
        helpName: "NAME");

    private readonly Option<double> _decay = NewOption.Number(
        "--lr-decay",
        "Factor of the learning rate when it is lowered; not with cosine. [default: 0.95]");

    private readonly Option<int> _stepEpochs = NewOption.Positive(
        "--step-epochs", "Epochs between lowerings with --schedule step. [default: 1]", max: MaxEpochs);

    private readonly Option<int> _warmup = NewOption.Positive(
        "--warmup",
        "Iterations over which the learning rate grows from near 0. [default: 5% of all, at most 200]");

    private readonly Option<double> _weightDecay = NewOption.Number(
        "--weight-decay", "Weight decay of --optimizer adamw, times the learning rate. [default: 0.01]");

    private readonly Option<double> _clip = NewOption.Number(
        "--clip", "Maximum norm of all gradients together. [default: none]");

    private readonly Option<double> _average = NewOption.Number(
        "--average",
        "Keep a moving average of the weights with this decay, such as 0.99; 0 for none. [default: over 5% of all "
        + "iterations]");

    private readonly Option<double> _dropout = NewOption.Number(
        "--dropout", "Dropout between layers and before the scores.", 0);

    private readonly Option<double> _featureDropout = NewOption.Number(
        "--feature-dropout", "Dropout of image features.", 0);

    private readonly Option<double> _embeddingDropout = NewOption.Number(
        "--embedding-dropout", "Dropout of word vectors.", 0);

    private readonly Option<double> _labelSmoothing = NewOption.Number(
        "--label-smoothing", "Share of the correct word that the loss spreads over all words.", 0);

    private readonly Option<double> _scheduledSampling = NewOption.Number(
        "--scheduled-sampling",
        "Maximum share of input words in training that the model generated itself; grows from 0.",
        0);

    private readonly Option<bool> _mirror = SharedOptions.Mirror();

    private readonly Option<int> _patience = NewOption.Positive(
        "--patience",
        "Stop after N epochs without improvement. [default: a quarter of all, at least 5; all with --keep last]");

    private readonly Option<int> _printEvery = SharedOptions.PrintEvery();

    public SolverFlags()
    {
        _weightDecay.Needing(_optimizer, "adamw");
        _stepEpochs.Needing(_schedule, "step");
    }

    public IEnumerable<Option> All =>
    [
        _batch, _epochs, _optimizer, _learningRate, _schedule, _decay, _stepEpochs, _warmup, _weightDecay, _clip,
        _average, _dropout, _featureDropout, _embeddingDropout, _labelSmoothing, _scheduledSampling, _mirror,
        _patience, _printEvery,
    ];

    /// <summary>How to train.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="keepsBest">Whether the best epoch is kept; else all epochs are trained.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    /// <exception cref="IncompatibleException">Options are incompatible.</exception>
    public SolverOptions Read(ParseResult result, bool keepsBest)
    {
        UpdateRule rule = result.Parse<UpdateRule>(_optimizer);
        LearningRateSchedule schedule = result.IsGiven(_schedule) ? result.Parse<LearningRateSchedule>(_schedule)
            : result.IsGiven(_decay) ? LearningRateSchedule.Exponential
            : s_defaults.Schedule;
        if (result.IsGiven(_decay) && schedule == LearningRateSchedule.Cosine)
        {
            throw new IncompatibleException("--lr-decay has no effect with --schedule cosine: leave it out.");
        }

        var options = new SolverOptions
        {
            UpdateRule = rule,
            Schedule = schedule,
            LearningRateDecay = result.Given(_decay) ?? s_defaults.LearningRateDecay,
            StepEpochs = result.Given(_stepEpochs) ?? s_defaults.StepEpochs,
            WarmupIterations = result.Given(_warmup),
            WeightDecay = result.Given(_weightDecay) ?? s_defaults.WeightDecay,
            ClipNorm = result.Given(_clip),
            AverageDecay = result.Given(_average),
            Patience = result.Given(_patience) ?? (keepsBest ? null : int.MaxValue),
            BatchSize = result.GetValue(_batch),
            Epochs = result.Given(_epochs),
            Seed = result.Seed(),
            Regularization = new Regularization
            {
                Dropout = result.GetValue(_dropout),
                FeatureDropout = result.GetValue(_featureDropout),
                EmbeddingDropout = result.GetValue(_embeddingDropout),
                LabelSmoothing = result.GetValue(_labelSmoothing),
            },
            ScheduledSampling = result.GetValue(_scheduledSampling),
            Mirror = result.GetValue(_mirror),
            PrintEvery = result.GetValue(_printEvery),
        };
        options = result.Given(_learningRate) is double rate ? options with { LearningRate = rate } : options;
        options.Validate();
        return options;
    }
}
