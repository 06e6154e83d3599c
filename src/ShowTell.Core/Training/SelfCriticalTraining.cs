using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// Self-critical sequence training (Rennie et al., "Self-critical Sequence Training for Image Captioning", 2017): a
/// trained model samples captions of training images; those with higher rewards than the others become more probable,
/// the rest less. A caption's baseline is the mean reward of the image's other captions (Luo, "A Better Variant of
/// Self-Critical Sequence Training", 2020). With K captions c of each of M images, their <see cref="CaptionReward"/> r,
/// and a true caption y of each image,
/// <code>
/// advantage_k = r_k - (mean of the other r of the image)
/// loss = -(1 - share) / (M K) Σ advantage_k log p(c_k)  -  share / M Σ log p(y)
/// </code>
/// Bit-identical for a seed and any number of threads.
/// </summary>
public sealed class SelfCriticalTraining
{
    private readonly SelfCriticalOptions _options;
    private readonly CaptionSplit _train;
    private readonly Vocabulary _vocabulary;
    private readonly CaptionReward _reward;
    private readonly TrainingState _state;
    private readonly WeightAverage _average;
    private readonly CaptioningParameters<float> _gradients;
    private readonly Lazy<TrainingSettings> _settings;
    private bool _hasTrained;

    /// <summary>The features of the images of a step.</summary>
    private readonly Matrix<float> _features = new(0, 0);

    /// <summary>The minibatch of the loss: all sampled captions, then the true ones.</summary>
    private readonly Minibatch _minibatch = new();
    private readonly double[] _weights;
    private readonly double[] _rewards;

    /// <summary>Prepares training.</summary>
    /// <param name="model">The model, whose weights will change.</param>
    /// <param name="data">The data it was trained on.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of range.</exception>
    /// <exception cref="IncompatibleException">Model and data are incompatible.</exception>
    /// <exception cref="DataException">There are no training captions.</exception>
    public SelfCriticalTraining(CaptioningModel<float> model, CaptionDataset data, SelfCriticalOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        CaptioningSolver.EnsureCompatible(model, data);
        (Model, _options, _train, _vocabulary) = (model, options, data.Train, data.Vocabulary);
        if (options.Mirror)
        {
            _train.EnsureMirrored();
        }

        _reward = new CaptionReward(_train, _vocabulary);
        _gradients = new CaptioningParameters<float>(model.Options);
        _average = new WeightAverage(model.Options, options.AverageDecay);
        _average.Add(model.Parameters);
        int[] images = [.. _train.CaptionedImages()];
        IterationsPerEpoch = Math.Max(images.Length / options.BatchSize, 1);
        var rates = new SolverOptions
        {
            LearningRate = options.LearningRate,
            Schedule = LearningRateSchedule.Cosine,
        };
        _state = new TrainingState
        {
            Weights = model.Parameters,
            Best = new CaptioningParameters<float>(model.Options),
            Optimizer = new Optimizer<float>(UpdateRule.Adam, model.Options),
            Average = _average,
            Rates = new LearningRates(rates, Iterations),
            Random = new SeededRandom(options.Seed),
            Order = images,
        };
        _state.Best.CopyFrom(model.Parameters);
        string initialWeights = HashOf(model.Parameters);
        _settings = new(() => TrainingSettings.Of(model.Options, options, data, initialWeights));
        Scored = new CaptioningModel<float>(model.Options, _average.Parameters);
        _rewards = new double[BatchSize * options.Samples];
        _weights = new double[_rewards.Length + BatchSize];
    }

    /// <summary>The model, with the weights of the last iteration.</summary>
    public CaptioningModel<float> Model { get; }

    /// <summary>The model that is scored and kept: that of the averaged weights.</summary>
    public CaptioningModel<float> Scored { get; }

    /// <summary>The mean CIDEr-D of the captions sampled in every iteration so far.</summary>
    public IReadOnlyList<double> RewardHistory => _state.Losses;

    /// <summary><see cref="SelfCriticalOptions.Score"/> before training and after every epoch so far, if set.</summary>
    public IReadOnlyList<double> ScoreHistory => _state.Scores;

    /// <summary>The weights after the best epoch.</summary>
    public CaptioningParameters<float> BestParameters => _state.Best;

    /// <summary>The epoch with the highest score, or without scores the last one; 0 for the original weights.</summary>
    public int BestEpoch => _state.BestEpoch;

    /// <summary>
    /// Tells a run from others: 16 hexadecimal digits, equal for the same initial weights, options, captions and
    /// features.
    /// </summary>
    /// <exception cref="DataException">The features cannot be read.</exception>
    public string Fingerprint =>
        _settings.Value.Fingerprint(FormattableString.Invariant($"{_options.Epochs} epochs"));

