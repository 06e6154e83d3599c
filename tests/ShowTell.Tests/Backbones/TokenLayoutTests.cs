using ShowTell.Backbones;
using Xunit;
using static ShowTell.Tests.Backbones.NetworkKindTests;

namespace ShowTell.Tests.Backbones;

/// <summary>Whether features are before or after tokens is inferred only where one reading is possible.</summary>
public sealed class TokenLayoutTests
{
    /// <summary>As of vision transformers, whose last layers are a matrix product, a class token, and an axis moved.
    /// </summary>
    [Theory]
    [InlineData(1024, 1, 16)]
    [InlineData(1024, 0, 16)]
    [InlineData(1025, 1, 8)]
    [InlineData(768, 1, 8)]
    [InlineData(576, 5, 16)]
    [InlineData(512, 1, 16)]
    [InlineData(400, 1, 8)]
    [InlineData(64, 0, 8)]
    [InlineData(64, 1, 4)]
    [InlineData(17, 1, 4)]
    [InlineData(3, 1, 4)]
    public void A_matrix_product_is_followed_to_the_tensor(int features, int more, int side)
    {
        int half = side / 2;
        float[][] expected =
        [
            .. Enumerable.Range(0, side * side)
                .Select(token => Quarters[(token / side / half * 2) + (token % side / half)])
                .Select(color => (float[])[.. color, .. new float[features - 3]]),
        ];
        NetworkBuilder network = Tokens(features, more, side);
        AssertClose(expected, Run(network, new() { Grid = true, Output = "last" }));
        AssertClose(expected, Run(network, new() { Grid = true, Output = "first" }));
        AssertClose(expected, Run(network, new() { Grid = true, Output = "again" }));
    }

    /// <summary>Without a layer that tells, one reading must be impossible.</summary>
    [Theory]
    [InlineData(1024, 257, null)]
    [InlineData(257, 1024, null)]
    [InlineData(64, 17, null)]
    [InlineData(17, 65, null)]
    [InlineData(16, 16, null)]
    [InlineData(768, 65, OutputLayout.ChannelsFirst)]
    [InlineData(65, 768, OutputLayout.AsInput)]
    [InlineData(512, 257, OutputLayout.ChannelsFirst)]
    [InlineData(384, 17, OutputLayout.ChannelsFirst)]
    [InlineData(3, 17, OutputLayout.ChannelsFirst)]
    [InlineData(17, 3, OutputLayout.AsInput)]
    [InlineData(201, 768, OutputLayout.AsInput)] // A distillation token and registers.
    [InlineData(12, 12, null)]
    [InlineData(768, 77, null)]
    public void The_shape_decides_where_it_allows_one_reading(int second, int third, OutputLayout? expected)
    {
        NetworkBuilder network = NetworkBuilder.Quarters()
            .Weights("shape", NetworkBuilder.Int64, [3], Longs(0, 12, 1))
            .Node("Reshape", ["quarters", "shape"], "flat")
            .Weights("pads", NetworkBuilder.Int64, [6], Longs(0, 0, 0, 0, second - 12, third - 1))
            .Node("Pad", ["flat", "pads"], "tokens").Output("tokens", "n", second, third);
        if (expected is null)
        {
            Refuse(
                network, new(), $"tokens is 1 x {second} x {third}, which may have its features first or last",
                "--layout NCHW or --layout NHWC");
            return;
        }

        using Backbone backbone = Backbone.Load(network.ToBytes(), "net");
        Assert.Equal(expected, backbone.Layout);
    }

