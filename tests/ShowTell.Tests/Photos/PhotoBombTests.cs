using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using ShowTell.Fuzz;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

/// <summary>Small files that would take much time or memory: refused by their headers, or read up to a limit.</summary>
public sealed class PhotoBombTests
{
    private const int Frames = 100_000;

    private static readonly PhotoReader s_reader = new();

    [Fact]
    public void A_PNG_of_one_column_is_refused_by_its_header() =>
        AssertRefused(Png(1, 500_000_000, Zeros(1 << 20)), "photo: is 1 x 500000000 pixels, but photos may have");

    [Fact]
    public void A_JPEG_of_4_gigapixels_is_refused_by_its_header() =>
        AssertRefused(FlatJpeg.Make(65_500, 8), "photo: is 65500 x 65500 pixels, but photos may have", file =>
            BinaryPrimitives.WriteUInt16BigEndian(
                file.AsSpan(file.AsSpan().IndexOf<byte>([0xFF, 0xC2]) + 5), 65_500));

    [Fact]
    public void A_JPEG_of_10_000_scans_is_refused() =>
        AssertRefused(FlatJpeg.Make(640, 480, 10_000), "photo: has 10000 scans, but JPEG files may have at most 100");

    [Fact]
    public void A_BMP_of_4_gigapixels_is_refused_by_its_header() =>
        AssertRefused(RunLengthBmp(65_500, 65_500), "photo: is 65500 x 65500 pixels, but photos may have");

    /// <summary>Runs of nothing: 4 bytes a pixel, and no more.</summary>
    [Fact]
    public void A_BMP_of_empty_runs_takes_the_memory_of_its_pixels()
    {
        AssertRefused(RunLengthBmp(10_000, 10_000), "photo: decoding its 10000 x 10000 pixels needs 400 MB of memory");
        AssertRead(RunLengthBmp(2_000, 2_000), 2_000, 2_000);
    }

