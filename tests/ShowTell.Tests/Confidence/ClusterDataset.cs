using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Training;
using ShowTell.Training;

namespace ShowTell.Tests.Confidence;

/// <summary>
/// Images of six kinds. Captions of the first four kinds say what they show; those of the other two are random words,
/// so that no caption of them can be good. Each image has 4 regions of 12 features.
/// </summary>
internal static class ClusterDataset
{
    public const int Kinds = 6;
    public const int SureKinds = 4;
    public const int Regions = 4;

    private const int Size = 12;
    private const int CaptionsPerImage = 2;
    private const int Width = 8;

    private static readonly string[] s_sure =
    [
        "a red dog runs on grass", "two men ride blue bikes", "the small cat sleeps inside", "some kids swim in water",
    ];

    private static readonly string[] s_words =
        [.. s_sure.SelectMany(caption => caption.Split(' ')).Distinct().Order()];

    public static Vocabulary Vocabulary { get; } =
        new([Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, .. s_words]);

    public static CaptionDataset Make(int train = 240, int validation = 120) =>
        new("clusters", Vocabulary, Split("train", train, 1), Split("val", validation, 2)) { FeatureKind = "clusters" };

    /// <summary>A model that was trained on the dataset.</summary>
    public static CaptioningModel<float> Train(CaptionDataset data)
    {
        var model = new CaptioningModel<float>(
            ToyDataset.Options(data, hiddenSize: 24) with
            {
                Architecture = ShowTell.Models.Architecture.Attention, Regions = Regions,
            },
            new SeededRandom(3));
        var options = new SolverOptions
        {
            Epochs = 15, BatchSize = 16, LearningRate = 1e-2, AverageDecay = 0, Patience = 100,
        };
        new CaptioningSolver(model, data, options).Run();
        return model;
    }

    /// <summary>The features of an image.</summary>
    public static float[] Features(int kind, SeededRandom random)
    {
        var features = new float[Regions * Size];
        for (int i = 0; i < features.Length; i++)
        {
            features[i] = (float)(0.3 * random.NextNormal()) + (i % Size == kind ? 2 : 0);
        }

        return features;
    }

    private static CaptionSplit Split(string name, int count, ulong seed)
    {
        var random = new SeededRandom(seed);
        var features = new Matrix<float>(count, Regions * Size);
        var ids = new int[count * CaptionsPerImage * Width];
        for (int i = 0; i < count * CaptionsPerImage; i++)
        {
            int image = i / CaptionsPerImage, kind = image % Kinds;
            Features(kind, random).CopyTo(features.Row(image));
            string caption = kind < SureKinds ? s_sure[kind]
                : string.Join(' ', Enumerable.Range(0, 5).Select(_ => s_words[random.NextInt(s_words.Length)]));
            Vocabulary.Encode(caption, ids.AsSpan(i * Width, Width));
        }

        return new CaptionSplit(
            name, ids, Width, [.. Enumerable.Range(0, count * CaptionsPerImage).Select(i => i / CaptionsPerImage)],
            new MemoryFeatures(features) { Regions = Regions }, Vocabulary.Count,
            imageNames: [.. Enumerable.Range(0, count).Select(i => $"{name}{i}.jpg")]);
    }
}
