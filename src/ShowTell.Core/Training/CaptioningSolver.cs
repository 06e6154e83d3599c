using System.Diagnostics;
using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// Trains a captioning model on shuffled minibatches, validates it after every epoch, and keeps the best weights.
/// </summary>
public sealed class CaptioningSolver
{
    private readonly CaptionSplit _train;
    private readonly CaptionSplit _validation;
    private readonly Optimizer<float> _optimizer;
    private readonly LearningRates _rates;
    private readonly CaptioningParameters<float> _gradients;
    private readonly WeightAverage? _average;
    private readonly CaptioningModel<float>? _averaged;
    private readonly ScheduledSampling _sampling;
    private readonly SeededRandom _random;
    private readonly Minibatch _minibatch = new();
    private readonly int[] _order;
    private readonly int[] _validationIndices;
    private readonly List<double> _lossHistory = [];
    private readonly List<double> _validationLossHistory = [];
    private readonly List<double> _scoreHistory = [];

    /// <summary>Prepares training.</summary>
    /// <param name="model">The model, whose weights will change.</param>
    /// <param name="data">The captions and features.</param>
    /// <param name="options">How to train; null for the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="IncompatibleException">Model and data are incompatible.</exception>
    /// <exception cref="DataException">There are no training captions.</exception>
    public CaptioningSolver(CaptioningModel<float> model, CaptionDataset data, SolverOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        EnsureCompatible(model, data);
        options = (options ?? new SolverOptions()).For(data.Train.Count);
        Model = model;
        Options = options;
        Epochs = options.Epochs!.Value;
        _train = data.Train;
        _validation = data.Validation;
        _optimizer = new Optimizer<float>(options.UpdateRule, model.Options, options.WeightDecay);
        _rates = new LearningRates(options, Iterations);
        _gradients = new CaptioningParameters<float>(model.Options);
        if (options.AverageDecay is double decay and > 0)
        {
            _average = new WeightAverage(model.Options, decay);
            _averaged = new CaptioningModel<float>(model.Options, _average.Parameters);
        }

        _sampling = new ScheduledSampling(model);
        _random = new SeededRandom(options.Seed);
        _order = [.. Enumerable.Range(0, _train.Count)];
        _validationIndices = ChooseValidation();
        BestParameters = new CaptioningParameters<float>(model.Options);
    }

    /// <summary>The model, with the weights of the last iteration.</summary>
    public CaptioningModel<float> Model { get; }

    /// <summary>The options, with values for all that follows from the number of captions.</summary>
    public SolverOptions Options { get; }

    /// <summary>The loss on the minibatch of every iteration so far.</summary>
    public IReadOnlyList<double> LossHistory => _lossHistory;

    /// <summary>The loss on the validation captions after every epoch so far.</summary>
    public IReadOnlyList<double> ValidationLossHistory => _validationLossHistory;

    /// <summary><see cref="SolverOptions.Score"/> after every epoch so far; empty without one.</summary>
    public IReadOnlyList<double> ScoreHistory => _scoreHistory;

    /// <summary>The weights after the best epoch; undefined while <see cref="BestEpoch"/> is 0.</summary>
    public CaptioningParameters<float> BestParameters { get; }

    /// <summary>
    /// The epoch with the highest score, or without scores the lowest validation loss, from 1 on; 0 before the first
    /// epoch has ended.
    /// </summary>
    public int BestEpoch { get; private set; }

    /// <summary>The number of minibatches per epoch; the remaining captions are left out of the epoch.</summary>
    public int IterationsPerEpoch => Options.IterationsPerEpoch(_train.Count);

    /// <summary>The number of minibatches of all epochs.</summary>
    public int Iterations => IterationsPerEpoch * Epochs;

    /// <summary>The model that is validated and kept: that of the averaged weights if enabled.</summary>
    public CaptioningModel<float> Validated => _averaged ?? Model;

    private int Epochs { get; }

    private int BatchSize => Math.Min(Options.BatchSize, _train.Count);

