using System.Runtime.InteropServices;
using ShowTell.Backbones;
using ShowTell.Numerics;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Backbones;

/// <summary>Networks of the kinds that people have, by a photo whose four quarters have known colors.</summary>
public sealed class NetworkKindTests
{
    private const int Size = 64;

    /// <summary>Red, green and blue of the quarters, row by row.</summary>
    internal static readonly float[][] Quarters = [[10, 20, 30], [40, 50, 60], [70, 80, 90], [100, 110, 120]];

    private static readonly float[] s_mean = [55, 65, 75];

    [Theory]
    [InlineData(NetworkBuilder.Float)]
    [InlineData(NetworkBuilder.Float16)]
    public void Numbers_of_16_and_32_bits_go_in_and_out(int type)
    {
        NetworkBuilder network = NetworkBuilder.Quarters(type).OutputOf("quarters", type, "n", 3, 2, 2);
        AssertClose(Quarters, Run(network, new() { Grid = true }));
        AssertClose([s_mean], Run(network));
    }

    [Fact]
    public void Weights_of_16_bits_work()
    {
        Half[] halves = [(Half)0.5f, (Half)0.25f, (Half)2];
        NetworkBuilder network = NetworkBuilder.Quarters(NetworkBuilder.Float16)
            .Node("Mul", ["quarters", "w"], "scaled")
            .Weights("w", NetworkBuilder.Float16, [3, 1, 1], MemoryMarshal.AsBytes<Half>(halves).ToArray())
            .OutputOf("scaled", NetworkBuilder.Float16, "n", 3, 2, 2);
        AssertClose([[27.5f, 16.25f, 150]], Run(network));
    }

    /// <summary>ONNX Runtime runs few operators on them.</summary>
    [Theory]
    [InlineData(NetworkBuilder.BFloat16, 0.3)]
    [InlineData(NetworkBuilder.Double, 1e-4)]
    public void Brain_floats_and_doubles_go_in_and_out(int type, float tolerance)
    {
        var network = new NetworkBuilder();
        network.Input("image", type, "n", 3, Size, Size)
            .Node("Cast", ["image"], "wide", ("to", [NetworkBuilder.Float]))
            .Node("GlobalAveragePool", ["wide"], "mean")
            .Node("Cast", ["mean"], "pooled", ("to", [type]))
            .OutputOf("pooled", type, "n", 3, 1, 1);
        AssertClose([s_mean], Run(network), tolerance);
    }

    [Fact]
    public void Bytes_go_in_if_the_preprocessing_produces_them()
    {
        var network = new NetworkBuilder();
        network.Input("image", NetworkBuilder.UInt8, "n", 3, Size, Size)
            .Node("Cast", ["image"], "wide", ("to", [NetworkBuilder.Float]))
            .Node("GlobalAveragePool", ["wide"], "pooled")
            .Output("pooled", "n", 3, 1, 1);
        AssertClose([s_mean], Run(network));
        AssertClose([s_mean], Run(network, new() { Preset = "raw" }));
        Refuse(network, new() { Preset = "torchvision" }, "takes whole numbers from 0 to 255", "-2.12 to 2.64", "raw");
        Refuse(
            network, new() { Preprocessing = new() { Size = Size, ShorterSide = Size, MaxValue = 1 } },
            "takes whole numbers from 0 to 255", "produces 0 to 1");
        Refuse(
            network, new() { Preprocessing = new() { Size = Size, ShorterSide = Size, Deviation = new(0.5f) } },
            "takes whole numbers from 0 to 255", "produces 0 to ");
    }

    [Fact]
    public void Whole_numbers_are_no_features_and_no_photos()
    {
        Refuse(
            NetworkBuilder.Quarters().Node("Cast", ["quarters"], "whole", ("to", [NetworkBuilder.Int64]))
                .OutputOf("whole", NetworkBuilder.Int64, "n", 3, 2, 2),
            new(), "whole is int64", "floating-point");
        var network = new NetworkBuilder();
        network.Input("image", NetworkBuilder.Int64, "n", 3, Size, Size)
            .Node("Cast", ["image"], "y", ("to", [NetworkBuilder.Float])).Output("y", "n", 3, Size, Size);
        Refuse(network, new(), "image (n x 3 x 64 x 64, int64) takes no photos");
    }