    [Fact]
    public void Of_a_GIF_of_100_000_frames_the_first_is_read()
    {
        byte[] one = SamplePhotos.Bytes("palette.gif");
        int frame = one.AsSpan().IndexOf<byte>([0x2C, 0, 0, 0, 0]);

        // Frames of one pixel.
        byte[] tiny = [0x21, 0xF9, 4, 0, 0, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
        AssertRead([.. one[..^1], .. Repeat(tiny, Frames), 0x3B], SamplePhotos.Width, SamplePhotos.Height);
        Assert.InRange(frame, 1, one.Length);
    }

    [Fact]
    public void Of_a_PNG_of_100_000_frames_the_first_is_read()
    {
        byte[] control = Chunk("fcTL", new byte[26]), data = Chunk("fdAT", [0, 0, 0, 1, .. Zeros(10)]);
        byte[] file = SamplePhotos.Bytes("rgb.png");
        AssertRead(
            [.. file[..33], .. Chunk("acTL", [0, 1, 0x86, 0xA0, 0, 0, 0, 0]), .. file[33..^12],
                .. Repeat([.. control, .. data], Frames), .. file[^12..]],
            SamplePhotos.Width, SamplePhotos.Height);
    }

    [Fact]
    public void Of_a_WebP_of_100_000_frames_the_first_is_read_or_it_is_refused()
    {
        byte[] file = SamplePhotos.Bytes("frames.webp");
        int at = file.AsSpan().IndexOf("ANMF"u8);
        int length = 8 + (int)BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 4));
        byte[] bomb = [.. file, .. Repeat(file[at..(at + length)], Frames)];
        BinaryPrimitives.WriteUInt32LittleEndian(bomb.AsSpan(4), (uint)bomb.Length - 8);
        Measure(bomb, maxMilliseconds: 1000);
    }

    [Fact]
    public void Pixels_that_inflate_beyond_the_photo_are_not()
    {
        AssertRead(Png(10, 10, Zeros(200 << 20)), 10, 10);
        AssertRead(Png(10, 10, [.. Zeros(310), .. Zeros(200 << 20)]), 10, 10);
    }

    /// <summary>A profile and a text that inflate to 200 MB, and EXIF data of 50 MB.</summary>
    [Theory]
    [InlineData("iCCP")]
    [InlineData("zTXt")]
    [InlineData("iTXt")]
    [InlineData("eXIf")]
    [InlineData("tEXt")]
    public void Chunks_beside_the_pixels_are_not_inflated(string name)
    {
        byte[] file = SamplePhotos.Bytes("rgb.png");
        byte[] content = name is "eXIf" or "tEXt" ? new byte[50 << 20] : [.. "x\0\0"u8, .. Zeros(200 << 20)];
        AssertRead([.. file[..33], .. Chunk(name, content), .. file[33..]], SamplePhotos.Width, SamplePhotos.Height);
    }

    [Fact]
    public void A_JPEG_of_long_segments_is_read()
    {
        byte[] file = SamplePhotos.Bytes("baseline.jpg");
        byte[] exif = [0xFF, 0xE1, 0xFF, 0xFF, .. "Exif\0\0II*\0"u8, .. new byte[65_533 - 10]];
        byte[] profile = [0xFF, 0xE2, 0xFF, 0xFF, .. "ICC_PROFILE\0"u8, 1, 255, .. new byte[65_533 - 14]];
        AssertRead(
            [.. file[..2], .. Repeat(exif, 100), .. Repeat(profile, 255), .. file[2..]],
            SamplePhotos.Width, SamplePhotos.Height);
    }

    private static void AssertRefused(byte[] file, string message, Action<byte[]>? change = null)
    {
        change?.Invoke(file);
        Assert.StartsWith(message, Measure(file, maxMilliseconds: 50));
    }

    private static void AssertRead(byte[] file, int width, int height) =>
        Assert.Equal($"{width} x {height}", Measure(file, maxMilliseconds: 500));

    /// <summary>Reads a file in a limited time, the best of three, without much more memory than the file
    /// takes.</summary>
    private static string Measure(byte[] file, double maxMilliseconds)
    {
        string result = "";
        double best = double.PositiveInfinity;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 3; i++)
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                Photo photo = s_reader.Read(file, "photo");
                result = $"{photo.Width} x {photo.Height}";
            }
            catch (PhotoException refusal)
            {
                result = refusal.Message;
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        long bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / 3;
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant(
            $"file {file.Length / 1e6:F1} MB: {best:F1} ms, {bytes / 1e6:F1} MB allocated: {result}"));
        Assert.InRange(best, 0, maxMilliseconds);
        Assert.InRange(bytes, 0, file.Length + (24L << 20));
        return result;
    }

    private static byte[] Png(int width, int height, byte[] pixels)
    {
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        return
        [
            0x89, .. "PNG\r\n\x1A\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", pixels), .. Chunk("IEND", []),
        ];
    }

    private static byte[] Chunk(string name, byte[] content)
    {
        byte[] chunk = [0, 0, 0, 0, .. System.Text.Encoding.ASCII.GetBytes(name), .. content, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), FuzzChecksums.Crc32(chunk.AsSpan(4..^4)));
        return chunk;
    }

    /// <summary>Zeros, compressed.</summary>
    private static byte[] Zeros(int count)
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Fastest))
        {
            var block = new byte[1 << 20];
            for (; count > 0; count -= block.Length)
            {
                stream.Write(block, 0, Math.Min(count, block.Length));
            }
        }

        return packed.ToArray();
    }

    /// <summary>A BMP of 8 bits whose runs end at once.</summary>
    private static byte[] RunLengthBmp(int width, int height)
    {
        byte[] file = [.. SamplePhotos.Bytes("runs8.bmp")];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        return file;
    }

    private static byte[] Repeat(byte[] part, int count)
    {
        var all = new byte[part.Length * count];
        for (int i = 0; i < count; i++)
        {
            part.CopyTo(all, i * part.Length);
        }

        return all;
    }
}
