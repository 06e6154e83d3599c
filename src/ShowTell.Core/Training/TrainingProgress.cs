namespace ShowTell.Training;

/// <summary>Where training stands after an iteration.</summary>
/// <param name="Iteration">Iterations done, from 1 on.</param>
/// <param name="Iterations">Iterations in all.</param>
/// <param name="Epoch">The epoch this iteration belongs to, from 1 on.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="Loss">Loss on the minibatch.</param>
/// <param name="LearningRate">Learning rate of the iteration.</param>
/// <param name="IsEndOfEpoch">Whether this was the last iteration of its epoch.</param>
/// <param name="ValidationLoss">Loss on the validation captions, after the last iteration of an epoch.</param>
/// <param name="Score"><see cref="SolverOptions.Score"/> after the last iteration of an epoch, where there is one.
/// </param>
/// <param name="CaptionsPerSecond">Training captions seen a second so far; validation is not counted.</param>
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
    /// <summary>Time that the rest will take if it goes on like this.</summary>
    public TimeSpan Remaining => Elapsed / Iteration * (Iterations - Iteration);

    /// <summary>The exercise's line: <c>(Iteration 1 / 100) loss: 76.913487</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"(Iteration {Iteration} / {Iterations}) loss: {Loss:F6}");
}

/// <summary>Where training on a reward stands after an iteration.</summary>
/// <param name="Iteration">Iterations done, from 1 on.</param>
/// <param name="Iterations">Iterations in all.</param>
/// <param name="Epoch">The epoch this iteration belongs to, from 1 on.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="LearningRate">Learning rate of the iteration.</param>
/// <param name="Reward">Mean CIDEr-D of the captions drawn in this iteration.</param>
/// <param name="EpochReward">Mean CIDEr-D of the captions drawn in this epoch so far.</param>
/// <param name="IsEndOfEpoch">Whether this was the last iteration of its epoch.</param>
/// <param name="Score"><see cref="SelfCriticalOptions.Score"/> after the last iteration of an epoch, where there is
/// one.</param>
/// <param name="CaptionsPerSecond">Captions drawn a second so far; scoring the model is not counted.</param>
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
    /// <summary>Time that the rest will take if it goes on like this.</summary>
    public TimeSpan Remaining => Elapsed / Iteration * (Iterations - Iteration);

    /// <summary>A line: <c>(Iteration 1 / 100) reward: 0.5312</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"(Iteration {Iteration} / {Iterations}) reward: {Reward:F4}");
}