    [Fact]
    public void Channels_last_are_found_by_the_shape()
    {
        // An input of NHWC, and outputs of both orders.
        NetworkBuilder Network() => new NetworkBuilder { Metadata = [.. NetworkBuilder.Pixels] }
            .Input("image", NetworkBuilder.Float, "n", Size, Size, 3)
            .Node("Transpose", ["image"], "first", ("perm", [0, 3, 1, 2]))
            .Node("AveragePool", ["first"], "NCHW", ("kernel_shape", [32, 32]), ("strides", [32, 32]))
            .Node("Transpose", ["NCHW"], "NHWC", ("perm", [0, 2, 3, 1]));
        AssertClose(Quarters, Run(Network().Output("NHWC", "n", 2, 2, 3), new() { Grid = true }));
        AssertClose(Quarters, Run(Network().Output("NCHW", "n", 3, 2, 2), new() { Grid = true }));

        // Whatever the preset says, there is one way to give it a photo.
        AssertClose(Quarters, Run(Network().Output("NHWC", "n", 2, 2, 3), new() { Grid = true, Preset = "raw" }));
    }

    /// <summary>The metadata say nothing of the input's layout.</summary>
    [Fact]
    public void The_3_tells_the_layout_of_an_input_of_any_size()
    {
        static NetworkBuilder Network(params object[] shape) =>
            new NetworkBuilder().Input("image", NetworkBuilder.Float, shape);
        NetworkBuilder last = Network("n", "h", "w", 3)
            .Node("Transpose", ["image"], "first", ("perm", [0, 3, 1, 2]))
            .Node("GlobalAveragePool", ["first"], "pooled").Output("pooled", "n", 3, 1, 1);
        AssertClose([s_mean], Run(last));
        AssertClose([s_mean], Run(last, new() { Preset = "raw" }));
        NetworkBuilder first = Network("n", 3, "h", "w")
            .Node("GlobalAveragePool", ["image"], "pooled").Output("pooled", "n", 3, 1, 1);
        AssertClose([s_mean], Run(first));
        using Backbone keras = Backbone.Load(first.ToBytes(), "net", new() { Preset = "keras" });
        Assert.False(keras.Preprocessing.ChannelsLast);
    }

    [Fact]
    public void A_layout_that_the_shape_leaves_open_must_be_said()
    {
        // 2 x 2 regions of 2 features, red and green.
        NetworkBuilder Network(params (string, string)[] metadata) => NetworkBuilder.Quarters(more: metadata)
            .Weights("two", NetworkBuilder.Int64, [2], Longs(0, 1))
            .Node("Gather", ["quarters", "two"], "NCHW", ("axis", [1]))
            .Node("Transpose", ["NCHW"], "NHWC", ("perm", [0, 2, 3, 1]))
            .Output("NHWC", "n", 2, 2, 2);
        float[][] expected = [.. Quarters.Select(quarter => quarter[..2])];
        Refuse(Network(), new(), "NHWC is 1 x 2 x 2 x 2, which may have its features first or last", "--layout");
        AssertClose(expected, Run(Network(), new() { Grid = true, Layout = OutputLayout.ChannelsLast }));
        AssertClose(expected, Run(Network(("output_layout", "NHWC")), new() { Grid = true }));
        AssertClose(
            expected, Run(Network(("output_layout", "NHWC"), ("layout", "NCHW")), new() { Grid = true }));
        AssertClose(expected, Run(Network(("layout", "NCHW")), new() { Grid = true, Output = "NCHW" }));

        // That of the output says nothing of inner tensors.
        Refuse(Network(("output_layout", "NHWC")), new() { Output = "NCHW" }, "NCHW is 1 x 2 x 2 x 2, which may");
        float[][] first = Run(Network(), new() { Grid = true, Layout = OutputLayout.ChannelsFirst });
        Assert.Equal([[10, 70], [20, 80], [40, 100], [50, 110]], first);
    }

