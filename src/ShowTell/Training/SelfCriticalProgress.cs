using System.Globalization;

namespace ShowTell.Training;

/// <summary>Where training on a reward stands after an iteration.</summary>
public readonly record struct SelfCriticalProgress
{
    /// <summary>Iterations done, from 1 on.</summary>
    public required int Iteration { get; init; }

    /// <summary>Iterations in all.</summary>
    public required int Iterations { get; init; }

    /// <summary>The epoch this iteration belongs to, from 1 on.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs in all.</summary>
    public required int Epochs { get; init; }

    /// <summary>Learning rate of the iteration.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Mean CIDEr-D of the captions drawn in this iteration.</summary>
    public required double Reward { get; init; }

    /// <summary>Mean CIDEr-D of the captions drawn in this epoch so far.</summary>
    public required double EpochReward { get; init; }

    /// <summary>Whether this was the last iteration of its epoch.</summary>
    public required bool IsEndOfEpoch { get; init; }

    /// <summary><see cref="SelfCriticalOptions.Score"/> after the last iteration of an epoch, where there is one.
    /// </summary>
    public double? Score { get; init; }

    /// <summary>Captions drawn a second so far; scoring the model is not counted.</summary>
    public required double CaptionsPerSecond { get; init; }

    /// <summary>Time since training began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Time that the rest will take if it goes on like this.</summary>
    public TimeSpan Remaining => Elapsed / Iteration * (Iterations - Iteration);

    /// <summary>A line: <c>(Iteration 1 / 100) reward: 0.5312</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"(Iteration {Iteration} / {Iterations}) reward: {Reward:F4}");
}
