namespace ShowTell.Cli.Options;

/// <summary>The options of training that say how weights are optimized.</summary>
internal sealed class SolverFlags
{
    private const int MaxEpochs = 10_000;

    private static readonly SolverOptions s_defaults = new();

    private readonly Option<int> _batch = NewOption.Positive(
        "--batch", "Captions in a minibatch. [default: 25; 64 with --captions]");

    private readonly Option<int> _epochs = NewOption.Positive(
        "--epochs", "Passes over all training captions. [default: 50; 8 with --captions]", max: MaxEpochs);

    private readonly Option<string> _optimizer = NewOption.OneOf(
        "--optimizer",
        "sgd|momentum|rmsprop|adam|adamw",
        "The update rule: sgd, momentum, rmsprop, adam or adamw.",
        "adam",
        helpName: "RULE");

    private readonly Option<double> _learningRate = NewOption.Number(
        "--lr", "Learning rate. [default: 5e-3 with adam, 1e-2 with another rule; 1e-3 with adamw or --captions]");

    private readonly Option<string> _schedule = NewOption.OneOf(
        "--schedule",
        "exponential|cosine|step|plateau",
        "When the learning rate is lowered: exponential (after every epoch), step (after every --step-epochs), plateau "
        + "(after an epoch without improvement), or cosine (all the time, to a hundredth).",
        "exponential",
        helpName: "NAME");

    private readonly Option<double> _decay = NewOption.Number(
        "--lr-decay",
        "Factor of the learning rate when it is lowered; not with cosine. [default: 0.95; 0.8 with --captions]");

    private readonly Option<int> _stepEpochs = NewOption.Positive(
        "--step-epochs", "Epochs between lowerings with --schedule step. [default: 1]", max: MaxEpochs);

    private readonly Option<int> _warmup = NewOption.Positive(
        "--warmup", "Iterations over which the learning rate grows from near 0. [default: none]");

    private readonly Option<double> _weightDecay = NewOption.Number(
        "--weight-decay", "Weight decay of --optimizer adamw, times the learning rate. [default: 0.01]");

    private readonly Option<double> _clip = NewOption.Number(
        "--clip", "Maximum norm of all gradients together. [default: none]");

    private readonly Option<double> _average = NewOption.Number(
        "--average", "Keep a moving average of the weights with this decay, such as 0.999. [default: none]");

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

    private readonly Option<int> _patience = NewOption.Positive(
        "--patience", "Stop after N epochs without improvement. [default: train all]");

    private readonly Option<int> _printEvery = SharedOptions.PrintEvery();

    public SolverFlags()
    {
        _weightDecay.Needing(_optimizer, "adamw");
        _stepEpochs.Needing(_schedule, "step");
    }

    public IEnumerable<Option> All =>
    [
        _batch, _epochs, _optimizer, _learningRate, _schedule, _decay, _stepEpochs, _warmup, _weightDecay, _clip,
        _average, _dropout, _featureDropout, _embeddingDropout, _labelSmoothing, _scheduledSampling,
        _patience, _printEvery,
    ];

    /// <summary>How to train.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="onPhotos">Whether the dataset is made from photos, which has defaults of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    /// <exception cref="IncompatibleException">Options are incompatible.</exception>
    public SolverOptions Read(ParseResult result, bool onPhotos)
    {
        UpdateRule rule = result.Parse<UpdateRule>(_optimizer);
        var schedule = result.Parse<LearningRateSchedule>(_schedule);
        if (result.IsGiven(_decay) && schedule == LearningRateSchedule.Cosine)
        {
            throw new IncompatibleException("--lr-decay has no effect with --schedule cosine: leave it out.");
        }

        var options = new SolverOptions
        {
            UpdateRule = rule,
            LearningRate = result.Given(_learningRate) ?? (onPhotos ? 1e-3 : DefaultLearningRate(rule)),
            Schedule = schedule,
            LearningRateDecay = result.Given(_decay) ?? (onPhotos ? 0.8 : s_defaults.LearningRateDecay),
            StepEpochs = result.Given(_stepEpochs) ?? s_defaults.StepEpochs,
            WarmupIterations = result.Given(_warmup) ?? s_defaults.WarmupIterations,
            WeightDecay = result.Given(_weightDecay) ?? s_defaults.WeightDecay,
            ClipNorm = result.Given(_clip),
            AverageDecay = result.Given(_average),
            Patience = result.Given(_patience),
            BatchSize = result.Given(_batch) ?? (onPhotos ? 64 : s_defaults.BatchSize),
            Epochs = result.Given(_epochs) ?? (onPhotos ? 8 : s_defaults.Epochs),
            Seed = result.Seed(),
            Regularization = new Regularization
            {
                Dropout = result.GetValue(_dropout),
                FeatureDropout = result.GetValue(_featureDropout),
                EmbeddingDropout = result.GetValue(_embeddingDropout),
                LabelSmoothing = result.GetValue(_labelSmoothing),
            },
            ScheduledSampling = result.GetValue(_scheduledSampling),
            PrintEvery = result.GetValue(_printEvery),
        };
        options.Validate();
        return options;
    }

    private static double DefaultLearningRate(UpdateRule rule) => rule switch
    {
        UpdateRule.Adam => 5e-3,
        UpdateRule.AdamW => 1e-3,
        _ => 1e-2,
    };
}
