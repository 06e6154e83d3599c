namespace ShowTell.Data.Scenes;

/// <summary>How a dataset of drawn scenes is made.</summary>
public sealed record SceneOptions
{
    /// <summary>
    /// Seed of everything that is random: the same seed makes the same dataset, bit for bit. Default 231.
    /// </summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>Scenes to train on, at least 1. Default 16,000.</summary>
    public int TrainScenes { get; init; } = 16_000;

    /// <summary>Scenes to validate with, at least 1. Default 500.</summary>
    public int ValidationScenes { get; init; } = 500;

    /// <summary>Width and height of a picture in pixels, at least 16. Default 32.</summary>
    public int ImageSide { get; init; } = 32;

    /// <summary>
    /// Features of a picture, D: the principal components kept of its pixels, from 1 to the least of the training
    /// scenes, 4,000 and the 3 x side² pixel values. Default 128.
    /// </summary>
    public int FeatureSize { get; init; } = 128;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TrainScenes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ValidationScenes);
        ArgumentOutOfRangeException.ThrowIfLessThan(ImageSide, 16);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FeatureSize);
    }
}