    /// <summary>Trains for all epochs, or until canceled, which keeps the state after the last iteration.</summary>
    /// <param name="report">Called after every iteration.</param>
    /// <param name="cancellation">Stops training after the current iteration.</param>
    /// <returns>Whether training completed.</returns>
    /// <exception cref="TrainingDivergedException">A loss, or a weight at the end of an epoch, is not
    /// finite.</exception>
    /// <exception cref="DataException">Features cannot be read or are not finite.</exception>
    /// <exception cref="InvalidOperationException">This solver has trained before.</exception>
    public bool Train(Action<TrainingProgress>? report = null, CancellationToken cancellation = default)
    {
        if (_lossHistory.Count > 0)
        {
            throw new InvalidOperationException("A solver trains only once; create a new one to continue.");
        }

        var total = Stopwatch.StartNew();
        var training = new Stopwatch();
        using var reader = new MinibatchReader(_train);
        for (int epoch = 1; epoch <= Epochs; epoch++)
        {
            _random.Shuffle<int>(_order);
            _lossHistory.EnsureCapacity(_lossHistory.Count + IterationsPerEpoch);
            reader.Begin(Batch(0));
            for (int i = 0; i < IterationsPerEpoch; i++)
            {
                if (cancellation.IsCancellationRequested)
                {
                    return false;
                }

                bool isLast = i == IterationsPerEpoch - 1;
                double learningRate = _rates.At(_lossHistory.Count);
                training.Start();
                double loss = Step(reader, isLast ? default : Batch(i + 1), learningRate);
                training.Stop();
                var progress = new TrainingProgress(
                    Iteration: _lossHistory.Count,
                    Iterations,
                    epoch,
                    Epochs,
                    loss,
                    learningRate,
                    IsEndOfEpoch: isLast,
                    ValidationLoss: isLast ? Validate(epoch) : null,
                    Score: isLast && _scoreHistory.Count > 0 ? _scoreHistory[^1] : null,
                    CaptionsPerSecond: (double)_lossHistory.Count * BatchSize / training.Elapsed.TotalSeconds,
                    total.Elapsed);
                Print(progress);
                report?.Invoke(progress);
            }

            _rates.EndEpoch(epoch, isBest: BestEpoch == epoch);
            if (epoch - BestEpoch >= Options.Patience)
            {
                return true;
            }
        }

        return true;
    }

    /// <summary>Checks that a model can be trained on a dataset.</summary>
    /// <exception cref="IncompatibleException">Model and data are incompatible.</exception>
    /// <exception cref="DataException">There are no training captions.</exception>
    internal static void EnsureCompatible(CaptioningModel<float> model, CaptionDataset data)
    {
        if (model.Options.FeatureSize != data.FeatureSize || model.Options.VocabularySize != data.Vocabulary.Count)
        {
            throw new IncompatibleException(
                $"The model takes {model.Options.FeatureSize} features and {model.Options.VocabularySize} tokens; "
                + $"{data.Origin} has {data.FeatureSize} features and {data.Vocabulary.Count} tokens.");
        }

        if (data.Train.Count == 0)
        {
            throw new DataException($"{data.Origin} has no training captions.");
        }
    }

    /// <summary>The captions of the epoch's minibatch <paramref name="index"/>.</summary>
    private ReadOnlyMemory<int> Batch(int index) => _order.AsMemory(index * BatchSize, BatchSize);

