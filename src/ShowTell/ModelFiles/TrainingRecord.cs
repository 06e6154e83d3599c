using System.Text.Json.Serialization;
using ShowTell.Models;

namespace ShowTell.ModelFiles;

/// <summary>What chose the epoch of a model's weights.</summary>
public enum EpochSelection
{
    /// <summary>Nothing: they are the weights of the last epoch.</summary>
    Last,

    /// <summary>The lowest loss on the validation split.</summary>
    Loss,

    /// <summary>The highest CIDEr-D of captions of the validation split.</summary>
    CiderD,
}

/// <summary>How a model was trained.</summary>
public sealed record TrainingRecord
{
    /// <summary>The dataset's name.</summary>
    public required string Dataset { get; init; }

    /// <summary>The fingerprint of the dataset's word vocabulary, also of a character model.</summary>
    public required string WordVocabulary { get; init; }

    /// <summary>The number of training captions.</summary>
    public required int TrainCaptions { get; init; }

    /// <summary>Tokens of the longest training caption, &lt;START&gt; and &lt;END&gt; included: the limit for generated
    /// captions.
    /// </summary>
    public required int CaptionWidth { get; init; }

    /// <summary>The id of the training run, which is in its log too: at most 64 lower-case hexadecimal digits; null if
    /// unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RunId { get; init; }

    /// <summary>The epoch of the weights.</summary>
    public required int Epoch { get; init; }

    /// <summary>The validation loss after that epoch; null if not measured.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>The validation loss after each epoch of the run; null if not measured or unknown.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? ValidationLosses { get; init; }

    /// <summary>The update rule.</summary>
    public required string UpdateRule { get; init; }

    /// <summary>The learning rate of the first epoch.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The factor of the learning rate per epoch.</summary>
    public required double LearningRateDecay { get; init; }

    /// <summary>Captions per minibatch.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The random seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Dropout and label smoothing; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Regularization? Regularization { get; init; }

    /// <summary>The validation CIDEr-D by which the epoch was selected; null if it was selected by the loss.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Score { get; init; }

    /// <summary>What chose the epoch; null in files of earlier versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EpochSelection? SelectedBy { get; init; }

    /// <summary>Whether the weights are of the epoch that was best on a split, so that scores on it flatter them.
    /// </summary>
    /// <param name="split">The split's name; epochs are chosen on <c>val</c>.</param>
    public bool IsEpochChosenOn(string split) => split == "val" && Selection != EpochSelection.Last;

    // For files of earlier versions, what their options and losses say.
    private EpochSelection Selection => SelectedBy
        ?? (Score is not null ? EpochSelection.CiderD
            : ValidationLoss is null || (Options?.GetValueOrDefault("keep") ?? DefaultKeep) == "last"
                ? EpochSelection.Last
                : EpochSelection.Loss);

    private string DefaultKeep => Options?.ContainsKey("max-train") == true ? "last" : "best";

    /// <summary>The name of the training preset; null for none.</summary>
    [JsonPropertyName("recipe")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Preset { get; init; }

    /// <summary>
    /// The command-line options of the training by name, those of the preset included; null if unknown.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>The self-critical training that followed; null for none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SelfCriticalRecord? SelfCritical { get; init; }
}

/// <summary>Self-critical training: further training on the CIDEr-D of sampled captions.</summary>
public sealed record SelfCriticalRecord
{
    /// <summary>Creates a record with temperature 1.</summary>
    public SelfCriticalRecord()
        : this(temperature: 1)
    {
    }

    // Generated JSON readers know defaults of parameters but not of properties (dotnet/runtime issue 84484).
    [JsonConstructor]
    internal SelfCriticalRecord(double temperature = 1) => Temperature = temperature;

    /// <summary>The epoch of the weights.</summary>
    public required int Epoch { get; init; }

    /// <summary>The learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Images per step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Sampled captions per image.</summary>
    public required int Samples { get; init; }

    /// <summary>The sampling temperature.</summary>
    public double Temperature { get; init; }

    /// <summary>The weight of the cross-entropy loss on the training captions, in [0, 1].</summary>
    public required double CrossEntropyShare { get; init; }

    /// <summary>The decay of the weight average; null for none.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>The random seed.</summary>
    public required ulong Seed { get; init; }
}
