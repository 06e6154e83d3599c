using ShowTell.Models;
using ShowTell.Training;

namespace ShowTell.Cli.Support;

/// <summary>The options of training that say how weights are found.</summary>
internal sealed class SolverFlags
{
    private const int MostEpochs = 10_000;

    private readonly Option<int> _batch = Options.Positive(
        "--batch", "Captions of a minibatch. [default: 25; 64 with --captions]");

    private readonly Option<int> _epochs = Options.Positive(
        "--epochs", "How often every caption is seen. [default: 50; 8 with --captions]", greatest: MostEpochs);

    private readonly Option<string> _optimizer = Options.OneOf(
        "--optimizer",
        "sgd|momentum|rmsprop|adam|adamw",
        "The update rule: sgd, momentum, rmsprop, adam or adamw.",
        "adam",
        helpName: "RULE");

    private readonly Option<double> _learningRate = Options.Number(
        "--lr",
        NumberRange.Positive,
        "Learning rate. [default: 5e-3 with adam, 1e-2 with another rule; 1e-3 with adamw or --captions]");

    private readonly Option<string> _schedule = Options.OneOf(
        "--schedule",
        "exponential|cosine|step|plateau",
        "When the learning rate is lowered: exponential (after every epoch), step (after every --step-epochs), plateau "
        + "(after an epoch that is no better), or cosine (all the time, to a hundredth).",
        "exponential",
        helpName: "NAME");

    private readonly Option<double> _decay = Options.Number(
        "--lr-decay",
        NumberRange.Factor,
        "Factor of the learning rate when it is lowered. [default: 0.95; 0.8 with --captions]");

    private readonly Option<int> _stepEpochs = Options.Positive(
        "--step-epochs",
        "Epochs from one lowering to the next, with --schedule step. [default: 1]",
        greatest: MostEpochs);

    private readonly Option<int> _warmup = Options.Positive(
        "--warmup", "Iterations over which the learning rate grows from near 0. [default: none]");

    private readonly Option<double> _weightDecay = Options.Number(
        "--weight-decay",
        new NumberRange("a number from 0 on", x => x is >= 0 and < 1e6),
        "Share of the weights taken off a step, times the learning rate, with --optimizer adamw. [default: 0.01]");

    private readonly Option<double> _clip = Options.Number(
        "--clip", NumberRange.Positive, "The greatest norm of all gradients together. [default: none]");

    private readonly Option<double> _average = Options.Number(
        "--average",
        NumberRange.BetweenZeroAndOne,
        "Keep a moving average of the weights with this decay, such as 0.999. [default: none]");

    private readonly Option<double> _dropout = Share("--dropout", "Dropout between layers and before the scores.");
    private readonly Option<double> _featureDropout = Share("--feature-dropout", "Dropout of the images' features.");
    private readonly Option<double> _embeddingDropout = Share("--embedding-dropout", "Dropout of the words' vectors.");
    private readonly Option<double> _labelSmoothing = Share(
        "--label-smoothing", "Share of the right word that the loss spreads over all words.");

    private readonly Option<double> _scheduledSampling = Options.Number(
        "--scheduled-sampling",
        NumberRange.UpTo(1),
        "Greatest share of the words read in training that are the model's own; grows from 0.",
        0);

    private readonly Option<int> _patience = Options.Positive(
        "--patience", "End training after so many epochs without a better one. [default: train all]");

    private readonly Option<int> _printEvery = Options.PrintEvery();

    public IEnumerable<Option> All =>
    [
        _batch, _epochs, _optimizer, _learningRate, _schedule, _decay, _stepEpochs, _warmup, _weightDecay, _clip,
        _average, _dropout, _featureDropout, _embeddingDropout, _labelSmoothing, _scheduledSampling,
        _patience, _printEvery,
    ];

    /// <summary>How to train.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="onPhotos">Whether photos are trained on, which has defaults of its own.</param>
    public SolverOptions Read(ParseResult result, bool onPhotos)
    {
        var usual = new SolverOptions();
        string rule = result.GetRequiredValue(_optimizer);
        return new SolverOptions
        {
            UpdateRule = Enum.Parse<UpdateRule>(rule, ignoreCase: true),
            LearningRate = result.Given(_learningRate)
                ?? (onPhotos || rule == "adamw" ? 1e-3 : rule == "adam" ? 5e-3 : 1e-2),
            Schedule = Enum.Parse<LearningRateSchedule>(result.GetRequiredValue(_schedule), ignoreCase: true),
            LearningRateDecay = result.Given(_decay) ?? (onPhotos ? 0.8 : 0.95),
            StepEpochs = result.Given(_stepEpochs) ?? usual.StepEpochs,
            WarmupIterations = result.Given(_warmup) ?? usual.WarmupIterations,
            WeightDecay = result.Given(_weightDecay) ?? usual.WeightDecay,
            ClipNorm = result.Given(_clip),
            AverageDecay = result.Given(_average),
            Patience = result.Given(_patience),
            BatchSize = result.Given(_batch) ?? (onPhotos ? 64 : 25),
            Epochs = result.Given(_epochs) ?? (onPhotos ? 8 : 50),
            Seed = Options.SeedOf(result),
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
    }

    /// <summary>Checks that the options fit each other.</summary>
    /// <exception cref="IncompatibleException">They do not.</exception>
    public void RequireFitting(ParseResult result)
    {
        string rule = result.GetRequiredValue(_optimizer), schedule = result.GetRequiredValue(_schedule);
        string? problem =
            result.Given(_weightDecay) is not null && rule != "adamw"
                ? $"--weight-decay needs --optimizer adamw; it is {rule}."
            : result.Given(_stepEpochs) is not null && schedule != "step"
                ? $"--step-epochs needs --schedule step; it is {schedule}."
            : result.Given(_decay) is not null && schedule == "cosine"
                ? "--lr-decay means nothing with --schedule cosine: leave it out."
            : null;
        if (problem is not null)
        {
            throw new IncompatibleException(problem);
        }
    }

    private static Option<double> Share(string name, string description) =>
        Options.Number(name, NumberRange.BelowOne, description, 0);
}
