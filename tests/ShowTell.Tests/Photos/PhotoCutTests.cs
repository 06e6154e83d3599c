using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

/// <summary>Which parts of a file are a photo, and which are refused.</summary>
public sealed class PhotoCutTests
{
    private static readonly PhotoReader s_reader = new();

    public static TheoryData<string> Jpegs { get; } =
        [.. SamplePhotos.Names.Where(name => name.EndsWith(".jpg", StringComparison.Ordinal))];

    public static TheoryData<string> Pngs { get; } =
        [.. SamplePhotos.Names.Where(name => name.EndsWith(".png", StringComparison.Ordinal))];

    /// <summary>Baseline ones lack pixels but for the end marker; progressive ones before their last scan, which only
    /// refines.</summary>
    [Theory]
    [MemberData(nameof(Jpegs))]
    public void Every_beginning_of_a_JPEG_that_lacks_pixels_is_refused(string name)
    {
        for (int length = SamplePhotos.Cut(name).Length; length >= 0; length--)
        {
            AssertRefused(name, length);
        }
    }

    [Theory]
    [MemberData(nameof(Jpegs))]
    public void A_JPEG_that_lacks_no_more_than_its_end_marker_is_whole(string name)
    {
        byte[] file = SamplePhotos.Bytes(name);
        for (int length = file.Length - 2; length <= file.Length; length++)
        {
            Assert.Equal(SamplePhotos.Pixels(name), s_reader.Read(file.AsSpan(0, length), name).Pixels.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Jpegs))]
    public void Other_bytes_behind_the_end_marker_change_nothing(string name)
    {
        byte[] file = SamplePhotos.Bytes(name);
        foreach (byte[] more in new byte[][] { [0], [0xFF], [0xFF, 0xD8], new byte[5_000], file })
        {
            byte[] longer = [.. file, .. more];
            Assert.Equal(SamplePhotos.Pixels(name), s_reader.Read(longer, name).Pixels.ToArray());
        }
    }

    [Theory]
    [InlineData("progressive.jpg")]
    [InlineData("grey-progressive.jpg")]
    public void Without_the_end_of_its_last_scan_a_progressive_JPEG_is_nearly_the_same(string name)
    {
        byte[] file = SamplePhotos.Bytes(name);
        for (int length = SamplePhotos.Cut(name).Length + 10; length < file.Length; length++)
        {
            Photo photo = s_reader.Read(file.AsSpan(0, length), name);
            Assert.InRange(PhotoDecoderTests.Distance(SamplePhotos.Pixels(name), photo.Pixels), 0, 40);
        }
    }

    /// <summary>An end marker does not make it whole.</summary>
    [Theory]
    [InlineData("progressive.jpg")]
    [InlineData("grey-progressive.jpg")]
    public void A_progressive_JPEG_without_its_last_scan_is_refused(string name)
    {
        byte[] file = [.. SamplePhotos.Cut(name), 0xFF, 0xD9];
        Assert.Equal(
            "photo: the JPEG file is damaged or cut short: it ends before its pixels do. Download it again.",
            Assert.Throws<PhotoException>(() => s_reader.Read(file, "photo")).Message);
    }

    [Theory]
    [MemberData(nameof(Pngs))]
    public void Every_beginning_of_a_PNG_that_lacks_pixels_is_refused(string name)
    {
        for (int length = SamplePhotos.Cut(name).Length; length >= 0; length--)
        {
            AssertRefused(name, length);
        }
    }

    [Theory]
    [MemberData(nameof(Pngs))]
    public void A_PNG_is_whole_without_its_last_chunk(string name)
    {
        byte[] file = SamplePhotos.Bytes(name);
        for (int length = file.Length - 12; length <= file.Length; length++)
        {
            Assert.Equal(SamplePhotos.Pixels(name), s_reader.Read(file.AsSpan(0, length), name).Pixels.ToArray());
        }
    }

    private static void AssertRefused(string name, int length)
    {
        byte[] file = SamplePhotos.Bytes(name)[..length];
        string message = Assert.Throws<PhotoException>(() => s_reader.Read(file, $"{length} bytes of {name}")).Message;
        Assert.StartsWith($"{length} bytes of {name}: ", message);
        Assert.DoesNotContain('\n', message);
    }
}
