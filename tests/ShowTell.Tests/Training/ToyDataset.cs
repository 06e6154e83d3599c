using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Files;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>Random images, each with a random caption, to overfit.</summary>
internal static class ToyDataset
{
    private static readonly string[] s_colours = ["red", "blue", "green"];
    private static readonly string[] s_animals = ["cat", "dog", "bird", "horse"];
    private static readonly string[] s_ends = ["", " runs", " on grass"];

    public static Vocabulary Vocabulary { get; } = new(
        [
            Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, "a", "runs", "on", "grass",
            .. s_colours, .. s_animals,
        ]);

    /// <param name="train">The number of training images.</param>
    /// <param name="validation">The number of validation images.</param>
    /// <param name="trainFeatures">Features of the training images; null for random ones.</param>
    /// <param name="mirror">Whether there are mirror images, with random features too.</param>
    public static CaptionDataset Make(
        int train = 40, int validation = 15, IFeatureSource? trainFeatures = null, bool mirror = false) =>
        new(
            "toys", Vocabulary, Split("train", train, 1, trainFeatures, mirror),
            Split("val", validation, 2, null, mirror))
        {
            FeatureKind = "random",
        };

    public static MemoryFeatures Features(int images, ulong seed = 1) => new(
        Matrix.Normal<float>(new SeededRandom(seed), images, 6));

    /// <summary>The same features in a file.</summary>
    public static TensorFeatures FileFeatures(string path, int images, ulong seed = 1)
    {
        Matrix<float> features = Features(images, seed).Matrix;
        Tensors.Write(path, file => file.Add("features", [images, features.Columns], features.Span.ToArray()));
        return TensorFeatures.Open(path);
    }

    public static CaptioningModel<float> Model(
        CaptionDataset dataset, CellKind cell = CellKind.Lstm, int hiddenSize = 12) =>
        new(Options(dataset, cell, hiddenSize), new SeededRandom(3));

    public static CaptioningOptions Options(
        CaptionDataset dataset, CellKind cell = CellKind.Lstm, int hiddenSize = 12) =>
        new()
        {
            Cell = cell,
            FeatureSize = dataset.FeatureSize,
            VocabularySize = dataset.Vocabulary.Count,
            WordVectorSize = 8,
            HiddenSize = hiddenSize,
        };

    private static CaptionSplit Split(string name, int count, ulong seed, IFeatureSource? features, bool mirror)
    {
        const int Width = 7;
        var random = new SeededRandom(seed + 100);
        var ids = new int[count * Width];
        for (int i = 0; i < count; i++)
        {
            string caption = $"a {Pick(s_colours)} {Pick(s_animals)}{Pick(s_ends)}";
            Vocabulary.Encode(caption, ids.AsSpan(i * Width, Width));
        }

        string Pick(string[] words) => words[random.NextInt(words.Length)];
        return new CaptionSplit(
            name, ids, Width, [.. Enumerable.Range(0, count)], features ?? Features(count, seed), Vocabulary.Count)
        {
            Mirrored = mirror ? new MirroredPhotos(Features(count, seed + 10), Vocabulary) : null,
        };
    }
}

/// <summary>Features that record which rows were read.</summary>
internal sealed class RecordedFeatures(MemoryFeatures features) : IFeatureSource
{
    public List<int> RowsRead { get; } = [];

    public int Rows => features.Rows;

    public int Columns => features.Columns;

    public string Origin => "recorded";

    public void Read(ReadOnlySpan<int> rows, MatrixSpan<float> destination)
    {
        RowsRead.AddRange(rows);
        features.Read(rows, destination);
    }

    public void Dispose() => features.Dispose();
}

internal static class SolverExtensions
{
    /// <summary>Trains to the end, or until the tests are canceled.</summary>
    public static bool Run(this CaptioningSolver solver, Action<TrainingProgress>? report = null) =>
        solver.Train(report, TestContext.Current.CancellationToken);

    /// <inheritdoc cref="Run(CaptioningSolver, Action{TrainingProgress})"/>
    public static bool Run(this SelfCriticalTraining training, Action<SelfCriticalProgress>? report = null) =>
        training.Train(report, TestContext.Current.CancellationToken);
}
