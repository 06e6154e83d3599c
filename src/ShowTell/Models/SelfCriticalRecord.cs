namespace ShowTell.Models;

/// <summary>How a trained model was trained further, on the score of its own captions.</summary>
public sealed record SelfCriticalRecord
{
    /// <summary>The epoch of that training that the weights are from.</summary>
    public required int Epoch { get; init; }

    /// <summary>Its learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Images of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Captions drawn for an image.</summary>
    public required int Samples { get; init; }

    /// <summary>Temperature that they were drawn at.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Share of the loss that was cross-entropy on true captions.</summary>
    public required double CrossEntropyShare { get; init; }

    /// <summary>Decay of the average of the weights; null for none.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>Its seed.</summary>
    public required ulong Seed { get; init; }
}
