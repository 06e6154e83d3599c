using ShowTell.Numerics;
using ShowTell.Photos;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class HeatMapTests
{
    /// <summary>All attention on the third of four regions of a row: its kernel, by hand.</summary>
    [Fact]
    public void A_region_fades_like_a_Gaussian()
    {
        var map = new HeatMap(Matrix.FromRows<float>([[0, 0, 1, 0]]));
        Matrix<float> smooth = map.Smooth();
        Assert.Equal((HeatMap.Scale, 4 * HeatMap.Scale), (smooth.Rows, smooth.Columns));
        for (int x = 0; x < smooth.Columns; x++)
        {
            double at = ((x + 0.5) / HeatMap.Scale) - 0.5;
            double Kernel(int region) => Math.Exp(-Math.Pow(at - region, 2) / (2 * 0.55 * 0.55));
            double expected = Kernel(2) / (Kernel(0) + Kernel(1) + Kernel(2) + Kernel(3));
            Assert.All(Enumerable.Range(0, smooth.Rows), y => Assert.Equal(expected, smooth[y, x], 1e-5));
        }

        Assert.InRange(map.Max(), 0.7f, 0.8f);
    }

    [Fact]
    public void Rows_and_columns_are_not_mixed_up()
    {
        Matrix<float> smooth = HeatMap.OfSquare([0, 0, 1, 0, 0, 0, 0, 0, 0])!.Smooth(); // First row, last column.
        int max = Enumerable.Range(0, smooth.Length).MaxBy(i => smooth.Span[i]);
        Assert.InRange(max / smooth.Columns, 0, HeatMap.Scale - 1);
        Assert.InRange(max % smooth.Columns, 2 * HeatMap.Scale, (3 * HeatMap.Scale) - 1);
        Assert.Null(HeatMap.OfSquare([1, 2, 3]));
        Assert.Null(HeatMap.OfSquare([]));
    }

    /// <summary>Over white, the brightness is 255 minus the opacity.</summary>
    [Fact]
    public void The_overlay_is_transparent_at_the_maximum_and_darkest_at_zero()
    {
        Photo overlay = Read(new HeatMap(Matrix.FromRows<float>([[0, 0, 0, 1, 0, 0, 0]])));
        Assert.Equal((56, 8), (overlay.Width, overlay.Height));
        byte[] light = [.. Enumerable.Range(0, 56).Select(x => overlay.Row(4)[3 * x])];
        Assert.InRange(light[27], 254, 255);
        Assert.InRange(light[0], 60, 63); // 255 · (1 - 0.76)
        Assert.True(light[..28].SequenceEqual(light[..28].Order()), "lighter and lighter up to the middle");
        Assert.Equal(light, light.Reverse());
    }

    [Fact]
    public void The_scale_can_be_shared_by_several_maps()
    {
        HeatMap map = HeatMap.OfSquare([1, 1, 1, 1])!;
        AssertLight(Read(map), 254, 255);
        AssertLight(Read(map with { High = 2 }), 156, 160);
        AssertLight(Read(HeatMap.OfSquare([-1, -1, -1, -1])! with { High = 2 }), 60, 63);
        AssertLight(Read(HeatMap.OfSquare([0, 0, 0, 0])!), 60, 63);
    }

    [Fact]
    public void A_stretched_map_has_contrast_unless_it_is_nearly_uniform()
    {
        Assert.Equal(0.5f, HeatMap.OfSquare([1, 1, 1, 1])!.Stretched().Low, 1e-5f);
        AssertLight(Read(HeatMap.OfSquare([1, 1, 1, 1])!.Stretched()), 254, 255);
        HeatMap uneven = HeatMap.OfSquare([.3f, .3f, .3f, 1])!;
        Assert.True(Read(uneven.Stretched()).Pixels[0] < Read(uneven).Pixels[0]);
        Assert.InRange(Read(uneven.Stretched()).Pixels[0], 60, 63);
    }

    private static void AssertLight(Photo photo, int min, int max) =>
        Assert.All(photo.Pixels.ToArray(), light => Assert.InRange(light, min, max));

    private static Photo Read(HeatMap map)
    {
        Picture overlay = map.ToPicture();
        Assert.Equal("image/png", overlay.MediaType);
        return new PhotoReader().Read(overlay.Bytes.Span, "overlay.png");
    }
}