    /// <summary>
    /// Tells a dataset from others: a SHA-256 of its vocabulary, of the captions of its train and validation splits,
    /// and of the features of at most 1,000 images of each.
    /// </summary>
    /// <exception cref="DataException">The features cannot be read.</exception>
    public string DatasetFingerprint => _settings.Value.DatasetFingerprint;

    /// <summary>The number of steps per epoch; the remaining images are left out of the epoch.</summary>
    public int IterationsPerEpoch { get; }

    /// <summary>The number of steps of all epochs.</summary>
    public int Iterations => IterationsPerEpoch * _options.Epochs;

    /// <summary>Whether all epochs are trained.</summary>
    public bool IsComplete => _state.Iteration == Iterations;

    private int BatchSize => Math.Min(_options.BatchSize, _state.Order.Length);

    /// <summary>
    /// Writes a file with all that training needs to resume bit for bit, like
    /// <see cref="CaptioningSolver.SaveCheckpoint"/>.
    /// </summary>
    /// <inheritdoc cref="CaptioningSolver.SaveCheckpoint"/>
    public void SaveCheckpoint(string path) => TrainingCheckpoint.Write(path, _state, _settings.Value);

    /// <inheritdoc cref="CaptioningSolver.CanSaveCheckpoint"/>
    public bool CanSaveCheckpoint => !_state.IsInIteration;

    /// <summary>
    /// Resumes from a checkpoint: <see cref="Train"/> then does what it would have done without a break. Only the
    /// number of epochs may be another; the learning rate then follows the new length from here on.
    /// </summary>
    /// <inheritdoc cref="CaptioningSolver.Resume"/>
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
    /// <exception cref="TrainingDivergedException">A loss, score, gradient or weight is not finite.</exception>
    /// <exception cref="DataException">Features cannot be read or are not finite.</exception>
    /// <exception cref="InvalidOperationException">This instance has trained before.</exception>
    public bool Train(Action<SelfCriticalProgress>? report = null, CancellationToken cancellation = default)
    {
        EnsureUntrained();
        _hasTrained = true;
        if (_options.Score is not null && _state.Scores.Count == 0)
        {
            _state.Scores.Add(_options.Score(Scored));
        }

        _state.Start();
        while (!IsComplete)
        {
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            SelfCriticalProgress progress = TrainIteration();
            report?.Invoke(progress);
        }

        return true;
    }

