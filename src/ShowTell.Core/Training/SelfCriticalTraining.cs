using System.Diagnostics;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// Self-critical sequence training (Rennie et al., "Self-critical Sequence Training for Image Captioning", 2017): a
/// trained model draws captions of training images, and those that score better than its others become more probable,
/// the rest less. The baseline of a caption is the mean reward of the others of its image (Luo, "A Better Variant of
/// Self-Critical Sequence Training", 2020), so that no greedy caption is needed. With K captions c of each of M images,
/// their <see cref="CaptionReward"/> r, and a true caption y of each image,
/// <code>
/// advantage_k = r_k - (mean of the other r of the image)
/// loss = -(1 - share) / (M K) Σ advantage_k log p(c_k)  -  share / M Σ log p(y)
/// </code>
/// The same seed gives the same bits for any number of threads.
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

    /// <summary>Features of the images of a step.</summary>
    private readonly Matrix<float> _features = new(0, 0);

    /// <summary>Features, captions and weights of the loss: all drawn captions, then the true ones.</summary>
    private readonly Minibatch _minibatch = new();
    private readonly double[] _weights;
    private readonly double[] _rewards;

    /// <summary>Prepares training.</summary>
    /// <param name="model">The model, whose weights change.</param>
    /// <param name="data">What it was trained on.</param>
    /// <param name="options">How to train.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="IncompatibleException">The model does not fit the data.</exception>
    /// <exception cref="DataException">There are no training captions.</exception>
    public SelfCriticalTraining(CaptioningModel<float> model, CaptionDataset data, SelfCriticalOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        CaptioningSolver.RequireFits(model, data);
        (Model, _options, _train, _vocabulary) = (model, options, data.Train, data.Vocabulary);
        _reward = new CaptionReward(_train, _vocabulary);
        _optimizer = new Optimizer<float>(UpdateRule.Adam, model.Options);
        var rates = new SolverOptions
        {
            LearningRate = options.LearningRate,
            Schedule = LearningRateSchedule.Cosine,
            Epochs = options.Epochs,
        };
        _gradients = new CaptioningParameters<float>(model.Options);
        _random = new SeededRandom(options.Seed);
        _images = [.. _train.CaptionedImages()];
        _rates = new LearningRates(rates, IterationsPerEpoch);
        _average = new WeightAverage(model.Options, options.AverageDecay);
        _average.Add(model.Parameters);
        Scored = new CaptioningModel<float>(model.Options, _average.Parameters);
        BestParameters = new CaptioningParameters<float>(model.Options);
        BestParameters.CopyFrom(model.Parameters);
        _rewards = new double[BatchSize * options.Samples];
        _weights = new double[_rewards.Length + BatchSize];
    }

    /// <summary>The model; it has the weights of the last iteration.</summary>
    public CaptioningModel<float> Model { get; }

    /// <summary>The model that is scored and kept: of the averaged weights.</summary>
    public CaptioningModel<float> Scored { get; }

    /// <summary>Mean CIDEr-D of the captions drawn in every iteration so far.</summary>
    public IReadOnlyList<double> RewardHistory => _rewardHistory;

    /// <summary>
    /// <see cref="SelfCriticalOptions.Score"/> before training and after every epoch so far; empty without one.
    /// </summary>
    public IReadOnlyList<double> ScoreHistory => _scoreHistory;

    /// <summary>Weights after the best epoch.</summary>
    public CaptioningParameters<float> BestParameters { get; }

    /// <summary>The epoch with the greatest score, or without one the last; 0 for the weights as they were.</summary>
    public int BestEpoch { get; private set; }

    /// <summary>Steps of an epoch; images that do not fill one wait for another epoch.</summary>
    public int IterationsPerEpoch => Math.Max(_images.Length / _options.BatchSize, 1);

    private int BatchSize => Math.Min(_options.BatchSize, _images.Length);

    /// <summary>
    /// Trains for all epochs, or until cancelled, which leaves everything as it is after the last iteration.
    /// </summary>
    /// <param name="report">Called after every iteration.</param>
    /// <param name="cancellation">Ends training after the iteration under way.</param>
    /// <returns>Whether training came to its end.</returns>
    /// <exception cref="TrainingDivergedException">A loss or a weight is not a finite number.</exception>
    /// <exception cref="DataException">Features cannot be read or are not finite.</exception>
    /// <exception cref="InvalidOperationException">It has trained before.</exception>
    public bool Train(Action<SelfCriticalProgress>? report = null, CancellationToken cancellation = default)
    {
        if (_rewardHistory.Count > 0)
        {
            throw new InvalidOperationException("This trains once; make a new one to train on.");
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
    /// <returns>The mean reward of the captions drawn.</returns>
    private double Step(ReadOnlySpan<int> images, double learningRate)
    {
        _minibatch.Resize(_weights.Length, _train.CaptionWidth, _train.Features.Columns);
        _minibatch.Captions.Fill(_vocabulary.NullId);
        ReadFeatures(images);
        DrawCaptions(images);
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
            $"Training diverged: in iteration {_rewardHistory.Count + 1} scores, loss or weights are no longer finite "
            + $"numbers. A smaller learning rate than {_options.LearningRate} may help."),
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

    /// <summary>Which image of a step a caption of the minibatch belongs to.</summary>
    private int ImageOf(int caption) =>
        caption < _rewards.Length ? caption / _options.Samples : caption - _rewards.Length;

    /// <summary>Draws captions; of two that come out equal, both count.</summary>
    private void DrawCaptions(ReadOnlySpan<int> images)
    {
        var decoding = new DecodingOptions
        {
            Temperature = _options.Temperature,
            Captions = _options.Samples,
            KeepDuplicates = true,
            MaxLength = _train.CaptionWidth - 1,
            Seed = SeededRandom.BitsAt(_options.Seed, (ulong)_rewardHistory.Count),
        };
        DecodedCaption[][] drawn;
        try
        {
            drawn = CaptionGenerator.Generate(new InferenceModel<float>(Model), _features, decoding);
        }
        catch (IncompatibleException error)
        {
            // These options allow every caption: only scores that are no numbers leave none.
            throw Diverged(error);
        }

        for (int i = 0; i < _rewards.Length; i++)
        {
            Span<int> caption = Caption(i);
            caption[0] = _vocabulary.StartId;
            int[] ids = [.. drawn[ImageOf(i)][i % _options.Samples].Ids];
            ids.CopyTo(caption[1..]);
            _rewards[i] = _reward.Of(images[ImageOf(i)], ids);
        }

        // The loss is the mean of all captions of the minibatch, drawn and true.
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