    [Theory]
    [InlineData("Add", 4, true)]
    [InlineData("Mul", 4, true)]
    [InlineData("LayerNormalization", 4, true)]
    [InlineData("Conv", 4, false)]
    [InlineData("Add", 1, null)]
    [InlineData("Relu", 0, null)]
    public void Layers_with_a_parameter_for_each_feature_tell(string kind, int parameters, bool? isLast)
    {
        bool isNorm = kind == "LayerNormalization";
        NetworkBuilder network = Square(opset: 17)
            .Weights(
                "w", kind == "Conv" ? [4, 4, 1] : [parameters],
                kind == "Conv" ? Identity() : new float[parameters])
            .Node(kind, parameters > 0 ? ["square", "w"] : ["square"], "by", isNorm ? [("axis", [-1])] : [])
            .Node("Identity", ["by"], "out").Output("out", "n", 4, 4);
        if (isLast is null)
        {
            Refuse(network, new(), "out is 1 x 4 x 4, which may have its features first or last");
            return;
        }

        using Backbone backbone = Backbone.Load(network.ToBytes(), "net");
        Assert.Equal(isLast.Value ? OutputLayout.AsInput : OutputLayout.ChannelsFirst, backbone.Layout);
    }

    /// <summary>As in an MLP-Mixer, where products over features and over tokens alternate.</summary>
    [Fact]
    public void Layers_that_disagree_tell_nothing_but_a_norm_is_believed()
    {
        NetworkBuilder Mixer() => Square(opset: 17).Weights("w", [4, 4], Identity()).Weights("scale", [4], [1, 1, 1, 1])
            .Node("MatMul", ["square", "w"], "features")
            .Node("Transpose", ["features"], "turned", ("perm", [0, 2, 1]))
            .Node("MatMul", ["turned", "w"], "mixed")
            .Node("Transpose", ["mixed"], "back", ("perm", [0, 2, 1]))
            .Node("Add", ["features", "back"], "sum")
            .Node("LayerNormalization", ["sum", "scale"], "norm", ("axis", [-1]))
            .Node("Transpose", ["norm"], "first", ("perm", [0, 2, 1]))
            .Output("first", "n", 4, 4);
        Refuse(Mixer(), new() { Output = "mixed" }, "may have its features first or last");
        Refuse(Mixer(), new() { Output = "sum" }, "may have its features first or last");
        foreach ((string output, OutputLayout layout) in new[]
            {
                ("features", OutputLayout.AsInput), ("norm", OutputLayout.AsInput),
                ("first", OutputLayout.ChannelsFirst),
            })
        {
            using Backbone backbone = Backbone.Load(Mixer().ToBytes(), "net", new() { Output = output });
            Assert.Equal(layout, backbone.Layout);
        }
    }

    /// <summary>77 tokens of 1,024 features are not 1,024 tokens.</summary>
    [Fact]
    public void What_layers_tell_outweighs_the_shape()
    {
        NetworkBuilder network = Tokens(1024, 13, 8);
        Refuse(network, new() { Output = "last" }, "77 tokens are not a square grid", "--class-token keep");
        Assert.Equal(77, Run(network, new() { Output = "first", Grid = true, ClassToken = ClassToken.Keep }).Length);
    }

    /// <summary>4 tokens of 4 features.</summary>
    private static NetworkBuilder Square(int opset)
    {
        var network = new NetworkBuilder { Opset = opset };
        return network.Input("image", NetworkBuilder.Float, "n", 3, 64, 64)
            .Node("AveragePool", ["image"], "quarters", ("kernel_shape", [32, 32]), ("strides", [32, 32]))
            .Weights("shape", NetworkBuilder.Int64, [3], Longs(0, 3, 4))
            .Node("Reshape", ["quarters", "shape"], "regions")
            .Weights("pads", NetworkBuilder.Int64, [6], Longs(0, 0, 0, 0, 1, 0))
            .Node("Pad", ["regions", "pads"], "square");
    }