    /// <summary>A class token of zeros, then the quarters: n x 5 x 3.</summary>
    [Fact]
    public void Tokens_are_a_grid_behind_a_class_token()
    {
        NetworkBuilder network = Tokens(5).Output("tokens", "n", 5, 3);
        float[][] all = [[0, 0, 0], .. Quarters];
        float[] mean = [44, 52, 60];
        AssertClose(Quarters, Run(network, new() { Grid = true }));
        AssertClose(Quarters, Run(network, new() { Grid = true, ClassToken = ClassToken.Drop }));
        AssertClose(all, Run(network, new() { Grid = true, ClassToken = ClassToken.Keep }));
        AssertClose([s_mean], Run(network, new() { Grid = true, GridSide = 1 }));
        AssertClose([s_mean], Run(network));
        AssertClose([mean], Run(network, new() { ClassToken = ClassToken.Keep }));
        AssertClose([all[0]], Run(network, new() { ClassToken = ClassToken.Only }));
        Refuse(network, new() { Grid = true, ClassToken = ClassToken.Only }, "omit --grid");
        Refuse(network, new() { Grid = true, GridSide = 1, ClassToken = ClassToken.Keep }, "without a class token");
        Refuse(
            NetworkBuilder.Quarters().Output("quarters", "n", 3, 2, 2), new() { ClassToken = ClassToken.Drop },
            "no sequence of tokens");
        AssertClose(Quarters, Run(Tokens(4).Output("tokens", "n", 4, 3), new() { Grid = true }));
        Refuse(Tokens(4).Output("tokens", "n", 4, 3), new() { ClassToken = ClassToken.Only }, "4 tokens");
    }

    [Fact]
    public void Features_before_tokens_are_found_too()
    {
        NetworkBuilder network = NetworkBuilder.Quarters()
            .Weights("shape", NetworkBuilder.Int64, [3], Longs(0, 3, 4))
            .Node("Reshape", ["quarters", "shape"], "regions").Output("regions", "n", 3, 4);
        AssertClose(Quarters, Run(network, new() { Grid = true }));
        AssertClose([s_mean], Run(network));
    }

    [Fact]
    public void A_fixed_batch_is_padded()
    {
        var network = new NetworkBuilder();
        network.Input("image", NetworkBuilder.Float, 8, 3, Size, Size)
            .Node("GlobalAveragePool", ["image"], "pooled").Output("pooled", 8, 3, 1, 1);
        using Backbone backbone = Backbone.Load(network.ToBytes(), "net");
        Assert.Equal(8, backbone.FixedBatchSize);
        AssertClose([.. Enumerable.Repeat(s_mean, 11)], Features(backbone, photos: 11));

        network = new NetworkBuilder();
        network.Input("image", NetworkBuilder.Float, 1L << 31, 3, Size, Size)
            .Node("GlobalAveragePool", ["image"], "pooled").Output("pooled", 1L << 31, 3, 1, 1);
        Refuse(network, new(), "n at most 1024");

        network = new NetworkBuilder();
        network.Input("image", NetworkBuilder.Float, 1024, 3, "h", "w")
            .Node("GlobalAveragePool", ["image"], "pooled").Output("pooled", 1024, 3, 1, 1);
        Refuse(
            network, new() { Preprocessing = new() { Size = 4096, ShorterSide = 4096 } }, "too many photos at once");
    }

    [Fact]
    public void Any_size_is_that_of_the_preprocessing_and_another_one_is_refused()
    {
        NetworkBuilder Network(params object[] shape) => new NetworkBuilder()
            .Input("image", NetworkBuilder.Float, shape).Node("GlobalAveragePool", ["image"], "pooled")
            .Output("pooled", "n", 3, 1, 1);
        AssertClose([s_mean], Run(Network("n", "c", "h", "w")));
        Refuse(
            Network("n", 3, 96, 96), new(), "n x 3 x 96 x 96", "which produces n x 3 x 64 x 64");
        Refuse(Network("n", 1, 64, 64), new(), "image (n x 1 x 64 x 64)", "3 channels");
        Refuse(Network("n", 3, 64, 32), new(), "image (n x 3 x 64 x 32)", "square photos");

        // A preset has the size of the network.
        using Backbone backbone = Backbone.Load(
            Network("n", 3, 96, 96).ToBytes(), "net", new() { Preset = "torchvision" });
        Assert.Equal((96, 109), (backbone.Preprocessing.Size, backbone.Preprocessing.ShorterSide));
    }

