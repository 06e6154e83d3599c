using System.Diagnostics;
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
    private readonly Optimizer<float> _optimizer;
    private readonly LearningRates _rates;
    private readonly WeightAverage _average;
    private readonly CaptioningParameters<float> _gradients;
    private readonly SeededRandom _random;
    private readonly int[] _images;
    private readonly List<double> _rewardHistory = [];
    private readonly List<double> _scoreHistory = [];

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
        _reward = new CaptionReward(_train, _vocabulary);
        _optimizer = new Optimizer<float>(UpdateRule.Adam, model.Options);
        var rates = new SolverOptions
        {
            LearningRate = options.LearningRate,
            Schedule = LearningRateSchedule.Cosine,
        };
        _gradients = new CaptioningParameters<float>(model.Options);
        _random = new SeededRandom(options.Seed);
        _images = [.. _train.CaptionedImages()];
        _rates = new LearningRates(rates, options.Epochs * IterationsPerEpoch);
        _average = new WeightAverage(model.Options, options.AverageDecay);
        _average.Add(model.Parameters);
        Scored = new CaptioningModel<float>(model.Options, _average.Parameters);
        BestParameters = new CaptioningParameters<float>(model.Options);
        BestParameters.CopyFrom(model.Parameters);
        _rewards = new double[BatchSize * options.Samples];
        _weights = new double[_rewards.Length + BatchSize];
    }

    /// <summary>The model, with the weights of the last iteration.</summary>
    public CaptioningModel<float> Model { get; }

    /// <summary>The model that is scored and kept: that of the averaged weights.</summary>
    public CaptioningModel<float> Scored { get; }

    /// <summary>The mean CIDEr-D of the captions sampled in every iteration so far.</summary>
    public IReadOnlyList<double> RewardHistory => _rewardHistory;

    /// <summary><see cref="SelfCriticalOptions.Score"/> before training and after every epoch so far, if set.</summary>
    public IReadOnlyList<double> ScoreHistory => _scoreHistory;

    /// <summary>The weights after the best epoch.</summary>
    public CaptioningParameters<float> BestParameters { get; }

    /// <summary>The epoch with the highest score, or without scores the last one; 0 for the original weights.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>The number of steps per epoch; the remaining images are left out of the epoch.</summary>
    public int IterationsPerEpoch => Math.Max(_images.Length / _options.BatchSize, 1);

    private int BatchSize => Math.Min(_options.BatchSize, _images.Length);

    /// <summary>Trains for all epochs, or until canceled, which keeps the state after the last iteration.</summary>
    /// <param name="report">Called after every iteration.</param>
    /// <param name="cancellation">Stops training after the current iteration.</param>
    /// <returns>Whether training completed.</returns>
    /// <exception cref="TrainingDivergedException">A loss, score or weight is not finite.</exception>
    /// <exception cref="DataException">Features cannot be read or are not finite.</exception>
    /// <exception cref="InvalidOperationException">This instance has trained before.</exception>
    public bool Train(Action<SelfCriticalProgress>? report = null, CancellationToken cancellation = default)
    {
        if (_rewardHistory.Count > 0)
        {
            throw new InvalidOperationException("An instance trains only once; create a new one to continue.");
        }

        if (_options.Score is not null)
        {
            _scoreHistory.Add(_options.Score(Scored));
        }

        var total = Stopwatch.StartNew();
        var training = new Stopwatch();
        for (int epoch = 1; epoch <= _options.Epochs; epoch++)
        {
            _random.Shuffle<int>(_images);
            double sum = 0;
            for (int i = 0; i < IterationsPerEpoch; i++)
            {
                if (cancellation.IsCancellationRequested)
                {
                    return false;
                }

                double learningRate = _rates.At(_rewardHistory.Count);
                training.Start();
                sum += Step(_images.AsSpan(i * BatchSize, BatchSize), learningRate);
                training.Stop();
                bool isLast = i == IterationsPerEpoch - 1;
                double? score = isLast ? EndEpoch(epoch) : null;
                report?.Invoke(new SelfCriticalProgress(
                    Iteration: _rewardHistory.Count,
                    Iterations: IterationsPerEpoch * _options.Epochs,
                    epoch,
                    _options.Epochs,
                    learningRate,
                    Reward: _rewardHistory[^1],
                    EpochReward: sum / (i + 1),
                    IsEndOfEpoch: isLast,
                    score,
                    CaptionsPerSecond: (double)_rewardHistory.Count * _rewards.Length / training.Elapsed.TotalSeconds,
                    total.Elapsed));
            }
        }

        return true;
    }

    /// <summary>Updates the weights once.</summary>
    /// <returns>The mean reward of the sampled captions.</returns>
    private double Step(ReadOnlySpan<int> images, double learningRate)
    {
        _minibatch.Resize(_weights.Length, _train.CaptionWidth, _train.Features.Columns);
        _minibatch.Captions.Fill(_vocabulary.NullId);
        ReadFeatures(images);
        SampleCaptions(images);
        AddTrueCaptions(images);
        double loss = Model.Loss(_minibatch.Features, _minibatch.Captions, _gradients, _weights);
        double reward = _rewards.Average();
        if (_options.ClipNorm is double limit)
        {
            GradientClipping.Clip(_gradients, limit);
        }

        _optimizer.Update(Model.Parameters, _gradients, learningRate);
        _average.Add(Model.Parameters);
        if (!double.IsFinite(loss) || !Model.Parameters.AreFinite())
        {
            throw Diverged();
        }

        _rewardHistory.Add(reward);
        return reward;
    }

    private TrainingDivergedException Diverged(Exception? cause = null) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"Training diverged: scores, loss or weights of iteration {_rewardHistory.Count + 1} are not finite. "
            + $"A smaller learning rate than {_options.LearningRate} may help."),
        cause);

    private void ReadFeatures(ReadOnlySpan<int> images)
    {
        _features.Reshape(BatchSize, _train.Features.Columns);
        _train.ReadFeatures(images, _features);
        for (int i = 0; i < _weights.Length; i++)
        {
            _features.Row(ImageOf(i)).CopyTo(_minibatch.Features.Row(i));
        }
    }

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
            Seed = SeededRandom.BitsAt(_options.Seed, (ulong)_rewardHistory.Count),
        };
        DecodedCaption[][] sampled;
        try
        {
            sampled = CaptionGenerator.Generate(new InferenceModel<float>(Model), _features, decoding);
        }
        catch (IncompatibleException error)
        {
            // These options allow every caption: only scores that are not finite leave none.
            throw Diverged(error);
        }

        for (int i = 0; i < _rewards.Length; i++)
        {
            Span<int> caption = Caption(i);
            caption[0] = _vocabulary.StartId;
            int[] ids = [.. sampled[ImageOf(i)][i % _options.Samples].Ids];
            ids.CopyTo(caption[1..]);
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
            _train.Caption(captions[_random.NextInt(captions.Length)]).CopyTo(Caption(_rewards.Length + i));
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
            _scoreHistory.Add(value);
        }

        if (score is null || score > _scoreHistory[BestEpoch])
        {
            BestParameters.CopyFrom(Scored.Parameters);
            BestEpoch = epoch;
        }

        return score;
    }
}
