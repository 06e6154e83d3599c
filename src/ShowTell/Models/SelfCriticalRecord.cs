using System.Text.Json.Serialization;

namespace ShowTell.Models;

/// <summary>How a trained model was trained further, on the score of its own captions.</summary>
public sealed record SelfCriticalRecord
{
    /// <summary>A record whose temperature is 1.</summary>
    public SelfCriticalRecord()
        : this(temperature: 1)
    {
    }

    // Generated readers of JSON know defaults of parameters, not of properties (dotnet/runtime issue 84484).
    [JsonConstructor]
    internal SelfCriticalRecord(double temperature = 1) => Temperature = temperature;

    /// <summary>The epoch of that training that the weights are from.</summary>
    public required int Epoch { get; init; }

    /// <summary>Its learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Images of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Captions drawn for an image.</summary>
    public required int Samples { get; init; }

    /// <summary>Temperature that they were drawn at.</summary>
    public double Temperature { get; init; }

    /// <summary>Share of the loss that was cross-entropy on true captions.</summary>
    public required double CrossEntropyShare { get; init; }

    /// <summary>Decay of the average of the weights; null for none.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>Its seed.</summary>
    public required ulong Seed { get; init; }
}