    [Fact]
    public void A_second_input_is_cut_away_or_named()
    {
        NetworkBuilder network = NetworkBuilder.Quarters()
            .Input("mask", NetworkBuilder.Int64, "n", 16)
            .Node("Cast", ["mask"], "m", ("to", [NetworkBuilder.Float]))
            .Node("GlobalAveragePool", ["quarters"], "mean")
            .Node("Flatten", ["mean"], "flat", ("axis", [1]))
            .Node("Concat", ["flat", "m"], "both", ("axis", [1]))
            .Output("both", "n", 19)
            .Output("flat", "n", 3)
            .Output("m", "n", 16);
        AssertClose([s_mean], Run(network)); // The only output that needs photos alone.
        Refuse(network, new() { Output = "both" }, "both needs more than photos: the input mask (n x 16, int64)");
        Refuse(network, new() { Output = "m" }, "its input mask (n x 16, int64) takes no photos");
    }

    [Fact]
    public void Two_inputs_for_photos_are_both_named()
    {
        var network = new NetworkBuilder();
        network.Input("one", NetworkBuilder.Float, "n", 3, Size, Size)
            .Input("two", NetworkBuilder.Float, "n", 3, Size, Size)
            .Node("Add", ["one", "two"], "sum").Output("sum", "n", 3, Size, Size);
        Refuse(network, new(), "sum needs more than photos: the input one (n x 3 x 64 x 64), two (n x 3 x 64 x 64).");
    }

    [Fact]
    public void Without_preprocessing_anywhere_presets_are_named()
    {
        var network = new NetworkBuilder { Metadata = [] };
        network.Input("image", NetworkBuilder.Float, "n", 3, Size, Size)
            .Node("GlobalAveragePool", ["image"], "pooled").Output("pooled", "n", 3, 1, 1);
        Refuse(network, new(), "--preprocessing");
    }

    [Theory]
    [InlineData("n", 3, "h", 3)]
    [InlineData("n", "c", "h", 3)]
    [InlineData("n", 3, "h", "c")]
    [InlineData("n", "c", "h", "w")]
    public void Either_layout_fits_an_input_that_leaves_it_open(params object[] shape)
    {
        var network = new NetworkBuilder { Metadata = [] };
        network.Input("image", NetworkBuilder.Float, shape)
            .Node("Relu", ["image"], "y").Output("y", shape);
        OnnxFile file = OnnxFile.Read("net", new MemoryStream(network.ToBytes()));
        var input = BackboneInput.Of("net", file, "y");
        bool? isLast = shape is ["n", "c", "h", 3] ? true : shape is ["n", 3, "h", "c"] ? false : null;
        Assert.Equal(isLast, input.ChannelsLast);
    }

    [Fact]
    public void Weights_may_be_listed_as_inputs()
    {
        NetworkBuilder network = NetworkBuilder.Quarters()
            .Weights("w", [1], [2])
            .Input("w", NetworkBuilder.Float, 1)
            .Node("Mul", ["quarters", "w"], "twice").Output("twice", "n", 3, 2, 2);
        AssertClose([[110, 130, 150]], Run(network));
    }

    [Fact]
    public void Of_several_outputs_the_rank_decides_or_they_are_listed()
    {
        NetworkBuilder Network() => Tokens(5)
            .Node("GlobalAveragePool", ["quarters"], "mean")
            .Node("Flatten", ["mean"], "pooler_output", ("axis", [1]))
            .Output("tokens", "n", 5, 3)
            .Output("pooler_output", "n", 3);
        using (Backbone pooled = Backbone.Load(Network().ToBytes(), "net"))
        {
            Assert.Equal("pooler_output", pooled.Output);
        }

        using (Backbone grid = Backbone.Load(Network().ToBytes(), "net", new() { Grid = true }))
        {
            Assert.Equal("tokens", grid.Output);
        }

        Refuse(
            Network().Node("Relu", ["pooler_output"], "logits").Output("logits", "n", 3), new(),
            "has the outputs tokens (n x 5 x 3), pooler_output (n x 3), logits (n x 3): choose one with --output");
        Refuse(
            Network().Output("quarters", "n", 3, 2, 2), new() { Grid = true }, "quarters (n x 3 x 2 x 2)", "--grid");
        Refuse(Network(), new() { Output = "pooler_output", Grid = true }, "a vector per photo without a grid");
    }

