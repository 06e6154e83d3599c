using ShowTell.Interop;
using Xunit;

namespace ShowTell.Tests.Interop;

public sealed class TurboJpegLibraryTests
{
    [Fact]
    public void Scalings_hold_the_whole_and_its_eighths()
    {
        TurboJpegLibrary.Load();
        TurboJpegScaling[] scalings = TurboJpegLibrary.Scalings.ToArray();
        Assert.Contains(new TurboJpegScaling(1, 1), scalings);
        Assert.Contains(new TurboJpegScaling(1, 8), scalings);
        Assert.Equal(13, new TurboJpegScaling(1, 8).Apply(97));
    }

    [Fact]
    public void What_is_no_JPEG_is_complained_of_in_one_line()
    {
        TurboJpegLibrary.Load();
        string? problem = TurboJpegLibrary.ReadHeader("not a photo at all"u8, out int width, out int height);
        Assert.Equal((0, 0), (width, height));
        Assert.Matches("^[^\n]+[^.\n]$", problem);
        Assert.NotNull(TurboJpegLibrary.Decode("not a photo at all"u8, new byte[12], 2, 2, isCmyk: false));
    }
}
