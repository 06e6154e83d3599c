using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Numerics;
using ShowTell.Tests.Reporting;

namespace ShowTell.Tests.Cli;

/// <summary>A small dataset in the CS231n layout, with pictures, and a place to write to.</summary>
internal sealed class TinyFolder : IDisposable
{
    private const int Width = 6;
    private const int ImageCount = 8;

    private static readonly string[] s_nouns = ["cat", "dog", "bird", "horse"];

    private readonly TemporaryFolder _folder = TestData.Temporary();

    public TinyFolder(string[]? nouns = null, int featureSize = 5)
    {
        Data = _folder.File("tiny");
        Images = _folder.File("pictures");
        string[] captions =
            [.. Enumerable.Range(0, 2 * ImageCount).Select(i => CaptionOf(nouns ?? s_nouns, i / 2, i % 2))];
        Vocabulary vocabulary = Vocabulary.OfWords(captions);
        using var dataset = new CaptionDataset(
            "tiny", vocabulary, Split("train", captions, vocabulary, featureSize),
            Split("val", captions, vocabulary, featureSize))
        {
            FeatureKind = "made",
        };
        DatasetFolder.Save(dataset, Data);
        Directory.CreateDirectory(Images);
        for (int i = 0; i < ImageCount; i++)
        {
            System.IO.File.WriteAllBytes(Path.Combine(Images, ImageName(i)), TestPictures.Png);
        }
    }

    /// <summary>The dataset's folder.</summary>
    public string Data { get; }

    /// <summary>The folder of its pictures.</summary>
    public string Images { get; }

    /// <summary>A place that is not there yet.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>A command line that trains in no time.</summary>
    public string[] TrainLine(string model, int epochs = 3, int printEvery = 1) =>
    [
        "train", Data, "--out", model, "--hidden", "24", "--wordvec", "12", "--batch", "4", "--epochs", $"{epochs}",
        "--print-every", $"{printEvery}",
    ];

    /// <summary>Trains a model and returns its path.</summary>
    public async Task<string> TrainAsync(string name, params string[] options)
    {
        string model = File(name);
        (await Command.RunAsync([.. TrainLine(model), .. options])).Succeeded();
        return model;
    }

    public void Dispose() => _folder.Dispose();

    private static string CaptionOf(string[] nouns, int image, int wording) =>
        (wording == 0 ? "a " : "one ") + nouns[image % nouns.Length] + (image < nouns.Length ? " runs" : " sleeps");

    private static string ImageName(int image) => $"photo-{image}.png";

    private static CaptionSplit Split(string name, string[] captions, Vocabulary vocabulary, int featureSize)
    {
        var ids = new int[captions.Length * Width];
        for (int i = 0; i < captions.Length; i++)
        {
            vocabulary.Encode(captions[i], ids.AsSpan(i * Width, Width));
        }

        Matrix<float> features = Matrix.Normal<float>(new SeededRandom(1), ImageCount, featureSize, 1);
        return new CaptionSplit(
            name,
            ids,
            Width,
            [.. Enumerable.Range(0, captions.Length).Select(i => i / 2)],
            new MemoryFeatures(features),
            vocabulary.Count,
            urls: [.. Enumerable.Range(0, ImageCount).Select(i => $"http://example.com/{ImageName(i)}")],
            imageNames: [.. Enumerable.Range(0, ImageCount).Select(ImageName)]);
    }
}
