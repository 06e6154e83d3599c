using System.Numerics.Tensors;
using Google.Protobuf;
using ShowTell.Data;
using ShowTell.Numerics;
using ShowTell.Vision;
using Xunit;

namespace ShowTell.Tests.Vision;

public sealed class BackboneTests
{
    private const int Photos = 64;

    [Fact]
    public void Features_of_real_photos_are_the_reference_ones()
    {
        BackboneData.RequireOnnxRuntime();
        using Backbone backbone = Backbone.Load(BackboneData.SqueezeNet);
        Assert.Equal(BackbonePreprocessing.Caffe, backbone.Preprocessing);
        Assert.Equal(("image", "pooled", 512, 1, 0),
            (backbone.Input, backbone.Output, backbone.FeatureSize, backbone.GridSize, backbone.FixedBatch));

        Matrix<float> features = backbone.Run(Prepare(backbone, BackboneData.Photos(Photos)));

        using TensorFeatures file = TensorFeatures.Open(TestData.Shared("data", "squeezenet1_1", "reference_features.h5"));
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
        BackboneData.RequireOnnxRuntime();
        using Backbone pooled = Backbone.Load(BackboneData.SqueezeNet, new() { Threads = 1 });
        using Backbone grid = Backbone.Load(BackboneData.SqueezeNet, new() { Grid = true });
        using Backbone averaged = Backbone.Load(BackboneData.SqueezeNet, new() { Output = "grid" });
        Matrix<float> inputs = Prepare(pooled, BackboneData.Photos(3));
        Matrix<float> expected = pooled.Run(inputs);
        Matrix<float> places = grid.Run(inputs);
        Assert.Equal((169, 512), (grid.GridSize, grid.FeatureSize));
        Assert.Equal(3 * 169, places.Rows);
        Assert.Equal(1, averaged.GridSize);
        Matrix<float> means = averaged.Run(inputs);
        for (int photo = 0; photo < 3; photo++)
        {
            var mean = new float[512];
            for (int place = 0; place < 169; place++)
            {
                TensorPrimitives.Add(mean, places.Row((photo * 169) + place), mean);
            }

            TensorPrimitives.Divide(mean, 169, mean);
            AssertClose(expected.Row(photo), mean, 1e-5);
            AssertClose(expected.Row(photo), means.Row(photo), 1e-5);
        }
    }

