using System.Text.Json.Serialization;
using ShowTell.Models;
using static ShowTell.Models.OptionRange;

namespace ShowTell.Training;

/// <summary>Options of <see cref="SelfCriticalTraining"/>.</summary>
public sealed record SelfCriticalOptions
{
    /// <summary>K, the captions sampled per image and step; at least 2; default 5.</summary>
    public int Samples { get; init; } = 5;

    /// <summary>
    /// The sampling temperature; positive; default 0.6. A model trained with label smoothing samples poor captions at
    /// 1; lower temperatures compare captions close to those it generates.
    /// </summary>
    public double Temperature { get; init; } = 0.6;

    /// <summary>
    /// The share of cross-entropy on a true caption per image in the loss, which keeps captions fluent; in [0, 1);
    /// default 0.1.
    /// </summary>
    public double CrossEntropyShare { get; init; } = 0.1;

    /// <summary>M, the images per step; at least 1; default 20.</summary>
    public int BatchSize { get; init; } = 20;

    /// <summary>The number of passes over the training images; at least 1; default 3.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>
    /// Adam's learning rate, lowered by <see cref="LearningRateSchedule.Cosine"/>; positive; default 5e-5.
    /// </summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>The maximum global gradient norm; positive; default 1; null for no clipping.</summary>
    public double? ClipNorm { get; init; } = 1;

    /// <summary>
    /// The decay of the moving average of the weights, which is scored and kept; in [0, 1); default 0.99; 0 for the
    /// weights themselves.
    /// </summary>
    public double AverageDecay { get; init; } = 0.99;

    /// <summary>The seed of the image order and of sampling; default 231.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>
    /// Whether captions are sampled, at random and as likely, of a photo or of its mirror image, left and right
    /// swapped; needs <see cref="Data.CaptionSplit.Mirrored"/>; default false.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Mirror { get; init; }

    /// <summary>
    /// The score of a model, higher is better, such as the CIDEr of its validation captions; computed before training
    /// and after every epoch to keep the best weights. Null, the default, keeps the last weights.
    /// </summary>
    [JsonIgnore]
    public Func<CaptioningModel<float>, double>? Score { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    public void Validate()
    {
        const string Positive = "Must be positive and finite.";
        ArgumentOutOfRangeException.ThrowIfLessThan(Samples, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        Require(CrossEntropyShare is >= 0 and < 1, CrossEntropyShare, "Must be in [0, 1).");
        Require(Temperature is > 0 and < double.PositiveInfinity, Temperature, Positive);
        Require(LearningRate is > 0 and < double.PositiveInfinity, LearningRate, Positive);
        Require(ClipNorm is null or (> 0 and < double.PositiveInfinity), ClipNorm, Positive);
        Require(AverageDecay is >= 0 and < 1, AverageDecay, "Must be in [0, 1).");
    }
}
