using ShowTell.Data;
using ShowTell.Numerics;

namespace ShowTell.Tests.Data;

/// <summary>A small dataset to test with: five captions of three images.</summary>
internal static class SmallDataset
{
    public static Vocabulary Vocabulary { get; } =
        new([Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, "a", "cat", "dog", "runs"]);

    public static string[] Captions { get; } = ["a dog", "a dog runs", "a cat", "cat", "runs"];

    public static int[] Images { get; } = [2, 2, 0, 0, 1];

    /// <summary>Features of image i: i, i + 0.5.</summary>
    public static MemoryFeatures Features(int images = 3) =>
        new(
            new Matrix<float>(images, 2, [.. Enumerable.Range(0, images).SelectMany(i => new[] { i, i + 0.5f })]),
            "made.safetensors");

    public static int[] Encode(string[] captions, int width)
    {
        var ids = new int[captions.Length * width];
        for (int i = 0; i < captions.Length; i++)
        {
            Vocabulary.Encode(captions[i], ids.AsSpan(i * width, width));
        }

        return ids;
    }

    public static CaptionSplit Split(
        IFeatureSource? features = null, string name = "train", string[]? urls = null, string[]? imageNames = null) =>
        new(name, Encode(Captions, 5), 5, [.. Images], features ?? Features(), Vocabulary.Count, urls, imageNames);
}
