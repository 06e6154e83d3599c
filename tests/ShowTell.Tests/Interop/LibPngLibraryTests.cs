using System.Runtime.CompilerServices;
using ShowTell.Interop;
using Xunit;

namespace ShowTell.Tests.Interop;

public sealed class LibPngLibraryTests
{
    /// <summary>The size of png_image that a C compiler gives: a pointer, seven numbers, 64 characters.</summary>
    [Fact]
    public void Images_have_the_size_of_png_image() =>
        Assert.Equal(nint.Size == 8 ? 104 : 96, Unsafe.SizeOf<LibPngImage>());

    [Fact]
    public void What_is_no_PNG_is_complained_of_before_memory_is_asked_for()
    {
        LibPngLibrary.Load();
        string? problem = LibPngLibrary.Decode<byte>(
            "not a photo at all"u8, (_, _, _) => throw new InvalidOperationException(), out byte[] pixels);
        Assert.Empty(pixels);
        Assert.Matches("^[^\n]+[^.\n]$", problem);
    }

    [Fact]
    public void An_array_that_is_too_short_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
        {
            LibPngLibrary.Load();
            LibPngLibrary.Decode<byte>(Reporting.TestPictures.Png, (_, _, _) => new byte[2], out _);
        });
}