    private static float[] Identity() => [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

    /// <summary>
    /// Tokens whose first three features are the colors of a square grid, behind others of zeros, features last, first,
    /// and first by a way around.
    /// </summary>
    private static NetworkBuilder Tokens(int features, int more, int side)
    {
        var product = new float[3 * features];
        product[0] = product[features + 1] = product[(2 * features) + 2] = 1;
        var network = new NetworkBuilder();
        return network.Input("image", NetworkBuilder.Float, 1, 3, 64, 64)
            .Node(
                "AveragePool", ["image"], "grid", ("kernel_shape", [64 / side, 64 / side]),
                ("strides", [64 / side, 64 / side]))
            .Weights("shape", NetworkBuilder.Int64, [3], Longs(0, 3, side * side))
            .Weights("product", [3, features], product)
            .Weights("others", [1, more, features], new float[more * features])
            .Node("Reshape", ["grid", "shape"], "colors")
            .Node("Transpose", ["colors"], "patches", ("perm", [0, 2, 1]))
            .Node("MatMul", ["patches", "product"], "tokens")
            .Node("Concat", ["others", "tokens"], "last", ("axis", [1]))
            .Node("Transpose", ["last"], "first", ("perm", [0, 2, 1]))
            .Node("Transpose", ["first"], "once", ("perm", [0, 2, 1]))
            .Node("Relu", ["once"], "relu")
            .Node("Transpose", ["relu"], "again", ("perm", [0, 2, 1]))
            .Output("again", 1, features, (side * side) + more);
    }

    /// <summary>Weights w of 4, m of 4 x 4 and one of 1 number, and a layer that computes out from x.</summary>
    [Theory]
    [InlineData("BatchNormalization", "x", false)]
    [InlineData("ConvTranspose", "x m", false)]
    [InlineData("Add", "x w", true)]
    [InlineData("Div", "x copy", true)]
    [InlineData("Sub", "x cast", true)]
    [InlineData("Mul", "x constant", true)]
    [InlineData("Mul", "x one", null)]
    [InlineData("Mul", "x m", null)]
    [InlineData("Add", "x empty", null)]
    [InlineData("Add", "x lost", null)]
    [InlineData("Add", "x circle", null)]
    [InlineData("Add", "x relu", null)]
    [InlineData("MatMul", "x m", true)]
    [InlineData("MatMul", "x w", null)]
    [InlineData("MatMul", "x", null)]
    [InlineData("RMSNormalization", "x w", true)]
    [InlineData("SimplifiedLayerNormalization", "x w", true)]
    [InlineData("LayerNormalization", "x w", true)]
    [InlineData("LayerNormalization", "x w", true, 2)]
    [InlineData("LayerNormalization", "x w", null, 1)]
    [InlineData("Softmax", "x", null)]
    public void A_layer_tells_by_its_kind_and_weights(string kind, string inputs, bool? isLast, int axis = -1)
    {
        var graph = new OnnxGraph
        {
            Initializer =
            {
                new OnnxTensor { Name = "w", Dims = { 4 } }, new OnnxTensor { Name = "m", Dims = { 4, 4 } },
                new OnnxTensor { Name = "one", Dims = { 1 } },
            },
        };
        void Add(string type, string output, OnnxAttribute[] attributes, params string[] names) => graph.Node.Add(
            new OnnxNode { OpType = type, Input = { names }, Output = { output }, Attribute = { attributes } });
        Add("Identity", "copy", [], "w");
        Add("Cast", "cast", [], "copy");
        Add("Constant", "constant", [new() { Name = "value", T = new OnnxTensor { Dims = { 4 } } }]);
        Add("Constant", "empty", [new() { Name = "value_float" }]);
        Add("Identity", "lost", []);
        Add("Identity", "circle", [], "round");
        Add("Identity", "round", [], "circle");
        Add("Relu", "relu", [], "w");
        Add(kind, "out", axis == -1 ? [] : [new() { Name = "axis", I = axis }], inputs.Split(' '));
        Assert.Equal(Layout(isLast), TokenLayout.Of(graph, "out"));

        Add("Transpose", "turned", [new() { Name = "perm", Ints = { 0, 2, 1 } }], "out");
        Assert.Equal(Layout(!isLast), TokenLayout.Of(graph, "turned"));
        Add("Transpose", "other", [new() { Name = "perm", Ints = { 2, 1, 0 } }], "out");
        Add("Transpose", "reversed", [], "out");
        Assert.Null(TokenLayout.Of(graph, "other"));
        Assert.Null(TokenLayout.Of(graph, "reversed"));

        static OutputLayout? Layout(bool? isLast) =>
            isLast is not bool known ? null : known ? OutputLayout.ChannelsLast : OutputLayout.ChannelsFirst;
    }
}
