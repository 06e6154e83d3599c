using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

/// <summary>Which parts of a file are a photo, and which are refused.</summary>
public sealed class PhotoCutTests
{
    private static readonly PhotoReader s_reader = new();

    public static TheoryData<string> Jpegs { get; } = [.. SamplePhotos.Of(".jpg")];

    // The codes of arithmetic ones are not followed to their end.
    public static TheoryData<string> HuffmanJpegs { get; } =
        [.. SamplePhotos.Of(".jpg").Where(name => !name.StartsWith("arithmetic", StringComparison.Ordinal))];

    // Their pixels come last.
    public static TheoryData<string> Pngs { get; } =
        [.. SamplePhotos.Of(".png").Where(name => name is not ("orientation8-end.png" or "frames.png"))];

    public static TheoryData<string> Others { get; } =
        [.. SamplePhotos.Of(".webp").Concat(SamplePhotos.Of(".gif")).Concat(SamplePhotos.Of(".bmp"))];

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
    [MemberData(nameof(HuffmanJpegs))]
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

    /// <summary>What has all its pixels is the whole photo.</summary>
    [Theory]
    [MemberData(nameof(Others))]
    public void No_beginning_of_another_file_is_read_with_other_pixels(string name)
    {
        byte[] file = SamplePhotos.Bytes(name);
        int read = 0;
        for (int length = 0; length < file.Length; length++)
        {
            try
            {
                Assert.Equal(SamplePhotos.Pixels(name), s_reader.Read(file.AsSpan(0, length), name).Pixels.ToArray());
                read++;
            }
            catch (PhotoException)
            {
            }
        }

        // Padding, ends of blocks, and the other frame of an animation.
        Assert.InRange(read, 0, name.StartsWith("frames", StringComparison.Ordinal) ? file.Length / 2 : 4);
        byte[] longer = [.. file, .. file];
        Assert.Equal(SamplePhotos.Pixels(name), s_reader.Read(longer, name).Pixels.ToArray());
    }

    private static void AssertRefused(string name, int length)
    {
        byte[] file = SamplePhotos.Bytes(name)[..length];
        string message = Assert.Throws<PhotoException>(() => s_reader.Read(file, $"{length} bytes of {name}")).Message;
        Assert.StartsWith($"{length} bytes of {name}: ", message);
        Assert.DoesNotContain('\n', message);
    }
}
