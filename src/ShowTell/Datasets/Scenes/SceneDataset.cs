using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Data;

namespace ShowTell.Datasets.Scenes;

/// <summary>
/// A generated dataset of scenes with five true captions each. Features are the principal components of the pixels,
/// fitted to the first 4,000 training scenes, and divided by their common standard deviation. The validation scenes
/// have combinations of shapes that no training scene has.
/// </summary>
public sealed class SceneDataset
{
    /// <summary>Captions of a scene.</summary>
    public const int CaptionsPerScene = 5;

    private const int MaxFittedScenes = 4000;

    private SceneDataset(CaptionDataset captions, Scene[] train, Scene[] validation) =>
        (Captions, Train, Validation) = (captions, train, validation);

    /// <summary>The captions and features.</summary>
    public CaptionDataset Captions { get; }

    /// <summary>The scenes of the train split, by image index.</summary>
    public IReadOnlyList<Scene> Train { get; }

    /// <summary>The scenes of the validation split, by image index.</summary>
    public IReadOnlyList<Scene> Validation { get; }

    /// <summary>The scenes of a split, <c>train</c> or <c>val</c>.</summary>
    /// <exception cref="ArgumentException">There is no such split.</exception>
    public IReadOnlyList<Scene> Scenes(string split) => Captions.Split(split) == Captions.Train ? Train : Validation;

    /// <summary>Generates scenes, captions and features.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static SceneDataset Generate(SceneOptions? options = null)
    {
        options ??= new SceneOptions();
        options.Validate();
        var random = new SeededRandom(options.Seed);
        Scene[] train = Generate(random, options.TrainScenes, heldOut: false);
        Scene[] validation = Generate(random, options.ValidationScenes, heldOut: true);
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
            // The options determine the training scenes, and these the principal components.
            FeatureKind = string.Create(
                CultureInfo.InvariantCulture,
                $"scenes seed {options.Seed}, {options.TrainScenes} scenes, side {options.ImageSide}"),
        };
        return new SceneDataset(dataset, train, validation);
    }

    private static Scene[] Generate(SeededRandom random, int count, bool heldOut)
    {
        var scenes = new Scene[count];
        for (int i = 0; i < count; i++)
        {
            do
            {
                scenes[i] = SceneLayout.Generate(random);
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
        var fitted = train.AsSpan(0, Math.Min(train.Length, MaxFittedScenes));
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

    /// <summary>The features of scenes, computed in blocks to limit memory.</summary>
    private static Matrix<float> Reduce(Scene[] scenes, Pca pca, int side)
    {
        var features = new Matrix<float>(scenes.Length, pca.Count);
        for (int start = 0; start < scenes.Length; start += MaxFittedScenes)
        {
            Span<Scene> block = scenes.AsSpan(start, Math.Min(MaxFittedScenes, scenes.Length - start));
            pca.Transform(Pixels(block, side), features.RowBlock(start, block.Length));
        }

        return features;
    }

    private static Matrix<float> Pixels(ReadOnlySpan<Scene> scenes, int side)
    {
        var pixels = new Matrix<float>(scenes.Length, side * side * 3);
        for (int i = 0; i < scenes.Length; i++)
        {
            SceneDrawing.Rasterize(scenes[i], side, pixels.Row(i));
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

/// <summary>The options of <see cref="SceneDataset"/>.</summary>
public sealed record SceneOptions
{
    /// <summary>The random seed; equal seeds give equal datasets, bit for bit. 231 by default.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>The number of training scenes, at least 1; 16,000 by default.</summary>
    public int TrainScenes { get; init; } = 16_000;

    /// <summary>The number of validation scenes, at least 1; 500 by default.</summary>
    public int ValidationScenes { get; init; } = 500;

    /// <summary>The width and height of a picture in pixels, at least 16; 32 by default.</summary>
    public int ImageSide { get; init; } = 32;

    /// <summary>
    /// The number of features, D, that is, of principal components: from 1 to the minimum of 4,000, the number of
    /// training scenes, and the number of pixel values, 3 side². 128 by default.
    /// </summary>
    public int FeatureSize { get; init; } = 128;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TrainScenes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ValidationScenes);
        ArgumentOutOfRangeException.ThrowIfLessThan(ImageSide, 16);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(FeatureSize);
    }
}