    [Fact]
    public void Too_new_and_unknown_networks_are_refused_in_few_words()
    {
        NetworkBuilder Relu(NetworkBuilder network, string kind, string domain) => network
            .Input("image", NetworkBuilder.Float, "n", 3, Size, Size)
            .Node(kind, domain, ["image"], "y").Output("y", "n", 3, Size, Size);
        Refuse(Relu(new() { IrVersion = 99 }, "Relu", ""), new(), "IR version 99", "m.ir_version = ");
        Refuse(Relu(new() { Opset = 99 }, "Relu", ""), new(), "opset 99 of ai.onnx", "opset_version=");
        Refuse(Relu(new(), "Foo", ""), new(), "the operator Foo, which opset 13");
        Refuse(Relu(new() { Domains = ["com.acme"] }, "Relu", "com.acme"), new(), "the operator com.acme:Relu");
        Assert.Equal(3, Run(Relu(new() { Domains = ["com.microsoft"] }, "Gelu", "com.microsoft"))[0].Length);
    }

    /// <summary>T tokens: those of the quarters, behind zeros.</summary>
    internal static NetworkBuilder Tokens(int count) => NetworkBuilder.Quarters()
        .Weights("shape", NetworkBuilder.Int64, [3], Longs(0, 3, 4))
        .Node("Reshape", ["quarters", "shape"], "regions")
        .Node("Transpose", ["regions"], "patches", ("perm", [0, 2, 1]))
        .Weights("pads", NetworkBuilder.Int64, [6], Longs(0, count - 4, 0, 0, 0, 0))
        .Node("Pad", ["patches", "pads"], "tokens");

    internal static byte[] Longs(params long[] numbers) => MemoryMarshal.AsBytes<long>(numbers).ToArray();

    internal static float[][] Run(NetworkBuilder network, BackboneOptions? options = null)
    {
        using Backbone backbone = Backbone.Load(network.ToBytes(), "net", options);
        float[][] features = Features(backbone, photos: 1);

        // What the pipeline of these features says gives them again.
        using var encoder = new PhotoEncoder(Backbone.Load(network.ToBytes(), "net", options));
        string json = encoder.Pipeline.ToJson();
        using Backbone again = Backbone.Load(
            network.ToBytes(), "net", PhotoPipeline.FromJson("json", json, null).ToBackboneOptions(1));
        Assert.Equal(features, Features(again, photos: 1));
        using var encoderAgain = new PhotoEncoder(again);
        Assert.Equal(json, encoderAgain.Pipeline.ToJson());
        return features;
    }

    private static float[][] Features(Backbone backbone, int photos)
    {
        var pixels = new byte[3 * Size * Size];
        for (int i = 0; i < pixels.Length; i++)
        {
            (int y, int x) = (i / 3 / Size, i / 3 % Size);
            pixels[i] = (byte)Quarters[(y / 32 * 2) + (x / 32)][i % 3];
        }

        var photo = new Photo(Size, Size, pixels);
        var inputs = new Matrix<float>(photos, backbone.Preprocessing.InputLength);
        for (int i = 0; i < photos; i++)
        {
            backbone.Preprocessing.Prepare(backbone.Preprocessing.Resize(photo), inputs.Row(i));
        }

        Matrix<float> features = backbone.Run(inputs);
        return [.. Enumerable.Range(0, features.Rows).Select(row => features.Row(row).ToArray())];
    }

    internal static void AssertClose(float[][] expected, float[][] actual, float tolerance = 0.06f)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(
            pair.First, pair.Second, (x, y) => Math.Abs(x - y) <= tolerance));
    }

    internal static void Refuse(NetworkBuilder network, BackboneOptions options, params string[] said)
    {
        string message = Assert.Throws<ModelFileException>(
            () => Backbone.Load(network.ToBytes(), "net.onnx", options)).Message;
        Assert.StartsWith("net.onnx: ", message);
        Assert.InRange(message.Length, 20, 400);
        Assert.All(said, part => Assert.Contains(part, message));
    }
}
