using System.Runtime.InteropServices;
using ShowTell.Backbones;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Backbones;

/// <summary>Features of several tensors of a backbone, side by side.</summary>
public sealed class SeveralOutputsTests
{
    private const int Size = 32;

    [Fact]
    public void Features_of_several_tensors_follow_each_other_region_by_region()
    {
        Matrix<float> input = Matrix.Normal<float>(new SeededRandom(3), 2, 3 * Size * Size);
        Matrix<float> both = Run("fine,coarse", 2, input), fine = Run("fine", 2, input);
        Matrix<float> coarse = Run("coarse", 2, input);
        Assert.Equal((8, 5), (both.Rows, both.Columns));
        for (int row = 0; row < both.Rows; row++)
        {
            Assert.Equal([.. fine.Row(row), .. coarse.Row(row)], both.Row(row).ToArray());
        }
    }

    [Fact]
    public void The_pipeline_computes_the_same_again()
    {
        using Backbone backbone = Load(" fine , coarse", 2);
        Assert.Equal(("fine,coarse", 2, 5), (backbone.Output, backbone.GridSide, backbone.FeatureSize));
        using var encoder = new PhotoEncoder(Load("fine,coarse", 2));
        PhotoPipeline pipeline = PhotoPipeline.FromJson("x", encoder.Pipeline.ToJson(), null);
        Assert.Equal(encoder.Pipeline, pipeline);
        using var again = new PhotoEncoder(Backbone.Load(Network(), "x", pipeline.ToBackboneOptions(1)));
        Assert.Equal(encoder.Pipeline, again.Pipeline);
    }

    [Fact]
    public void Without_a_grid_they_are_averaged_each()
    {
        Matrix<float> input = Matrix.Normal<float>(new SeededRandom(3), 1, 3 * Size * Size);
        Matrix<float> both = Run("fine,coarse", null, input), fine = Run("fine", null, input);
        Assert.Equal((1, 5), (both.Rows, both.Columns));
        Assert.Equal(fine.Row(0).ToArray(), both.Row(0)[..2].ToArray());
    }

    [Fact]
    public void Different_numbers_of_regions_and_unknown_names_are_refused()
    {
        string message = Assert.Throws<ModelFileException>(() => Load("fine,coarse", 0)).Message;
        Assert.Contains("16 and 4 regions", message, StringComparison.Ordinal);
        Assert.Contains("--grid", message, StringComparison.Ordinal);
        Assert.Contains("named other", Assert.Throws<ModelFileException>(
            () => Load("fine,other", 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFileException>(() => Load("fine,", 2));
    }

    private static Matrix<float> Run(string output, int? side, Matrix<float> input)
    {
        using Backbone backbone = Load(output, side);
        return backbone.Run(input);
    }

    private static Backbone Load(string output, int? side) => Backbone.Load(
        Network(), "x", new BackboneOptions { Output = output, Grid = side is not null, GridSide = side ?? 0 });

    /// <summary>A grid of 4 x 4 with two features, and one of 2 x 2 with three.</summary>
    private static byte[] Network()
    {
        static byte[] Weights(int seed, int features, int kernel) => MemoryMarshal.AsBytes(
            Matrix.Normal<float>(new SeededRandom((ulong)seed), features, 3 * kernel * kernel, 0.05).Span).ToArray();
        return new NetworkBuilder
        {
            Metadata =
            [
                ("channel_order", "RGB"), ("value_range", "0..1"), ("mean", "0,0,0"), ("std", "1,1,1"),
                ("size", $"{Size}"),
            ],
        }
            .Node("Conv", ["image", "w1"], "fine", ("kernel_shape", [8, 8]), ("strides", [8, 8]))
            .Node("Conv", ["image", "w2"], "coarse", ("kernel_shape", [16, 16]), ("strides", [16, 16]))
            .Weights("w1", NetworkBuilder.Float, [2, 3, 8, 8], Weights(1, 2, 8))
            .Weights("w2", NetworkBuilder.Float, [3, 3, 16, 16], Weights(2, 3, 16))
            .Input("image", NetworkBuilder.Float, "n", 3, Size, Size)
            .Output("fine", "n", 2, 4, 4)
            .Output("coarse", "n", 3, 2, 2)
            .ToBytes();
    }
}
