using System.Diagnostics;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// All that training changes from iteration to iteration. Training that continues from the same state gives the same
/// bits.
/// </summary>
internal sealed class TrainingState
{
    private readonly Stopwatch _total = new();
    private readonly Stopwatch _computing = new();
    private TimeSpan _totalBefore, _computingBefore;

    /// <summary>The weights of the last iteration.</summary>
    public required CaptioningParameters<float> Weights { get; init; }

    /// <summary>The weights after the best epoch.</summary>
    public required CaptioningParameters<float> Best { get; init; }

    /// <summary>The optimizer, with its moments.</summary>
    public required Optimizer<float> Optimizer { get; init; }

    /// <summary>The average of the weights; null for none.</summary>
    public required WeightAverage? Average { get; init; }

    /// <summary>The learning rate, as far as it depends on earlier epochs.</summary>
    public required LearningRates Rates { get; init; }

    /// <summary>The stream that shuffles.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>The items of the epoch in the order in which they are read.</summary>
    public required int[] Order { get; init; }

    /// <summary>The loss or reward of every iteration so far.</summary>
    public List<double> Losses { get; } = [];

    /// <summary>The validation loss after every epoch so far.</summary>
    public List<double> ValidationLosses { get; } = [];

    /// <summary>The scores so far.</summary>
    public List<double> Scores { get; } = [];

    /// <summary>The epoch of <see cref="Best"/>; 0 for none.</summary>
    public int BestEpoch { get; set; }

    /// <summary>The number of iterations so far.</summary>
    public int Iteration => Losses.Count;

    /// <summary>The time of training so far.</summary>
    public TimeSpan Elapsed => _totalBefore + _total.Elapsed;

    /// <summary>Of it, the time of computing, without validation.</summary>
    public TimeSpan Computing => _computingBefore + _computing.Elapsed;

    /// <summary>Starts to count the time.</summary>
    public void Start() => _total.Start();

    /// <summary>Whether an iteration has begun and not ended: then part of the state is of the next one.</summary>
    public bool IsInIteration { get; private set; }

    /// <summary>Begins an iteration.</summary>
    public void BeginIteration() => IsInIteration = true;

    /// <summary>Starts to count the time of computing.</summary>
    public void BeginComputing() => _computing.Start();

    /// <summary>Stops counting it.</summary>
    public void EndComputing() => _computing.Stop();

    /// <summary>Ends an iteration, at the end of an epoch with its validation.</summary>
    public void EndIteration() => IsInIteration = false;

    /// <summary>Sets the times of training so far.</summary>
    public void SetTimes(TimeSpan elapsed, TimeSpan computing)
    {
        _totalBefore = elapsed - _total.Elapsed;
        _computingBefore = computing - _computing.Elapsed;
    }

    /// <summary>Checks that a checkpoint does not go beyond a run.</summary>
    /// <exception cref="IncompatibleException">It does.</exception>
    public void EnsureAtMost(int iterations, string path)
    {
        if (Iteration > iterations)
        {
            throw new IncompatibleException(
                $"{path}: has {Iteration:N0} iterations, more than the {iterations:N0} of the epochs to train.");
        }
    }

    /// <summary>The error of training that diverged.</summary>
    /// <param name="how">What is not finite.</param>
    /// <param name="iteration">The iteration, from 1 on.</param>
    /// <param name="cause">Its cause, if any.</param>
    public TrainingDivergedException Diverged(string how, int iteration, Exception? cause = null)
    {
        string weights = Weights.FindNotFinite() is string name ? $"; {name} has NaN or infinity" : "";
        return new TrainingDivergedException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Training diverged in iteration {iteration}, learning rate {Rates.At(iteration - 1)}: {how}{weights}. "
                + $"A smaller learning rate, a warmup, or clipping gradients may help."),
            cause);
    }
}
