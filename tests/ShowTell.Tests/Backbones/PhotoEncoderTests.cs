using System.Numerics.Tensors;
using System.Security.Cryptography;
using ShowTell.Backbones;
using ShowTell.Numerics;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class PhotoEncoderTests
{
    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(3, 1, false)]
    [InlineData(2, 4, false)]
    [InlineData(2, 3, true)]
    public void Many_photos_have_the_features_that_each_has_alone(int threads, int batch, bool grid)
    {
        using var pile = new PhotoPile();
        string[] photos = Photos(pile, 13);
        using PhotoEncoder encoder = Encoder(pile, grid);
        Assert.Equal(grid ? TinyNetwork.Regions : 1, encoder.Regions);
        Assert.Equal(3 * encoder.Regions, encoder.FeatureSize);
        var features = new float[photos.Length][];
        encoder.EncodeAll(
            photos.Length,
            i => encoder.Reader.Read(photos[i]),
            (i, found) => features[i] = found.ToArray(),
            (i, error) => Assert.Fail(error.Message),
            new PhotoEncoderOptions { Threads = threads, Batch = batch },
            TestContext.Current.CancellationToken);
        for (int i = 0; i < photos.Length; i++)
        {
            float[] alone = encoder.Encode(encoder.Reader.Read(photos[i]));
            float distance = TensorPrimitives.Distance<float>(alone, features[i]);
            Assert.InRange(distance, 0, 1e-4f * TensorPrimitives.Norm<float>(alone));
        }
    }

    [Fact]
    public void A_photo_that_cannot_be_read_does_not_stop_the_others()
    {
        using var pile = new PhotoPile();
        string[] photos = Photos(pile, 5);
        byte[] whole = File.ReadAllBytes(photos[2]);
        photos[2] = pile.File("cut.png");
        photos[4] = pile.File("none.png");
        File.WriteAllBytes(photos[2], whole[..(whole.Length / 2)]);
        using PhotoEncoder encoder = Encoder(pile);
        List<int> good = [], bad = [];
        encoder.EncodeAll(
            photos.Length,
            i => encoder.Reader.Read(photos[i]),
            (i, _) => { lock (good) { good.Add(i); } },
            (i, error) =>
            {
                Assert.StartsWith(photos[i], error.Message, StringComparison.Ordinal);
                lock (bad) { bad.Add(i); }
            },
            new PhotoEncoderOptions { Batch = 4 },
            TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 3], good.Order());
        Assert.Equal([2, 4], bad.Order());
    }

    [Fact]
    public void It_stops_when_it_is_cancelled_or_a_callback_fails()
    {
        using var pile = new PhotoPile();
        string[] photos = Photos(pile, PhotoPile.Count);
        using PhotoEncoder encoder = Encoder(pile);
        using var cancellation = new CancellationTokenSource();
        int encoded = 0;
        Assert.Throws<OperationCanceledException>(() => encoder.EncodeAll(
            photos.Length,
            i => encoder.Reader.Read(photos[i]),
            (_, _) =>
            {
                Interlocked.Increment(ref encoded);
                cancellation.Cancel();
            },
            (_, _) => { },
            new PhotoEncoderOptions { Threads = 2 },
            cancellation.Token));
        Assert.InRange(encoded, 1, 4);
        Assert.Throws<DataException>(() => encoder.EncodeAll(
            photos.Length,
            i => encoder.Reader.Read(photos[i]),
            (_, _) => throw new DataException("the disk is full"),
            (_, _) => { },
            cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_pipeline_is_complete_and_another_backbone_is_refused()
    {
        using var pile = new PhotoPile();
        using PhotoEncoder encoder = Encoder(pile);
        var expected = new PhotoPipeline
        {
            BackboneFile = "tiny.onnx",
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(pile.Network))),
            Output = "pooled",
            IsGrid = false,
            Preprocessing = new() { Size = 32, ShorterSide = 32 },
            Transform = encoder.Pipeline.Transform,
        };
        Assert.Equal(expected, encoder.Pipeline);
        var options = new BackboneOptions { Sha256 = new string('0', 64) };
        Assert.Contains(
            "another backbone", Assert.Throws<IncompatibleException>(() =>
                Backbone.Load(pile.Network, options)).Message);
        using Backbone backbone = Backbone.Load(pile.Network, options with { Sha256 = expected.Sha256 });
        Assert.Throws<IncompatibleException>(() => new PhotoEncoder(backbone, new FeatureTransform([1], [1])));
    }

    private static string[] Photos(PhotoPile pile, int count) => [.. PhotoPile.Names.Take(count).Select(pile.PathOf)];

    /// <summary>The tiny backbone with a transform to three features.</summary>
    private static PhotoEncoder Encoder(PhotoPile pile, bool grid = false)
    {
        Backbone backbone = Backbone.Load(pile.Network, new() { Threads = 1, Grid = grid });
        var components = Matrix.Normal<float>(new SeededRandom(5), 3, backbone.FeatureSize);
        var ones = new float[backbone.FeatureSize];
        Array.Fill(ones, 1);
        return new PhotoEncoder(backbone, new FeatureTransform(ones, ones, components));
    }
}
