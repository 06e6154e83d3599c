namespace ShowTell.Training;

/// <summary>The state of training after an iteration.</summary>
/// <param name="Iteration">The iteration, from 1 on.</param>
/// <param name="Iterations">The total number of iterations.</param>
/// <param name="Epoch">The epoch of this iteration, from 1 on.</param>
/// <param name="Epochs">The total number of epochs.</param>
/// <param name="Loss">The loss on the minibatch.</param>
/// <param name="LearningRate">The learning rate of the iteration.</param>
/// <param name="IsEndOfEpoch">Whether this is the last iteration of its epoch.</param>
/// <param name="ValidationLoss">The loss on the validation captions, at the end of an epoch.</param>
/// <param name="Score"><see cref="SolverOptions.Score"/> at the end of an epoch, if set.</param>
/// <param name="CaptionsPerSecond">Training captions per second so far, excluding validation.</param>
/// <param name="Elapsed">Time since training began.</param>
public readonly record struct TrainingProgress(
    int Iteration,
    int Iterations,
    int Epoch,
    int Epochs,
    double Loss,
    double LearningRate,
    bool IsEndOfEpoch,
    double? ValidationLoss,
    double? Score,
    double CaptionsPerSecond,
    TimeSpan Elapsed)
{
    /// <summary>The estimated remaining time.</summary>
    public TimeSpan Remaining => Elapsed / Iteration * (Iterations - Iteration);

    /// <summary>The exercise's line: <c>(Iteration 1 / 100) loss: 76.913487</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"(Iteration {Iteration} / {Iterations}) loss: {Loss:F6}");
}

/// <summary>The state of self-critical training after an iteration.</summary>
/// <param name="Iteration">The iteration, from 1 on.</param>
/// <param name="Iterations">The total number of iterations.</param>
/// <param name="Epoch">The epoch of this iteration, from 1 on.</param>
/// <param name="Epochs">The total number of epochs.</param>
/// <param name="LearningRate">The learning rate of the iteration.</param>
/// <param name="Reward">The mean CIDEr-D of the captions sampled in this iteration.</param>
/// <param name="EpochReward">The mean CIDEr-D of the captions sampled in this epoch so far.</param>
/// <param name="IsEndOfEpoch">Whether this is the last iteration of its epoch.</param>
/// <param name="Score"><see cref="SelfCriticalOptions.Score"/> at the end of an epoch, if set.</param>
/// <param name="CaptionsPerSecond">Sampled captions per second so far, excluding scoring.</param>
/// <param name="Elapsed">Time since training began.</param>
public readonly record struct SelfCriticalProgress(
    int Iteration,
    int Iterations,
    int Epoch,
    int Epochs,
    double LearningRate,
    double Reward,
    double EpochReward,
    bool IsEndOfEpoch,
    double? Score,
    double CaptionsPerSecond,
    TimeSpan Elapsed)
{
    /// <summary>The estimated remaining time.</summary>
    public TimeSpan Remaining => Elapsed / Iteration * (Iterations - Iteration);

    /// <summary>A line: <c>(Iteration 1 / 100) reward: 0.5312</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"(Iteration {Iteration} / {Iterations}) reward: {Reward:F4}");
}
