using ShowTell.Models;
using static ShowTell.Models.OptionRange;

namespace ShowTell.Training;

/// <summary>How to train on a reward, see <see cref="SelfCriticalTraining"/>.</summary>
public sealed record SelfCriticalOptions
{
    /// <summary>Captions drawn for an image at a step, K; at least 2; by default 5.</summary>
    public int Samples { get; init; } = 5;

    /// <summary>
    /// Temperature that captions are drawn at; positive; by default 0.6. A model trained with label smoothing draws
    /// captions at 1 that are far worse than those it would say: lower temperatures compare what matters, captions near
    /// these.
    /// </summary>
    public double Temperature { get; init; } = 0.6;

    /// <summary>
    /// Share of the loss that is cross-entropy on a true caption of each image, which keeps captions from becoming
    /// strings of rewarded words; in [0, 1); by default 0.1.
    /// </summary>
    public double CrossEntropyShare { get; init; } = 0.1;

    /// <summary>Images of a step, M; at least 1; by default 20.</summary>
    public int BatchSize { get; init; } = 20;

    /// <summary>How often every training image is seen; at least 1; by default 3.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>
    /// Learning rate of Adam, which falls along half a cosine to a hundredth of it
    /// (<see cref="LearningRateSchedule.Cosine"/>); positive; by default 5e-5.
    /// </summary>
    public double LearningRate { get; init; } = 5e-5;

    /// <summary>
    /// The greatest norm of all gradients together, to which larger ones are scaled down; above 0; by default 1; null
    /// for none.
    /// </summary>
    public double? ClipNorm { get; init; } = 1;

    /// <summary>
    /// Share of the moving average of the weights that stays at a step, in [0, 1): the average is what is scored and
    /// kept. By default 0.99; 0 takes the weights themselves.
    /// </summary>
    public double AverageDecay { get; init; } = 0.99;

    /// <summary>Seed of the order of the images and of all that is drawn; by default 231.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>
    /// How good a model is, the greater the better, such as the CIDEr of its captions of validation images; asked
    /// before training and after every epoch, and the best weights are kept. Null, the default, keeps the last ones.
    /// </summary>
    public Func<CaptioningModel<float>, double>? Score { get; init; }

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public void Validate()
    {
        const string Positive = "A finite number above 0 is needed.";
        ArgumentOutOfRangeException.ThrowIfLessThan(Samples, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        Require(CrossEntropyShare is >= 0 and < 1, CrossEntropyShare, "A finite number in [0, 1) is needed.");
        Require(Temperature is > 0 and < double.PositiveInfinity, Temperature, Positive);
        Require(LearningRate is > 0 and < double.PositiveInfinity, LearningRate, Positive);
        Require(ClipNorm is null or (> 0 and < double.PositiveInfinity), ClipNorm, Positive);
        Require(AverageDecay is >= 0 and < 1, AverageDecay, "A finite number in [0, 1) is needed.");
    }
}