    /// <summary>Updates the weights once, while the next captions, if any, are read.</summary>
    private double Step(MinibatchReader reader, ReadOnlyMemory<int> next, double learningRate)
    {
        Minibatch minibatch = reader.Take();
        if (!next.IsEmpty)
        {
            reader.Begin(next);
        }

        // Dropout masks depend only on the seed and the iteration.
        ulong seed = SeededRandom.BitsAt(Options.Seed, (ulong)_lossHistory.Count);
        double loss = Model.Loss(
            minibatch.Features, minibatch.Captions, _gradients, Options.Regularization, seed, Inputs(minibatch, seed));
        if (!double.IsFinite(loss))
        {
            throw Diverged($"the loss of iteration {_lossHistory.Count + 1} is {loss}");
        }

        _lossHistory.Add(loss);
        if (Options.ClipNorm is double limit)
        {
            GradientClipping.Clip(_gradients, limit);
        }

        _optimizer.Update(Model.Parameters, _gradients, learningRate);
        _average?.Add(Model.Parameters);

        // The callback may read features too.
        reader.Wait();
        return loss;
    }

    /// <summary>The words to read instead of the captions' words; empty to read these.</summary>
    private ReadOnlySpan<int> Inputs(Minibatch minibatch, ulong seed)
    {
        double probability =
            ScheduledSampling.ProbabilityAt(_lossHistory.Count, Iterations, Options.ScheduledSampling);
        return probability > 0
            ? _sampling.Mix(
                minibatch.Features, minibatch.Captions, probability, SeededRandom.BitsAt(seed, ulong.MaxValue))
            : [];
    }

    /// <summary>Computes validation loss and score, and keeps the weights if they are the best so far.</summary>
    private double? Validate(int epoch)
    {
        double? loss = _validationIndices.Length > 0 ? LossOf(_validation, _validationIndices) : null;
        if (loss is double measured && !double.IsFinite(measured))
        {
            throw Diverged($"the validation loss after epoch {epoch} is {measured}");
        }

        // The last update may have diverged: no loss has been computed since.
        if (!Model.Parameters.AreFinite())
        {
            throw Diverged($"weights after epoch {epoch} are not finite");
        }

        if (loss is double value)
        {
            _validationLossHistory.Add(value);
        }

        if (Options.Score is not null)
        {
            _scoreHistory.Add(Options.Score(Validated));
        }

        // Strictly better: equal results end training that has converged.
        bool isBest = BestEpoch == 0
            || (_scoreHistory.Count > 0 ? _scoreHistory[^1] > _scoreHistory[BestEpoch - 1]
                : loss is null || loss < _validationLossHistory[BestEpoch - 1]);
        if (isBest)
        {
            BestParameters.CopyFrom(Validated.Parameters);
            BestEpoch = epoch;
        }

        return loss;
    }

    private TrainingDivergedException Diverged(FormattableString how) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"Training diverged: {FormattableString.Invariant(how)}. "
        + $"A smaller learning rate than {Options.LearningRate} may help."));

    private double LossOf(CaptionSplit split, ReadOnlySpan<int> indices)
    {
        double sum = 0;
        for (int start = 0; start < indices.Length; start += Options.BatchSize)
        {
            ReadOnlySpan<int> batch = indices.Slice(start, Math.Min(Options.BatchSize, indices.Length - start));
            split.Read(batch, _minibatch);
            sum += batch.Length * Validated.Loss(_minibatch.Features, _minibatch.Captions);
        }

        return sum / indices.Length;
    }

    private int[] ChooseValidation()
    {
        int count = Math.Min(Options.ValidationCaptions, Math.Min(_train.Count, _validation.Count));
        int[] indices = [.. Enumerable.Range(0, _validation.Count)];
        new SeededRandom(Options.Seed).Shuffle<int>(indices);
        return indices[..count];
    }

    private void Print(TrainingProgress progress)
    {
        if ((progress.Iteration - 1) % Options.PrintEvery == 0)
        {
            Options.Log?.WriteLine(progress);
        }

        if (progress.ValidationLoss is double loss)
        {
            Options.Log?.WriteLine(FormattableString.Invariant(
                $"(Epoch {progress.Epoch} / {progress.Epochs}) validation loss: {loss:F6}"));
        }

        if (progress.Score is double score)
        {
            Options.Log?.WriteLine(FormattableString.Invariant(
                $"(Epoch {progress.Epoch} / {progress.Epochs}) score: {score:F6}"));
        }
    }
}
