using System.Text.Json;
using ShowTell.Tests.Backbones;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class BackboneCommandTests
{
    [Fact]
    public async Task A_network_is_described_in_JSON()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("any.onnx");
        File.Copy(GoldenNetworks.Any, path);
        JsonElement json = Assert.Single((await Command.RunAsync("backbone", path, "--json")).Succeeded().JsonLines);
        Assert.Equal(7, json.GetProperty("irVersion").GetInt32());
        Assert.Equal("pytorch 1.13.0", json.GetProperty("producer").GetString());
        Assert.Equal("scores", json.GetProperty("defaultOutput").GetString());
        Assert.Equal(
            """[{"name":"image","type":"float32","shape":["n",3,20,20]}]""", json.GetProperty("inputs").GetRawText());
        Assert.Equal(
            """[{"name":"scores","type":"float32","shape":["n",10],"kind":"vector","features":10,"side":1}]""",
            json.GetProperty("outputs").GetRawText());
        string[] inner =
        [
            .. json.GetProperty("inner").EnumerateArray().Select(tensor =>
                $"{tensor.GetProperty("kind")} {tensor.GetProperty("features")} {tensor.GetProperty("side")}"),
        ];
        Assert.Equal(["grid 8 5", "vector 200 1", "vector 16 1", "vector 12 1"], inner);
        Assert.Equal("torchvision", json.GetProperty("likelyPresets")[0].GetString());
        Assert.False(json.TryGetProperty("preprocessing", out _));

        // What it says can be used.
        string grid = json.GetProperty("inner")[0].GetProperty("name").GetString()!;
        Assert.Equal(GoldenNetworks.Grid, grid);
        Assert.EndsWith(
            $"--backbone {path} --preprocessing torchvision --out features.safetensors",
            json.GetProperty("example").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_network_is_described_in_words()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        File.WriteAllBytes(folder.File("net.onnx.data"), TinyNetwork.WeightBytes());
        File.WriteAllBytes(path, TinyNetwork.Bytes(weightsFile: "net.onnx.data"));
        string text = (await Command.RunAsync("backbone", path)).Succeeded().Output;
        Assert.Contains("IR version 8, opset ai.onnx 13", text, StringComparison.Ordinal);
        Assert.Contains("weights: in net.onnx.data (0.025 MB)", text, StringComparison.Ordinal);
        Assert.Contains("preprocessing: channel_order RGB, value_range 0..1", text, StringComparison.Ordinal);
        Assert.Contains("n x 3 x 32 x 32", text, StringComparison.Ordinal);
        Assert.Contains("vector of 8 features", text, StringComparison.Ordinal);
        Assert.Contains("grid of 2 x 2, 8 features each", text, StringComparison.Ordinal);
        Assert.EndsWith(
            $"Try: showtell features photos --backbone {path} --out features.safetensors\n", text,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_a_backbone_is_said()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        (await Command.RunAsync("backbone", path)).Failed(path, "there is no such file");
        (await Command.RunAsync("backbone", folder.File("none/net.onnx"))).Failed("there is no such file");
        File.WriteAllBytes(path, NetworkBuilder.Quarters()
            .Input("mask", NetworkBuilder.Float, 1).Node("Mul", ["quarters", "mask"], "y").Output("y", "n", 3, 2, 2)
            .ToBytes());
        CommandResult result = await Command.RunAsync("backbone", path);
        result.Failed(path, "no output depends on photos alone");
        Assert.Contains("mask", result.Output, StringComparison.Ordinal);

        File.WriteAllBytes(path, new NetworkBuilder { IrVersion = 99 }
            .Input("image", NetworkBuilder.Float, "n", 3, 64, 64)
            .Node("Relu", ["image"], "y").Output("y", "n", 3, 64, 64).ToBytes());
        result = await Command.RunAsync("backbone", path);
        result.Failed(path, "IR version 99");
        Assert.Contains("image", result.Output, StringComparison.Ordinal);
    }

    /// <summary>What the default output is refused for is said, and no command line that would fail.</summary>
    [Fact]
    public async Task An_output_that_can_be_read_in_two_ways_is_a_problem()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        NetworkBuilder Cubes(params (string, string)[] metadata) =>
            new NetworkBuilder { Metadata = [.. NetworkBuilder.Pixels, .. metadata] }
                .Input("image", NetworkBuilder.Float, "n", 3, 64, 64)
                .Node("AveragePool", ["image"], "cube", ("kernel_shape", [21, 21]), ("strides", [21, 21]))
                .Output("cube", "n", 3, 3, 3);
        File.WriteAllBytes(path, Cubes().ToBytes());
        CommandResult result = await Command.RunAsync("backbone", path);
        result.Failed(path, "cube is 1 x 3 x 3 x 3", "--layout NCHW or --layout NHWC");
        Assert.DoesNotContain("Try:", result.Output, StringComparison.Ordinal);
        Assert.Contains("n x 3 x 3 x 3", result.Output, StringComparison.Ordinal);
        string refused = (await Command.RunAsync("features", folder.Path, "--backbone", path, "--out", "x.npy")).Error;
        Assert.Equal(refused, result.Error);

        File.WriteAllBytes(path, Cubes(("output_layout", "NCHW")).ToBytes());
        string text = (await Command.RunAsync("backbone", path)).Succeeded().Output;
        Assert.Contains("grid of 3 x 3, 3 features each", text, StringComparison.Ordinal);
        Assert.Contains("Try: ", text, StringComparison.Ordinal);

        File.WriteAllBytes(path, NetworkBuilder.Quarters()
            .Node("Cast", ["quarters"], "whole", ("to", [NetworkBuilder.Int64]))
            .OutputOf("whole", NetworkBuilder.Int64, "n", 3, 2, 2).ToBytes());
        (await Command.RunAsync("backbone", path)).Failed(path, "whole is int64");
    }

    [Fact]
    public async Task A_vision_transformer_has_tokens()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("vit.onnx");
        File.WriteAllBytes(path, NetworkKindTests.Tokens(5).Output("tokens", "n", 5, 3).ToBytes());
        JsonElement json = Assert.Single((await Command.RunAsync("backbone", path, "--json")).Succeeded().JsonLines);
        Assert.Equal("tokens", json.GetProperty("outputs")[0].GetProperty("kind").GetString());
        Assert.Equal(2, json.GetProperty("outputs")[0].GetProperty("side").GetInt32());
        Assert.Equal("vit", json.GetProperty("likelyPresets")[0].GetString());
    }
}