    [Theory]
    [InlineData(7)]
    [InlineData(5)]
    [InlineData(1)]
    public void A_grid_is_averaged_as_PyTorch_does(int side)
    {
        BackboneData.RequireOnnxRuntime();
        using Backbone own = Backbone.Load(BackboneData.SqueezeNet, new() { Grid = true });
        using Backbone averaged = Backbone.Load(BackboneData.SqueezeNet, new() { Grid = true, GridSide = side });
        Assert.Equal((side * side, side, 512), (averaged.GridSize, averaged.GridSide, averaged.FeatureSize));
        Matrix<float> inputs = Prepare(own, BackboneData.Photos(2));
        Matrix<float> places = own.Run(inputs), actual = averaged.Run(inputs);
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File("grid.json"), System.Text.Json.JsonSerializer.Serialize(places.Span.ToArray()));
        double[] expected = System.Text.Json.JsonSerializer.Deserialize<double[]>(TestData.RunPython(
            ["torch"],
            """
            import json, sys
            import torch
            grid = torch.tensor(json.load(open(sys.argv[1]))).reshape(2, 13, 13, 512).permute(0, 3, 1, 2)
            means = torch.nn.AdaptiveAvgPool2d(int(sys.argv[2]))(grid)
            print(json.dumps(means.permute(0, 2, 3, 1).reshape(-1).tolist()))
            """,
            folder.File("grid.json"),
            side.ToString(System.Globalization.CultureInfo.InvariantCulture)))!;
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual.Span[i], 1e-4 + (1e-5 * Math.Abs(expected[i])));
        }
    }

    [Fact]
    public void The_side_of_a_grid_is_its_own_or_smaller()
    {
        BackboneData.RequireOnnxRuntime();
        using Backbone own = Backbone.Load(BackboneData.SqueezeNet, new() { Grid = true, GridSide = 13 });
        Assert.Equal((169, 0), (own.GridSize, own.GridSide)); // The same features as without a side: the same recipe.
        Assert.Contains(
            "cannot be averaged to a grid of 14 x 14",
            Assert.Throws<ModelFileException>(() => Backbone.Load(BackboneData.SqueezeNet, new() { Grid = true, GridSide = 14 })).Message);
        using Backbone pooled = Backbone.Load(BackboneData.SqueezeNet, new() { GridSide = 7 });
        Assert.Equal((1, 0), (pooled.GridSize, pooled.GridSide));
    }

    [Fact]
    public void Threads_may_share_a_backbone_and_rows_do_not_depend_on_the_batch()
    {
        BackboneData.RequireOnnxRuntime();
        using Backbone backbone = Backbone.Load(BackboneData.SqueezeNet, new() { Threads = 1 });
        Matrix<float> inputs = Noise(backbone, 8);
        Matrix<float> together = backbone.Run(inputs);
        Parallel.For(0, 32, i =>
        {
            Matrix<float> alone = backbone.Run(inputs.RowBlock(i % 8, 1));
            AssertClose(together.Row(i % 8), alone.Row(0), 1e-4);
        });
        Assert.Equal(0, backbone.Run(new Matrix<float>(0, inputs.Columns)).Rows);
        Assert.Throws<ArgumentException>(() => backbone.Run(new Matrix<float>(1, 7)));
    }

    [Fact]
    public void Preprocessing_comes_from_the_options_or_the_metadata_or_a_file_beside()
    {
        BackboneData.RequireOnnxRuntime();
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        OnnxModel model = OnnxModel.Parser.ParseFrom(File.ReadAllBytes(BackboneData.SqueezeNet));
        model.MetadataProps.Clear();
        File.WriteAllBytes(path, model.ToByteArray());
        var error = Assert.Throws<ModelFileException>(() => Backbone.Load(path));
        Assert.Equal(
            $"{path}: it does not say how photos are prepared for it: describe it in {folder.File("net.json")}, "
            + "or choose a preset.",
            error.Message);

        using (Backbone preset = Backbone.Load(path, new() { Preprocessing = BackbonePreprocessing.Torchvision }))
        {
            Assert.Equal(BackbonePreprocessing.Torchvision, preset.Preprocessing);
        }

        File.WriteAllText(
            folder.File("net.json"),
            """{"channel_order":"BGR","value_range":"0..255","mean":[1,2.5,3],"std":[4,5,6],"size":224,"resize":256}""");
        using Backbone described = Backbone.Load(path);
        Assert.Equal(
            new BackbonePreprocessing
            {
                BlueFirst = true, ValueMaximum = 255, Mean = new(1, 2.5f, 3), Deviation = new(4, 5, 6), ShorterSide = 256,
            },
            described.Preprocessing);

        error = Assert.Throws<ModelFileException>(() => Backbone.Load(
            path, new() { Preprocessing = BackbonePreprocessing.Caffe with { Size = 225 } }));
        Assert.Contains("n x 3 x 224 x 224) does not fit its preprocessing, which gives n x 3 x 225 x 225", error.Message);
    }

    [Fact]
    public void Files_that_are_no_networks_are_refused()
    {
        BackboneData.RequireOnnxRuntime();
        using TemporaryFolder folder = TestData.Temporary();
        byte[] bytes = File.ReadAllBytes(BackboneData.SqueezeNet);
        string path = folder.File("net.onnx");
        Assert.Throws<ModelFileException>(() => Backbone.Load(folder.File("absent.onnx")));
        Assert.Throws<ModelFileException>(() => Backbone.Load(folder.Path));

        for (int part = 0; part < 64; part++)
        {
            Refuse(bytes[..(bytes.Length / 64 * part)]);
        }

        Refuse("{ \"not\": \"a network\" }"u8.ToArray());
        Refuse([.. Enumerable.Repeat((byte)0xff, 1000)]);
        OnnxModel external = OnnxModel.Parser.ParseFrom(bytes);
        external.Graph.Initializer[3].DataLocation = 1;
        Assert.Contains("its weights lie in other files", Refuse(external.ToByteArray()));
        OnnxModel without = OnnxModel.Parser.ParseFrom(bytes);
        without.Graph.Initializer.RemoveAt(3);
        Assert.StartsWith($"{path}: ONNX Runtime cannot run it: ", Refuse(without.ToByteArray()));
        string absent = Assert.Throws<ModelFileException>(
            () => Backbone.Load(BackboneData.SqueezeNet, new() { Output = "body.12" })).Message;
        Assert.Contains("no node gives a tensor named body.12; the outputs are pooled, grid; similar inner ones: /", absent);

        string Refuse(byte[] damaged)
        {
            File.WriteAllBytes(path, damaged);
            string message = Assert.Throws<ModelFileException>(() => Backbone.Load(path)).Message;
            Assert.StartsWith(path, message);
            Assert.DoesNotContain('\n', message);
            return message;
        }
    }

    [Fact]
    public void Damaged_weights_and_names_never_crash()
    {
        BackboneData.RequireOnnxRuntime();
        using TemporaryFolder folder = TestData.Temporary();
        byte[] bytes = File.ReadAllBytes(BackboneData.SqueezeNet);
        var random = new Random(4);
        int refused = 0;
        for (int i = 0; i < 40; i++)
        {
            // The graph's nodes come first: that is where a change hurts.
            byte[] damaged = [.. bytes];
            for (int change = 0; change < 3; change++)
            {
                damaged[random.Next(10_000)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(folder.File("net.onnx"), damaged);
            try
            {
                Backbone.Load(folder.File("net.onnx")).Dispose();
            }
            catch (ModelFileException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 10, 40);
    }

    private static Matrix<float> Noise(Backbone backbone, int photos) =>
        Matrix.Normal<float>(new SeededRandom(5), photos, backbone.Preprocessing.InputLength, 60);

    private static Matrix<float> Prepare(Backbone backbone, byte[][] photos)
    {
        var inputs = new Matrix<float>(photos.Length, backbone.Preprocessing.InputLength);
        for (int i = 0; i < photos.Length; i++)
        {
            backbone.Preprocessing.Prepare(photos[i], BackboneData.Size, BackboneData.Size, inputs.Row(i));
        }

        return inputs;
    }

    /// <summary>The distance is at most so large a part of the expected vector's length.</summary>
    internal static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        float length = TensorPrimitives.Norm(expected);
        Assert.True(length > 0);
        Assert.InRange(TensorPrimitives.Distance(expected, actual) / length, 0, tolerance);
    }
}
