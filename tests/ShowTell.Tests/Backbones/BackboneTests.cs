using System.Numerics.Tensors;
using Google.Protobuf;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Numerics;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class BackboneTests
{
    private const int Photos = 64;

    [Fact]
    public void Features_of_real_photos_are_the_reference_ones()
    {
        using Backbone backbone = Backbone.Load(BackboneData.SqueezeNet);
        Assert.Equal(BackbonePreprocessing.Caffe, backbone.Preprocessing);
        Assert.Equal(("image", "pooled", 512, 1, 0),
            (backbone.Input, backbone.Output, backbone.FeatureSize, backbone.Regions, backbone.FixedBatchSize));
        Photo[] photos = BackboneData.Photos(Photos);
        var inputs = new Matrix<float>(photos.Length, backbone.Preprocessing.InputLength);
        for (int i = 0; i < photos.Length; i++)
        {
            backbone.Preprocessing.Prepare(photos[i], inputs.Row(i));
        }

        Matrix<float> features = backbone.Run(inputs);

        using TensorFeatures file = TensorFeatures.Open(
            TestData.Shared("data", "squeezenet1_1", "reference_features.h5"));
        var expected = new Matrix<float>(Photos, file.Columns);
        file.Read([.. Enumerable.Range(0, Photos)], expected);
        for (int photo = 0; photo < Photos; photo++)
        {
            AssertClose(expected.Row(photo), features.Row(photo), 1e-3);
        }
    }

    [Fact]
    public void The_mean_of_the_grid_is_the_pooled_vector()
    {
        using Backbone pooled = Tiny(new() { Threads = 1 });
        using Backbone grid = Tiny(new() { Grid = true });
        using Backbone averaged = Tiny(new() { Output = "grid" });
        Matrix<float> inputs = Noise(pooled, 3);
        Matrix<float> expected = pooled.Run(inputs), regions = grid.Run(inputs), means = averaged.Run(inputs);
        Assert.Equal((TinyNetwork.Regions, TinyNetwork.Features), (grid.Regions, grid.FeatureSize));
        Assert.Equal(3 * TinyNetwork.Regions, regions.Rows);
        Assert.Equal(1, averaged.Regions);
        for (int photo = 0; photo < 3; photo++)
        {
            var mean = new float[TinyNetwork.Features];
            for (int region = 0; region < TinyNetwork.Regions; region++)
            {
                TensorPrimitives.Add(mean, regions.Row((photo * TinyNetwork.Regions) + region), mean);
            }

            TensorPrimitives.Divide(mean, TinyNetwork.Regions, mean);
            AssertClose(expected.Row(photo), mean, 1e-5);
            AssertClose(expected.Row(photo), means.Row(photo), 1e-5);
        }
    }

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(1)]
    public void A_grid_is_averaged_as_PyTorch_does(int side)
    {
        using Backbone averaged = Vgg(side);
        Assert.Equal((side * side, side, 8), (averaged.Regions, averaged.GridSide, averaged.FeatureSize));
        float[] x = GoldenNetworks.Tensor("x"), expected = GoldenNetworks.Tensor($"grid {side}");
        var inputs = new Matrix<float>(GoldenNetworks.Batch, x.Length / GoldenNetworks.Batch, x);
        Matrix<float> actual = averaged.Run(inputs);
        Assert.Equal(expected.Length, actual.Length);
        AssertClose(expected, actual.Span, 1e-5);
    }

    [Fact]
    public void The_side_of_a_grid_is_its_own_or_smaller()
    {
        using Backbone own = Vgg(5);
        Assert.Equal((25, 0), (own.Regions, own.GridSide)); // The same features as without a side: the same recipe.
        Assert.Contains(
            "cannot be averaged to a grid of 6 x 6", Assert.Throws<ModelFileException>(() => Vgg(6)).Message);
        using Backbone pooled = Tiny(new() { GridSide = 1 });
        Assert.Equal((1, 0), (pooled.Regions, pooled.GridSide));
    }

    [Fact]
    public void Threads_may_share_a_backbone_and_rows_do_not_depend_on_the_batch()
    {
        using Backbone backbone = Vgg(5);
        Matrix<float> inputs = Noise(backbone, 8);
        Matrix<float> together = backbone.Run(inputs);
        Parallel.For(0, 64, i =>
        {
            Matrix<float> alone = backbone.Run(inputs.RowBlock(i % 8, 1));
            AssertClose(together.RowBlock(25 * (i % 8), 25).Elements[..alone.Length], alone.Span, 1e-5);
        });
        Assert.Equal(0, backbone.Run(new Matrix<float>(0, inputs.Columns)).Rows);
        Assert.Throws<ArgumentException>(() => backbone.Run(new Matrix<float>(1, 7)));
    }

    [Fact]
    public void Preprocessing_comes_from_the_options_or_the_metadata_or_a_file_beside()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        OnnxModel model = OnnxModel.Parser.ParseFrom(TinyNetwork.Bytes());
        model.MetadataProps.Clear();
        File.WriteAllBytes(path, model.ToByteArray());
        var error = Assert.Throws<ModelFileException>(() => Backbone.Load(path));
        Assert.StartsWith($"{path}: ", error.Message);
        Assert.Contains(folder.File("net.json"), error.Message);

        BackbonePreprocessing small = BackbonePreprocessing.Torchvision with { Size = 32, ShorterSide = 40 };
        using (Backbone preset = Backbone.Load(path, new() { Preprocessing = small }))
        {
            Assert.Equal(small, preset.Preprocessing);
        }

        File.WriteAllText(
            folder.File("net.json"),
            """
            {"channel_order":"BGR","value_range":"0..255","mean":[1,2.5,3],"std":[4,5,6],"size":32,"resize":256}
            """);
        using Backbone described = Backbone.Load(path);
        Assert.Equal(
            new BackbonePreprocessing
            {
                BlueFirst = true,
                MaxValue = 255,
                Mean = new(1, 2.5f, 3),
                Deviation = new(4, 5, 6),
                Size = 32,
                ShorterSide = 256,
            },
            described.Preprocessing);

        error = Assert.Throws<ModelFileException>(() => Backbone.Load(
            path, new() { Preprocessing = BackbonePreprocessing.Caffe with { Size = 33 } }));
        Assert.Contains(
            "image (n x 3 x 32 x 32) does not match its preprocessing, which produces n x 3 x 33 x 33", error.Message);
    }

    [Fact]
    public void A_network_in_memory_gives_the_features_of_its_file()
    {
        byte[] bytes = File.ReadAllBytes(GoldenNetworks.Any);
        var options = new BackboneOptions
        {
            Grid = true,
            Output = GoldenNetworks.Grid,
            Preprocessing = GoldenNetworks.Preprocessing,
        };
        using Backbone backbone = Backbone.Load(bytes, "memory", options);
        using Backbone file = Backbone.Load(GoldenNetworks.Any, options);
        Assert.Equal(("memory", file.Sha256), (backbone.Path, backbone.Sha256));
        Matrix<float> inputs = Noise(backbone, 2);
        Assert.Equal(file.Run(inputs).Span, backbone.Run(inputs).Span);
        options = options with { Output = "x" };
        Assert.StartsWith(
            "memory: no node computes a tensor named x;",
            Assert.Throws<ModelFileException>(() => Backbone.Load(bytes, "memory", options)).Message);
    }

    internal static Backbone Tiny(BackboneOptions? options = null) =>
        Backbone.Load(TinyNetwork.Bytes(), "tiny.onnx", options);

    private static Backbone Vgg(int side) => Backbone.Load(GoldenNetworks.Any, new()
    {
        Grid = true,
        GridSide = side,
        Output = GoldenNetworks.Grid,
        Preprocessing = GoldenNetworks.Preprocessing,
        Threads = 1,
    });

    private static Matrix<float> Noise(Backbone backbone, int photos) =>
        Matrix.Normal<float>(new SeededRandom(5), photos, backbone.Preprocessing.InputLength, 60);

    /// <summary>The distance is at most so large a part of the expected vector's length.</summary>
    internal static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        float length = TensorPrimitives.Norm(expected);
        Assert.True(length > 0);
        Assert.InRange(TensorPrimitives.Distance(expected, actual) / length, 0, tolerance);
    }
}
