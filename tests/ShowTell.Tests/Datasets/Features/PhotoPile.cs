using ShowTell.Backbones;
using ShowTell.Datasets;
using ShowTell.Datasets.Features;
using ShowTell.Datasets.Import;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;

namespace ShowTell.Tests.Datasets.Features;

/// <summary>A folder of small drawn photos, a network for them, and a place to write to.</summary>
internal sealed class PhotoPile : IDisposable
{
    public const int Count = 20;

    private readonly TemporaryFolder _folder = TestData.Temporary();

    /// <summary>Skips the test without libpng.</summary>
    public PhotoPile()
    {
        Photos = _folder.File("photos");
        Network = _folder.File("tiny.onnx");
        System.IO.File.WriteAllBytes(Network, TinyNetwork.Bytes());
        Directory.CreateDirectory(Path.Combine(Photos, "more"));
        for (int i = 0; i < Count; i++)
        {
            System.IO.File.WriteAllBytes(PathOf(NameOf(i)), TinyPng.Noise(seed: (ulong)i));
        }
    }

    /// <summary>The folder of the photos.</summary>
    public string Photos { get; }

    /// <summary>The network's file.</summary>
    public string Network { get; }

    /// <summary>Names of the photos, in their order.</summary>
    public static string[] Names => [.. Enumerable.Range(0, Count).Select(NameOf)];

    public static string NameOf(int photo) =>
        $"{(photo < Count / 2 ? "more/" : "")}p{photo:00}.{(photo % 2 == 0 ? "png" : "PNG")}";

    public string PathOf(string name) => Path.Combine(Photos, name);

    /// <summary>A place beside the photos.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>Makes a photo unreadable.</summary>
    public void Spoil(int photo) => System.IO.File.WriteAllText(PathOf(NameOf(photo)), "no photo");

    public PhotoEncoder Encoder(bool grid = false) =>
        new(Backbone.Load(Network, new BackboneOptions { Threads = 1, Grid = grid }));

    /// <summary>Features of a photo, one by one.</summary>
    public Matrix<float> Encode(PhotoEncoder encoder, params IEnumerable<string> names) =>
        Matrix.FromRows<float>([.. names.Select(name => encoder.Encode(encoder.Reader.Read(PathOf(name))))]);

    public FeatureExtractionSummary Extract(
        string path, FeatureExtractionOptions? options = null, bool grid = false,
        Action<FeatureExtractionProgress>? progress = null)
    {
        using PhotoEncoder encoder = Encoder(grid);
        return FeatureExtraction.OfFolder(encoder, Photos, path, options, progress);
    }

    /// <summary>Imports a dataset of the photos, with two captions each.</summary>
    public string Import(
        string? captions = null, int maxWords = 15, ulong seed = 231, bool isReplacing = false)
    {
        if (captions is null)
        {
            captions = File("captions.csv");
            System.IO.File.WriteAllLines(
                captions, Names.SelectMany((name, i) => new[] { $"{name},A photo n{i}", $"{name},One n{i}" }));
        }

        string data = File("data");
        DatasetImport.Run(
            new ImportOptions
            {
                Captions = [captions], Photos = Photos, MinimumCount = 1, ValidationFraction = 0.3, MaxWords = maxWords,
                Seed = seed,
            },
            data,
            isReplacing);
        return data;
    }

    /// <summary>The photos of a split of an imported dataset.</summary>
    public static string[] PhotosOf(string data, string split) =>
        [.. DatasetManifest.LoadPhotos(data).Where(photo => photo.Split == split).Select(photo => photo.Photo)];

    public void Dispose() => _folder.Dispose();
}
