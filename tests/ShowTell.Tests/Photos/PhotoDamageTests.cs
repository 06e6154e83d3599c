using System.Buffers.Binary;
using System.Diagnostics;
using ShowTell.Fuzz;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

/// <summary>Files that are damaged, or made to do harm, give a <see cref="PhotoException"/> or a photo.</summary>
public sealed class PhotoDamageTests
{
    private static readonly PhotoReader s_reader = new();

    [Theory]
    [InlineData(
        60_000, 60_000, "is 60000 x 60000 pixels, but photos may have at most 100 megapixels and sides of 30000.")]
    [InlineData(30_001, 1, "is 30001 x 1 pixels, but")]
    [InlineData(20_000, 6_000, "is 20000 x 6000 pixels, but")]
    public void Sizes_beyond_the_limits_are_refused(int width, int height, string message)
    {
        string[] names = ["baseline.jpg", "progressive.jpg", "rgb.png", "rgb.bmp", "os2.bmp"];
        foreach (string name in names)
        {
            Assert.StartsWith($"photo: {message}", Refusal(WithSize(name, width, height)));
        }
    }

    [Fact]
    public void Photos_that_need_too_much_memory_are_refused()
    {
        Assert.StartsWith(
            "photo: decoding its 10000 x 10000 pixels needs 6", Refusal(WithSize("progressive.jpg", 10_000, 10_000)));
        Assert.StartsWith(
            "photo: decoding its 10000 x 10000 pixels needs 600 MB",
            Refusal(WithSize("orientation6.jpg", 10_000, 10_000)));
        Assert.StartsWith(
            "photo: decoding its 10000 x 10000 pixels needs 400 MB", Refusal(WithSize("rgb.png", 10_000, 10_000)));
        Assert.StartsWith(
            "photo: decoding its 7000 x 7000 pixels needs 392 MB", Refusal(WithSize("interlaced.png", 7_000, 7_000)));
    }

    [Fact]
    public void Huge_photos_of_other_formats_are_refused_by_their_header()
    {
        byte[] webp = [.. SamplePhotos.Bytes("lossless.webp")], framed = [.. SamplePhotos.Bytes("alpha.webp")];
        byte[] bmp = WithSize("rgb.bmp", 20_000, -4_000);
        BinaryPrimitives.WriteUInt32LittleEndian(webp.AsSpan(21), (8_000 - 1) | ((8_000 - 1) << 14));
        framed.AsSpan(24, 6).Fill(0xFF);
        byte[] frame = [.. SamplePhotos.Bytes("palette.gif")];
        frame.AsSpan(frame.AsSpan().IndexOf<byte>([0x2C, 0, 0, 0, 0]) + 5, 4).Fill(0xFF);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("decoding its 8000 x 8000 pixels needs 512 MB", Refusal(webp));
        Assert.Contains("is 16777216 x 16777216 pixels", Refusal(framed));
        Assert.Contains("is 65535 x 65535 pixels", Refusal(frame));
        Assert.Contains("is 60000 x 50000 pixels", Refusal(WithSize("palette.gif", 60_000, 50_000)));
        Assert.Contains("it ends before its pixels do", Refusal(bmp));
        Assert.Contains("claims 0 x 5 pixels", Refusal(WithSize("rgb.bmp", 0, 5)));
        Assert.Contains("claims 5 x 2147483648 pixels", Refusal(WithSize("rgb.bmp", 5, int.MinValue)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>Scaled down as well, all coefficients of a progressive photo would be kept: 8 GB of these.</summary>
    [Fact]
    public void Huge_progressive_photos_are_refused_by_their_header()
    {
        byte[] bomb = FlatJpeg.Make(65_500, 8);
        int frame = bomb.AsSpan().IndexOf<byte>([0xFF, 0xC2]);
        BinaryPrimitives.WriteUInt16BigEndian(bomb.AsSpan(frame + 5), 65_500);
        var all = new PhotoReader(new PhotoLimits { MaxPixels = long.MaxValue, MaxSide = int.MaxValue })
        {
            MinSize = new(224, 224),
        };
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (PhotoReader reader in new[] { new PhotoReader { MinSize = new(224, 224) }, all })
        {
            string message = Assert.Throws<PhotoException>(() => reader.Read(bomb, "photo")).Message;
            Assert.Matches("^photo: (is|decoding its) 65500 x 65500 pixels", message);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Files_of_less_data_than_blocks_are_refused_before_memory_is_taken()
    {
        byte[] file = WithSize("baseline.jpg", 10_000, 10_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.StartsWith("photo: the JPEG file is damaged or cut short: it ends before", Refusal(file));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Files_of_many_scans_are_refused()
    {
        Assert.StartsWith(
            "photo: has 101 scans, but JPEG files may have at most 100.", Refusal(FlatJpeg.Make(640, 480, 101)));
        Assert.Equal(128, s_reader.Read(FlatJpeg.Make(640, 480, 99), "photo").Pixels[0]);
    }

    [Fact]
    public void Long_chunks_beside_the_pixels_of_a_PNG_take_no_time()
    {
        byte[] file = SamplePhotos.Bytes("palette-transparent.png");
        byte[] text = [0, 0, 0, 0, .. "teXt"u8, .. new byte[(60 << 20) + 4]];
        BinaryPrimitives.WriteInt32BigEndian(text, 60 << 20);
        byte[] longer = [.. file[..33], .. text, .. file[33..^12], .. text[..1_000]];
        var clock = Stopwatch.StartNew();
        Assert.Equal(SamplePhotos.Pixels("palette-transparent.png"), s_reader.Read(longer, "photo").Pixels.ToArray());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        "PLTE"u8.CopyTo(longer.AsSpan(37));
        Assert.Contains("its palette is too long", Refusal(longer));
    }

    [Fact]
    public void Damaged_orientations_are_passed_over()
    {
        byte[] segment = [.. "Exif\0\0MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0\u0006\0\0"u8];
        Assert.Equal(6, ExifOrientation.Read(segment));
        for (int length = 0; length < segment.Length - 2; length++)
        {
            Assert.Equal(0, ExifOrientation.Read(segment.AsSpan(0, length)));
        }

        var random = new Random(1);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] mutant = [.. segment];
            mutant[random.Next(6, mutant.Length)] = (byte)random.Next(256);
            mutant[random.Next(6, mutant.Length)] = (byte)random.Next(256);
            Assert.InRange(ExifOrientation.Read(mutant), 0, 8);
        }
    }

    private static byte[] WithSize(string name, int width, int height)
    {
        byte[] file = [.. SamplePhotos.Bytes(name)];
        if (file[0] == 0x89)
        {
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
            return FuzzChecksums.RepairPng(file);
        }

        if (name.EndsWith(".gif", StringComparison.Ordinal))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(6), (ushort)width);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(8), (ushort)height);
            return file;
        }

        if (name == "os2.bmp")
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), (ushort)width);
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(20), (ushort)height);
            return file;
        }

        if (name.EndsWith(".bmp", StringComparison.Ordinal))
        {
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
            return file;
        }

        int frame = file.AsSpan().IndexOf<byte>([0xFF, (byte)(name == "progressive.jpg" ? 0xC2 : 0xC0)]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), (ushort)width);
        return file;
    }

    private static string Refusal(byte[] file) =>
        Assert.Throws<PhotoException>(() => s_reader.Read(file, "photo")).Message;
}
