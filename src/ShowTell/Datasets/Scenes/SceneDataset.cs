using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Data;

namespace ShowTell.Datasets.Scenes;

/// <summary>
/// Drawn scenes with five true captions each, and as features the principal components of their pixels, as the exercise
/// has them of a network's. The components are those of the first 4,000 training scenes; all features are
/// divided by their common standard deviation there. A scene for validation has shapes that no training scene
/// shows together in those places.
/// </summary>
public sealed class SceneDataset
{
    /// <summary>Captions of a scene.</summary>
    public const int CaptionsPerScene = 5;

    // Enough for components that all scenes share.
    private const int ScenesToFit = 4000;

    private SceneDataset(CaptionDataset captions, Scene[] train, Scene[] validation) =>
        (Captions, Train, Validation) = (captions, train, validation);

    /// <summary>The dataset that models are trained with.</summary>
    public CaptionDataset Captions { get; }

    /// <summary>The scenes of the train split: image i shows scene i.</summary>
    public IReadOnlyList<Scene> Train { get; }

    /// <summary>The scenes of the validation split: image i shows scene i.</summary>
    public IReadOnlyList<Scene> Validation { get; }

    /// <summary>The scenes of a split, <c>train</c> or <c>val</c>.</summary>
    /// <exception cref="ArgumentException">There is no such split.</exception>
    public IReadOnlyList<Scene> Scenes(string split) => Captions.Split(split) == Captions.Train ? Train : Validation;

    /// <summary>Draws scenes, writes their captions and computes their features.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static SceneDataset Generate(SceneOptions? options = null)
    {
        options ??= new SceneOptions();
        options.Check();
        var random = new SeededRandom(options.Seed);
        Scene[] train = Draw(random, options.TrainScenes, heldOut: false);
        Scene[] validation = Draw(random, options.ValidationScenes, heldOut: true);
        string[] trainCaptions = Describe(train, random);
        string[] validationCaptions = Describe(validation, random);
        (Matrix<float> trainFeatures, Matrix<float> validationFeatures) = Features(train, validation, options);

        Vocabulary vocabulary = Vocabulary.OfWords(trainCaptions);
        int width = 2 + trainCaptions.Concat(validationCaptions).Max(caption => vocabulary.Split(caption).Count());
        var dataset = new CaptionDataset(
            options.Seed == new SceneOptions().Seed
                ? "scenes"
                : string.Create(CultureInfo.InvariantCulture, $"scenes:{options.Seed}"),
            vocabulary,
            Split("train", trainCaptions, trainFeatures, vocabulary, width),
            Split("val", validationCaptions, validationFeatures, vocabulary, width))
        {
            // The components follow from the training scenes, and these from the options.
            FeatureKind = string.Create(
                CultureInfo.InvariantCulture,
                $"scenes seed {options.Seed}, {options.TrainScenes} scenes, side {options.ImageSide}"),
        };
        return new SceneDataset(dataset, train, validation);
    }

    private static Scene[] Draw(SeededRandom random, int count, bool heldOut)
    {
        var scenes = new Scene[count];
        for (int i = 0; i < count; i++)
        {
            do
            {
                scenes[i] = SceneLayout.Draw(random);
            }
            while (scenes[i].IsHeldOut != heldOut);
        }

        return scenes;
    }

    private static string[] Describe(Scene[] scenes, SeededRandom random)
    {
        var writer = new SceneCaptionWriter(random);
        return [.. scenes.SelectMany(scene => writer.Write(scene, CaptionsPerScene))];
    }

    private static (Matrix<float> Train, Matrix<float> Validation) Features(
        Scene[] train, Scene[] validation, SceneOptions options)
    {
        var fitted = train.AsSpan(0, Math.Min(train.Length, ScenesToFit));
        Pca pca = Pca.Fit(Pixels(fitted, options.ImageSide), options.FeatureSize, options.Seed);
        Matrix<float> trainFeatures = Reduce(train, pca, options.ImageSide);
        Matrix<float> validationFeatures = Reduce(validation, pca, options.ImageSide);
        float deviation = TensorPrimitives.Norm<float>(trainFeatures.Span) / MathF.Sqrt(trainFeatures.Length);
        if (deviation > 0)
        {
            TensorPrimitives.Divide(trainFeatures.Span, deviation, trainFeatures.Span);
            TensorPrimitives.Divide(validationFeatures.Span, deviation, validationFeatures.Span);
        }

        return (trainFeatures, validationFeatures);
    }

    /// <summary>Features of scenes. The pixels of only so many scenes are in memory at a time.</summary>
    private static Matrix<float> Reduce(Scene[] scenes, Pca pca, int side)
    {
        var features = new Matrix<float>(scenes.Length, pca.Count);
        for (int start = 0; start < scenes.Length; start += ScenesToFit)
        {
            Span<Scene> block = scenes.AsSpan(start, Math.Min(ScenesToFit, scenes.Length - start));
            pca.Transform(Pixels(block, side), features.RowBlock(start, block.Length));
        }

        return features;
    }

    private static Matrix<float> Pixels(ReadOnlySpan<Scene> scenes, int side)
    {
        var pixels = new Matrix<float>(scenes.Length, side * side * 3);
        for (int i = 0; i < scenes.Length; i++)
        {
            SceneDrawing.Rasterise(scenes[i], side, pixels.Row(i));
        }

        return pixels;
    }

    private static CaptionSplit Split(
        string name, string[] captions, Matrix<float> features, Vocabulary vocabulary, int width)
    {
        int[] images = [.. Enumerable.Range(0, captions.Length).Select(caption => caption / CaptionsPerScene)];
        IEnumerable<string> names = Enumerable.Range(0, features.Rows)
            .Select(image => string.Create(CultureInfo.InvariantCulture, $"scene-{image:D5}"));
        return new CaptionSplit(
            name, vocabulary.EncodeBatch(captions, width), width, images, new MemoryFeatures(features, "scenes"),
            vocabulary.Count, imageNames: [.. names]);
    }
}

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
