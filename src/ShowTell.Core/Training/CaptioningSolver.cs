using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// Trains a captioning model on shuffled minibatches, validates it after every epoch, and keeps the best weights.
/// </summary>
public sealed class CaptioningSolver
{
    private readonly CaptionDataset _data;
    private readonly CaptionSplit _train;
    private readonly CaptionSplit _validation;
    private readonly TrainingState _state;
    private readonly CaptioningParameters<float> _gradients;
    private readonly CaptioningModel<float>? _averaged;
    private readonly ScheduledSampling _sampling;
    private readonly Minibatch _minibatch = new();
    private readonly int[] _validationIndices;
    private readonly Lazy<TrainingSettings> _settings;
    private bool _hasTrained;

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
        _data = data;
        _train = data.Train;
        _validation = data.Validation;
        _state = new TrainingState
        {
            Weights = model.Parameters,
            Best = new CaptioningParameters<float>(model.Options),
            Optimizer = new Optimizer<float>(options.UpdateRule, model.Options, options.WeightDecay),
            Average = options.AverageDecay is double decay and > 0 ? new WeightAverage(model.Options, decay) : null,
            Rates = new LearningRates(options, Iterations),
            Random = new SeededRandom(options.Seed),
            Order = [.. Enumerable.Range(0, _train.Count)],
        };
        _gradients = new CaptioningParameters<float>(model.Options);
        _averaged = _state.Average is null
            ? null
            : new CaptioningModel<float>(model.Options, _state.Average.Parameters);
        _sampling = new ScheduledSampling(model);
        _validationIndices = ChooseValidation();
        if (options.Mirror)
        {
            _train.EnsureMirrored();
        }

