using System.Globalization;

namespace ShowTell.Training;

/// <summary>Where training stands after an iteration.</summary>
public readonly record struct TrainingProgress
{
    /// <summary>Iterations done, from 1 on.</summary>
    public required int Iteration { get; init; }

    /// <summary>Iterations in all.</summary>
    public required int Iterations { get; init; }

    /// <summary>The epoch this iteration belongs to, from 1 on.</summary>
    public required int Epoch { get; init; }

    /// <summary>Epochs in all.</summary>
    public required int Epochs { get; init; }

    /// <summary>Loss on the minibatch.</summary>
    public required double Loss { get; init; }

    /// <summary>Learning rate of the iteration.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Whether this was the last iteration of its epoch.</summary>
    public required bool IsEndOfEpoch { get; init; }

    /// <summary>Loss on the validation captions, after the last iteration of an epoch.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary><see cref="SolverOptions.Score"/> after the last iteration of an epoch, where there is one.</summary>
    public double? Score { get; init; }

    /// <summary>Training captions seen a second so far; validation is not counted.</summary>
    public required double CaptionsPerSecond { get; init; }

    /// <summary>Time since training began.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Time that the rest will take if it goes on like this.</summary>
    public TimeSpan Remaining => Elapsed / Iteration * (Iterations - Iteration);

    /// <summary>The exercise's line: <c>(Iteration 1 / 100) loss: 76.913487</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"(Iteration {Iteration} / {Iterations}) loss: {Loss:F6}");
}