    private static string HashOf(CaptioningParameters<float> weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((_, Matrix<float> value) in weights.All)
        {
            hash.AppendData(MemoryMarshal.AsBytes<float>(value.Span));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void EnsureUntrained()
    {
        if (_hasTrained)
        {
            throw new InvalidOperationException("An instance trains only once; create a new one to continue.");
        }
    }

    private SelfCriticalProgress TrainIteration()
    {
        int epoch = 1 + (_state.Iteration / IterationsPerEpoch), i = _state.Iteration % IterationsPerEpoch;
        _state.BeginIteration();
        if (i == 0)
        {
            _state.Random.Shuffle<int>(_state.Order);
        }

        double learningRate = _state.Rates.At(_state.Iteration);
        _state.BeginComputing();
        Step(_state.Order.AsSpan(i * BatchSize, BatchSize), learningRate);
        _state.EndComputing();
        bool isLast = i == IterationsPerEpoch - 1;
        double? score = isLast ? EndEpoch(epoch) : null;
        _state.EndIteration();
        return new SelfCriticalProgress(
            _state.Iteration,
            Iterations,
            epoch,
            _options.Epochs,
            learningRate,
            Reward: _state.Losses[^1],
            EpochReward: _state.Losses.Skip(_state.Iteration - i - 1).Average(),
            IsEndOfEpoch: isLast,
            score,
            CaptionsPerSecond: (double)_state.Iteration * _rewards.Length / _state.Computing.TotalSeconds,
            _state.Elapsed);
    }

    /// <summary>Updates the weights once.</summary>
    private void Step(ReadOnlySpan<int> images, double learningRate)
    {
        _minibatch.Resize(_weights.Length, _train.CaptionWidth, _train.Features.Columns);
        _minibatch.Captions.Fill(_vocabulary.NullId);
        ReadFeatures(images);
        SampleCaptions(images);
        AddTrueCaptions(images);
        double loss = Model.Loss(_minibatch.Features, _minibatch.Captions, _gradients, _weights);
        if (!double.IsFinite(loss))
        {
            throw Diverged(FormattableString.Invariant($"the loss is {loss}"));
        }

        if (_options.ClipNorm is double limit)
        {
            GradientClipping.Clip(_gradients, limit);
        }

        try
        {
            _state.Optimizer.Update(Model.Parameters, _gradients, learningRate);
        }
        catch (TrainingDivergedException error)
        {
            throw Diverged(error.Message, error);
        }

        _average.Add(Model.Parameters);
        if (!Model.Parameters.AreFinite())
        {
            throw Diverged("weights are not finite after the update");
        }

        _state.Losses.Add(_rewards.Average());
    }

    private TrainingDivergedException Diverged(string how, Exception? cause = null) =>
        _state.Diverged(how, _state.Iteration + 1, cause);

    private void ReadFeatures(ReadOnlySpan<int> images)
    {
        _features.Reshape(BatchSize, _train.Features.Columns);
        _train.ReadFeatures(images, _features);
        for (int i = 0; i < images.Length; i++)
        {
            if (IsMirrored(i))
            {
                _train.ReadMirrored(images.Slice(i, 1), _features.RowBlock(i, 1));
            }
        }

        for (int i = 0; i < _weights.Length; i++)
        {
            _features.Row(ImageOf(i)).CopyTo(_minibatch.Features.Row(i));
        }
    }

    /// <summary>Whether the mirror image takes the place of an image of the step.</summary>
    private bool IsMirrored(int image) => _options.Mirror && MirroredPhotos.IsChosen(
        SeededRandom.BitsAt(SeededRandom.BitsAt(_options.Seed, (ulong)_state.Iteration), ulong.MaxValue), image);

    /// <summary>The image of a caption of the minibatch, by its index within the step.</summary>
    private int ImageOf(int caption) =>
        caption < _rewards.Length ? caption / _options.Samples : caption - _rewards.Length;

    /// <summary>Samples captions; duplicates count separately.</summary>
    private void SampleCaptions(ReadOnlySpan<int> images)
    {
        var decoding = new DecodingOptions
        {
            Temperature = _options.Temperature,
            Captions = _options.Samples,
            KeepDuplicates = true,
            MaxLength = _train.CaptionWidth - 1,
            Seed = SeededRandom.BitsAt(_options.Seed, (ulong)_state.Iteration),
        };
        DecodedCaption[][] sampled;
        try
        {
            sampled = CaptionGenerator.Generate(new InferenceModel<float>(Model), _features, decoding);
        }
        catch (IncompatibleException error)
        {
            // These options allow every caption: only scores that are not finite leave none.
            throw Diverged("scores of words are not finite", error);
        }

        for (int i = 0; i < _rewards.Length; i++)
        {
            Span<int> caption = Caption(i);
            caption[0] = _vocabulary.StartId;
            int[] ids = [.. sampled[ImageOf(i)][i % _options.Samples].Ids];
            ids.CopyTo(caption[1..]);
            if (IsMirrored(ImageOf(i)))
            {
                // The references are of the image itself.
                _train.Mirrored!.Swap(ids);
            }

            _rewards[i] = _reward.Of(images[ImageOf(i)], ids);
        }

        // The loss averages over all captions of the minibatch, sampled and true.
        double scale = (1 - _options.CrossEntropyShare) * _weights.Length / _rewards.Length;
        for (int first = 0; first < _rewards.Length; first += _options.Samples)
        {
            Span<double> weights = _weights.AsSpan(first, _options.Samples);
            CaptionReward.Advantages(_rewards.AsSpan(first, _options.Samples), weights);
            foreach (ref double weight in weights)
            {
                weight *= scale;
            }
        }
    }

    private void AddTrueCaptions(ReadOnlySpan<int> images)
    {
        for (int i = 0; i < images.Length; i++)
        {
            int[] captions = [.. _train.CaptionsOf(images[i])];
            Span<int> caption = Caption(_rewards.Length + i);
            _train.Caption(captions[_state.Random.NextInt(captions.Length)]).CopyTo(caption);
            if (IsMirrored(i))
            {
                _train.Mirrored!.Swap(caption);
            }
        }

        _weights.AsSpan(_rewards.Length).Fill(_options.CrossEntropyShare * _weights.Length / BatchSize);
    }

    private Span<int> Caption(int index) =>
        _minibatch.Captions.Slice(index * _train.CaptionWidth, _train.CaptionWidth);

    /// <summary>Scores the model and keeps its weights if they are the best so far.</summary>
    private double? EndEpoch(int epoch)
    {
        double? score = _options.Score?.Invoke(Scored);
        if (score is double value)
        {
            _state.Scores.Add(value);
        }

        if (score is null || score > _state.Scores[BestEpoch])
        {
            BestParameters.CopyFrom(Scored.Parameters);
            _state.BestEpoch = epoch;
        }

        return score;
    }
}
