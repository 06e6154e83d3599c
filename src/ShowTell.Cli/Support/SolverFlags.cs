using System.CommandLine;
using ShowTell.Models;
using ShowTell.Training;

namespace ShowTell.Cli.Support;

/// <summary>The options of training that say how weights are found.</summary>
/// <param name="seed">The command's seed.</param>
internal sealed class SolverFlags(Option<ulong> seed)
{
    private readonly Option<int> _batch = Options.Positive(
        "--batch", "Captions of a minibatch. [default: 25; 64 with --captions]", defaultValue: null);

    private readonly Option<int> _epochs = Options.Positive(
        "--epochs", "How often every caption is seen. [default: 50; 8 with --captions]", null, greatest: 10_000);

    private readonly Option<string> _optimizer = Options.OneOf(
        "--optimizer",
        "RULE",
        "The update rule: sgd, momentum, rmsprop, adam or adamw.",
        defaultValue: "adam",
        "sgd",
        "momentum",
        "rmsprop",
        "adam",
        "adamw");

    private readonly Option<double> _learningRate = Options.Number(
        "--lr",
        "Learning rate. [default: 5e-3 with adam, 1e-2 with another rule; 1e-3 with adamw or --captions]",
        defaultValue: null,
        value => value > 0 && double.IsFinite(value),
        "a number above 0");

    private readonly Option<string> _schedule = Options.OneOf(
        "--schedule",
        "NAME",
        "When the learning rate is lowered: exponential (after every epoch), step (after every --step-epochs), plateau "
        + "(after an epoch that is no better), or cosine (all the time, to a hundredth).",
        "exponential",
        "exponential",
        "cosine",
        "step",
        "plateau");

    private readonly Option<double> _decay = Options.Number(
        "--lr-decay",
        "Factor of the learning rate when it is lowered. [default: 0.95; 0.8 with --captions]",
        defaultValue: null,
        value => value is > 0 and <= 1,
        "a number above 0, at most 1");

    private readonly Option<int> _stepEpochs = Options.Positive(
        "--step-epochs", "Epochs from one lowering to the next, with --schedule step. [default: 1]", null, 10_000);

    private readonly Option<int> _warmup = Options.Positive(
        "--warmup", "Iterations over which the learning rate grows from near 0. [default: none]", null);

    private readonly Option<double> _weightDecay = Options.Number(
        "--weight-decay",
        "Share of the weights taken off a step, times the learning rate, with --optimizer adamw. [default: 0.01]",
        null,
        value => value is >= 0 and < 1e6,
        "a number from 0 on");

    private readonly Option<double> _clip = Options.Number(
        "--clip",
        "The greatest norm of all gradients together. [default: none]",
        null,
        value => value > 0 && double.IsFinite(value),
        "a number above 0");

    private readonly Option<double> _average = Options.Number(
        "--average",
        "Keep a moving average of the weights with this decay, such as 0.999. [default: none]",
        null,
        value => value is > 0 and < 1,
        "a number between 0 and 1");

    private readonly Option<double> _dropout = Share("--dropout", "Dropout between layers and before the scores.");
    private readonly Option<double> _featureDropout = Share("--feature-dropout", "Dropout of the images' features.");
    private readonly Option<double> _embeddingDropout = Share("--embedding-dropout", "Dropout of the words' vectors.");
    private readonly Option<double> _labelSmoothing = Share(
        "--label-smoothing", "Share of the right word that the loss spreads over all words.");

    private readonly Option<double> _scheduledSampling = Options.Number(
        "--scheduled-sampling",
        "Greatest share of the words read in training that are the model's own; grows from 0.",
        0,
        value => value is >= 0 and <= 1,
        "a number from 0 to 1");

    private readonly Option<int> _patience = Options.Positive(
        "--patience", "End training after so many epochs without a better one. [default: train all]", null);

    private readonly Option<int> _printEvery =
        Options.Positive("--print-every", "Iterations from line to line, where there is no progress bar.", 10);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all =
        [
            _batch, _epochs, _optimizer, _learningRate, _schedule, _decay, _stepEpochs, _warmup, _weightDecay, _clip,
            _average, _dropout, _featureDropout, _embeddingDropout, _labelSmoothing, _scheduledSampling,
            _patience, _printEvery,
        ];
        Array.ForEach(all, command.Add);
    }

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
            LearningRate = Options.Given(result, _learningRate)
                ?? (onPhotos || rule == "adamw" ? 1e-3 : rule == "adam" ? 5e-3 : 1e-2),
            Schedule = Enum.Parse<LearningRateSchedule>(result.GetRequiredValue(_schedule), ignoreCase: true),
            LearningRateDecay = Options.Given(result, _decay) ?? (onPhotos ? 0.8 : 0.95),
            StepEpochs = Options.Given(result, _stepEpochs) ?? usual.StepEpochs,
            WarmupIterations = Options.Given(result, _warmup) ?? usual.WarmupIterations,
            WeightDecay = Options.Given(result, _weightDecay) ?? usual.WeightDecay,
            ClipNorm = Options.Given(result, _clip),
            AverageDecay = Options.Given(result, _average),
            Patience = Options.Given(result, _patience),
            BatchSize = Options.Given(result, _batch) ?? (onPhotos ? 64 : 25),
            Epochs = Options.Given(result, _epochs) ?? (onPhotos ? 8 : 50),
            Seed = result.GetValue(seed),
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
    /// <exception cref="PairingException">They do not.</exception>
    public void RequireFitting(ParseResult result)
    {
        string rule = result.GetRequiredValue(_optimizer), schedule = result.GetRequiredValue(_schedule);
        string? problem =
            Options.Given(result, _weightDecay) is not null && rule != "adamw"
                ? $"--weight-decay needs --optimizer adamw; it is {rule}."
            : Options.Given(result, _stepEpochs) is not null && schedule != "step"
                ? $"--step-epochs needs --schedule step; it is {schedule}."
            : Options.Given(result, _decay) is not null && schedule == "cosine"
                ? "--lr-decay means nothing with --schedule cosine: leave it out."
            : null;
        if (problem is not null)
        {
            throw new PairingException(problem);
        }
    }

    private static Option<double> Share(string name, string description) => Options.Number(
        name, description, 0, value => value is >= 0 and < 1, "a number from 0 to below 1");
}