        _settings = new(() => TrainingSettings.Of(model.Options, options, _data));
    }

    /// <summary>The model, with the weights of the last iteration.</summary>
    public CaptioningModel<float> Model { get; }

    /// <summary>The options, with values for all that follows from the number of captions.</summary>
    public SolverOptions Options { get; }

    /// <summary>The loss on the minibatch of every iteration so far.</summary>
    public IReadOnlyList<double> LossHistory => _state.Losses;

    /// <summary>The loss on the validation captions after every epoch so far.</summary>
    public IReadOnlyList<double> ValidationLossHistory => _state.ValidationLosses;

    /// <summary><see cref="SolverOptions.Score"/> after every epoch so far; empty without one.</summary>
    public IReadOnlyList<double> ScoreHistory => _state.Scores;

    /// <summary>The weights after the best epoch; undefined while <see cref="BestEpoch"/> is 0.</summary>
    public CaptioningParameters<float> BestParameters => _state.Best;

    /// <summary>
    /// The epoch with the highest score, or without scores the lowest validation loss, from 1 on; 0 before the first
    /// epoch has ended.
    /// </summary>
    public int BestEpoch => _state.BestEpoch;

    /// <summary>
    /// Tells a run from others: 16 hexadecimal digits, equal for the same model options, solver options, captions and
    /// features.
    /// </summary>
    /// <exception cref="DataException">The features cannot be read.</exception>
    public string Fingerprint =>
        _settings.Value.Fingerprint(FormattableString.Invariant($"{Epochs} epochs, patience {Options.Patience}"));

    /// <summary>
    /// Tells a dataset from others: a SHA-256 of its vocabulary, of the captions of its train and validation splits,
    /// and of the features of at most 1,000 images of each.
    /// </summary>
    /// <exception cref="DataException">The features cannot be read.</exception>
    public string DatasetFingerprint => _settings.Value.DatasetFingerprint;

    /// <summary>The number of minibatches per epoch; the remaining captions are left out of the epoch.</summary>
    public int IterationsPerEpoch => Options.IterationsPerEpoch(_train.Count);

    /// <summary>The number of minibatches of all epochs.</summary>
    public int Iterations => IterationsPerEpoch * Epochs;

    /// <summary>The model that is validated and kept: that of the averaged weights if enabled.</summary>
    public CaptioningModel<float> Validated => _averaged ?? Model;

    private int Epochs { get; }

    private int BatchSize => Math.Min(Options.BatchSize, _train.Count);

    /// <summary>Whether all epochs are trained, or no more of them would improve the model.</summary>
    public bool IsComplete => _state.Iteration == Iterations || HasConverged(_state.Iteration / IterationsPerEpoch);

    /// <summary>
    /// Writes a file with all that training needs to resume bit for bit: weights, their average, the optimizer's
    /// moments, random streams, the order of the epoch, the best weights, and the history. For use between iterations:
    /// in <see cref="Train"/>'s callback, or after it.
    /// </summary>
    /// <param name="path">The file; replaced whole or not at all.</param>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    /// <exception cref="InvalidOperationException">Not <see cref="CanSaveCheckpoint"/>.</exception>
    public void SaveCheckpoint(string path) => TrainingCheckpoint.Write(path, _state, _settings.Value);

    /// <summary>Whether training is between two iterations; not after an exception within one.</summary>
    public bool CanSaveCheckpoint => !_state.IsInIteration;

    /// <summary>
    /// Resumes from a checkpoint: <see cref="Train"/> then does what it would have done without a break. Only the
    /// number of epochs, the patience and the log may be others. With another number of epochs, schedules that follow
    /// the whole run (a cosine, scheduled sampling) follow the new length from here on.
    /// </summary>
    /// <param name="path">A file that <see cref="SaveCheckpoint"/> wrote.</param>
    /// <exception cref="ModelFileException">The file is missing, damaged, or no checkpoint; this solver cannot be used
    /// any more.</exception>
    /// <exception cref="IncompatibleException">The checkpoint was written with another dataset, vocabulary, model or
    /// option, or has more epochs.</exception>
    /// <exception cref="InvalidOperationException">This solver has trained before.</exception>
    public void Resume(string path)
    {
        EnsureUntrained();
        TrainingCheckpoint.Read(path, _state, _settings.Value);
        _state.EnsureAtMost(Iterations, path);
    }

    /// <summary>Trains for all epochs, or until canceled, which keeps the state after the last iteration.</summary>
    /// <param name="report">Called after every iteration.</param>
    /// <param name="cancellation">Stops training after the current iteration.</param>
    /// <returns>Whether training completed.</returns>
    /// <exception cref="TrainingDivergedException">A loss, a gradient, or a weight at the end of an epoch, is not
    /// finite.</exception>
    /// <exception cref="DataException">Features cannot be read or are not finite.</exception>
    /// <exception cref="InvalidOperationException">This solver has trained before.</exception>
    public bool Train(Action<TrainingProgress>? report = null, CancellationToken cancellation = default)
    {
        EnsureUntrained();
        _hasTrained = true;
        _state.Start();
        using var reader = new MinibatchReader(_train);
        while (!IsComplete)
        {
            if (!TrainEpoch(reader, report, cancellation))
            {
                return false;
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

    private void EnsureUntrained()
    {
        if (_hasTrained)
        {
            throw new InvalidOperationException("A solver trains only once; create a new one to continue.");
        }
    }

    /// <summary>Whether training ends after an epoch because too many brought no improvement.</summary>
    private bool HasConverged(int epoch) => epoch > 0 && epoch - BestEpoch >= Options.Patience;

    /// <summary>Trains an epoch, or what is left of it.</summary>
    /// <returns>Whether it was trained to its end.</returns>
    private bool TrainEpoch(
        MinibatchReader reader, Action<TrainingProgress>? report, CancellationToken cancellation)
    {
        int epoch = 1 + (_state.Iteration / IterationsPerEpoch);
        for (int first = _state.Iteration % IterationsPerEpoch, i = first; i < IterationsPerEpoch; i++)
        {
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            _state.BeginIteration();
            if (i == 0)
            {
                // Not before, so that a checkpoint between two epochs has the old order.
                _state.Random.Shuffle<int>(_state.Order);
                _state.Losses.EnsureCapacity(_state.Losses.Count + IterationsPerEpoch);
            }

            if (i == first)
            {
                reader.Begin(Batch(i), MirrorSeed(_state.Iteration));
            }

            bool isLast = i == IterationsPerEpoch - 1;
            double learningRate = _state.Rates.At(_state.Iteration);
            _state.BeginComputing();
            double loss = Step(reader, isLast ? default : Batch(i + 1), learningRate);
            _state.EndComputing();
            double? validationLoss = isLast ? Validate(epoch) : null;
            if (isLast)
            {
                _state.Rates.EndEpoch(epoch, isBest: BestEpoch == epoch);
            }

            _state.EndIteration();
            var progress = new TrainingProgress(
                _state.Iteration,
                Iterations,
                epoch,
                Epochs,
                loss,
                learningRate,
                IsEndOfEpoch: isLast,
                validationLoss,
                Score: isLast && _state.Scores.Count > 0 ? _state.Scores[^1] : null,
                CaptionsPerSecond: (double)_state.Iteration * BatchSize / _state.Computing.TotalSeconds,
                _state.Elapsed);
            Print(progress);
            report?.Invoke(progress);
        }

        return true;
    }

    /// <summary>The captions of the epoch's minibatch <paramref name="index"/>.</summary>
    private ReadOnlyMemory<int> Batch(int index) => _state.Order.AsMemory(index * BatchSize, BatchSize);

    /// <summary>The seed of the choice of photos or their mirror images in an iteration; null without.</summary>
    private ulong? MirrorSeed(int iteration) => Options.Mirror
        ? SeededRandom.BitsAt(SeededRandom.BitsAt(Options.Seed, (ulong)iteration), ulong.MaxValue - 1)
        : null;

    /// <summary>Updates the weights once, while the next captions, if any, are read.</summary>
    private double Step(MinibatchReader reader, ReadOnlyMemory<int> next, double learningRate)
    {
        Minibatch minibatch = reader.Take();
        if (!next.IsEmpty)
        {
            reader.Begin(next, MirrorSeed(_state.Iteration + 1));
        }

        // Dropout masks depend only on the seed and the iteration.
        ulong seed = SeededRandom.BitsAt(Options.Seed, (ulong)_state.Iteration);
        double loss = Model.Loss(
            minibatch.Features, minibatch.Captions, _gradients, Options.Regularization, seed, Inputs(minibatch, seed));
        if (!double.IsFinite(loss))
        {
            throw _state.Diverged(FormattableString.Invariant($"the loss is {loss}"), _state.Iteration + 1);
        }

        if (Options.ClipNorm is double limit)
        {
            GradientClipping.Clip(_gradients, limit);
        }

        try
        {
            _state.Optimizer.Update(Model.Parameters, _gradients, learningRate);
        }
        catch (TrainingDivergedException error)
        {
            throw _state.Diverged(error.Message, _state.Iteration + 1, error);
        }

        _state.Average?.Add(Model.Parameters);
        _state.Losses.Add(loss);

        // The callback may read features too.
        reader.Wait();
        return loss;
    }

    /// <summary>The words to read instead of the captions' words; empty to read these.</summary>
    private ReadOnlySpan<int> Inputs(Minibatch minibatch, ulong seed)
    {
        double probability =
            ScheduledSampling.ProbabilityAt(_state.Iteration, Iterations, Options.ScheduledSampling);
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
            throw _state.Diverged(FormattableString.Invariant($"the validation loss is {measured}"), _state.Iteration);
        }

        // The last update may have diverged: no loss has been computed since.
        if (!Model.Parameters.AreFinite())
        {
            throw _state.Diverged($"weights are not finite after epoch {epoch}", _state.Iteration);
        }

        if (loss is double value)
        {
            _state.ValidationLosses.Add(value);
        }

        if (Options.Score is not null)
        {
            _state.Scores.Add(Options.Score(Validated));
        }

        // Strictly better: equal results end training that has converged.
        bool isBest = BestEpoch == 0
            || (_state.Scores.Count > 0 ? _state.Scores[^1] > _state.Scores[BestEpoch - 1]
                : loss is null || loss < _state.ValidationLosses[BestEpoch - 1]);
        if (isBest)
        {
            BestParameters.CopyFrom(Validated.Parameters);
            _state.BestEpoch = epoch;
        }

        return loss;
    }

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
