using System.Numerics.Tensors;
using ShowTell.Numerics;
using ShowTell.Vision;
using Xunit;

namespace ShowTell.Tests.Vision;

public sealed class PhotoEncoderTests
{
    private static readonly PhotoRecipe s_squeezeNet = new()
    {
        Network = "squeezenet1_1_features.onnx",
        Sha256 = "",
        Output = "pooled",
        IsGrid = false,
        Preprocessing = BackbonePreprocessing.Caffe,
    };

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(3, 1, false)]
    [InlineData(2, 4, false)]
    [InlineData(2, 3, true)]
    public void Many_photos_have_the_features_that_each_has_alone(int threads, int batch, bool grid)
    {
        string[] photos = Photos(13);
        using PhotoEncoder encoder = Encoder(grid);
        Assert.Equal(grid ? 169 : 1, encoder.Places);
        Assert.Equal(3 * encoder.Places, encoder.FeatureSize);
        var features = new float[photos.Length][];
        encoder.EncodeAll(
            photos.Length,
            i => encoder.Read(photos[i]),
            (i, found) => features[i] = found.ToArray(),
            (i, error) => Assert.Fail(error.Message),
            new PhotoEncoderOptions { Threads = threads, Batch = batch },
            TestContext.Current.CancellationToken);
        for (int i = 0; i < photos.Length; i++)
        {
            float[] alone = encoder.Encode(encoder.Read(photos[i]));
            Assert.True(TensorPrimitives.Distance<float>(alone, features[i]) <= 1e-4f * TensorPrimitives.Norm<float>(alone));
        }
    }

    [Fact]
    public void A_photo_that_cannot_be_read_does_not_stop_the_others()
    {
        string[] photos = Photos(5);
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllBytes(folder.File("cut.jpg"), File.ReadAllBytes(photos[2])[..2000]);
        photos[2] = folder.File("cut.jpg");
        photos[4] = folder.File("none.jpg");
        using PhotoEncoder encoder = Encoder(grid: false);
        List<int> good = [], bad = [];
        encoder.EncodeAll(
            photos.Length,
            i => encoder.Read(photos[i]),
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
        string[] photos = Photos(40);
        using PhotoEncoder encoder = Encoder(grid: false);
        using var cancellation = new CancellationTokenSource();
        int encoded = 0;
        Assert.Throws<OperationCanceledException>(() => encoder.EncodeAll(
            photos.Length,
            i => encoder.Read(photos[i]),
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
            i => encoder.Read(photos[i]),
            (_, _) => throw new DataException("the disk is full"),
            (_, _) => { },
            cancellation: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_recipe_says_all_that_was_done_and_another_network_is_refused()
    {
        using PhotoEncoder encoder = Encoder(grid: false);
        Assert.Equal(s_squeezeNet with { Sha256 = encoder.Recipe.Sha256, Transform = encoder.Recipe.Transform }, encoder.Recipe);
        Assert.Equal(64, encoder.Recipe.Sha256.Length);
        var options = new BackboneOptions { Sha256 = new string('0', 64) };
        Assert.Contains("another network",
            Assert.Throws<PairingException>(() => Backbone.Load(BackboneData.SqueezeNet, options)).Message, StringComparison.Ordinal);
        using Backbone backbone = Backbone.Load(
            File.ReadAllBytes(BackboneData.SqueezeNet), "memory", new() { Sha256 = encoder.Recipe.Sha256 });
        Assert.Equal(encoder.Recipe.Sha256, backbone.Sha256);
        Assert.Throws<PairingException>(() => new PhotoEncoder(backbone, new FeatureTransform([1], [1])));
    }

    private static string[] Photos(int count) =>
    [
        .. Directory.EnumerateFiles(TestData.Shared("data", "flickr8k", "images")).Order(StringComparer.Ordinal).Take(count),
    ];

    /// <summary>SqueezeNet, of whose features three sums are kept.</summary>
    private static PhotoEncoder Encoder(bool grid)
    {
        BackboneData.RequireOnnxRuntime();
        Backbone backbone = Backbone.Load(BackboneData.SqueezeNet, new() { Threads = 1, Grid = grid });
        var components = Matrix.Normal<float>(new SeededRandom(5), 3, backbone.FeatureSize);
        var ones = new float[backbone.FeatureSize];
        Array.Fill(ones, 1);
        return new PhotoEncoder(backbone, new FeatureTransform(ones, ones, components));
    }
}
