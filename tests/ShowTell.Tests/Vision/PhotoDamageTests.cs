using System.Buffers.Binary;
using System.Diagnostics;
using ShowTell.Vision;
using Xunit;

namespace ShowTell.Tests.Vision;

/// <summary>Files that are damaged, or made to do harm, give a <see cref="PhotoException"/> or a photo.</summary>
public sealed class PhotoDamageTests
{
    private static readonly PhotoReader s_reader = new();

    [Theory]
    [InlineData("baseline.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("cmyk.jpg")]
    [InlineData("orientation6.jpg")]
    [InlineData("rgb.png")]
    [InlineData("interlaced.png")]
    [InlineData("deep-alpha-interlaced.png")]
    public void Files_cut_short_are_refused(string name)
    {
        byte[] file = PhotoFiles.Bytes(name);
        for (int part = 0; part < 64; part++)
        {
            int length = (int)((long)file.Length * part / 64);

            // A PNG's last chunk holds nothing: without it, all pixels are there.
            if (!name.EndsWith(".png", StringComparison.Ordinal) || length < file.Length - 12)
            {
                string message = Refusal(file.AsSpan(0, length).ToArray());
                Assert.StartsWith("photo: ", message);
                Assert.DoesNotContain('\n', message);
            }
        }
    }

    [Theory]
    [InlineData(60_000, 60_000, "is 60000 x 60000 pixels, but photos may have at most 100 megapixels and sides of 30000.")]
    [InlineData(30_001, 1, "is 30001 x 1 pixels, but")]
    [InlineData(20_000, 6_000, "is 20000 x 6000 pixels, but")]
    public void Sizes_beyond_the_limits_are_refused(int width, int height, string message)
    {
        foreach (string name in new[] { "baseline.jpg", "progressive.jpg", "rgb.png" })
        {
            Assert.StartsWith($"photo: {message}", Refusal(WithSize(name, width, height)));
        }
    }

    [Fact]
    public void Photos_that_need_too_much_memory_are_refused()
    {
        Assert.StartsWith(
            "photo: decoding its 10000 x 10000 pixels needs 6", Refusal(WithSize("progressive.jpg", 10_000, 10_000)));
        Assert.StartsWith("photo: decoding its 10000 x 10000 pixels needs 600 MB", Refusal(WithSize("orientation6.jpg", 10_000, 10_000)));
        Assert.StartsWith("photo: the JPEG file is damaged", Refusal(WithSize("baseline.jpg", 10_000, 10_000)));
    }

    [Fact]
    public void Files_of_many_scans_are_refused()
    {
        byte[] file = PhotoFiles.Bytes("progressive.jpg");
        int scan = file.AsSpan().LastIndexOf<byte>([0xFF, 0xDA]);
        byte[] again = file[scan..^2];
        byte[] bomb = [.. file[..scan], .. Enumerable.Repeat(again, 200).SelectMany(bytes => bytes), 0xFF, 0xD9];
        Assert.Matches("^photo: has 2[0-9]+ scans, but JPEG files may have at most 100", Refusal(bomb));
    }

    [Fact]
    public void Damaged_orientations_are_passed_over()
    {
        byte[] segment = [.. "Exif\0\0MM\0*\0\0\0\u0008\0\u0001\u0001\u0012\0\u0003\0\0\0\u0001\0\u0006\0\0"u8];
        Assert.Equal(6, PhotoJpegHeader.ExifOrientation(segment));
        for (int length = 0; length < segment.Length - 2; length++)
        {
            Assert.Equal(0, PhotoJpegHeader.ExifOrientation(segment.AsSpan(0, length)));
        }

        var random = new Random(1);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] mutant = [.. segment];
            mutant[random.Next(6, mutant.Length)] = (byte)random.Next(256);
            mutant[random.Next(6, mutant.Length)] = (byte)random.Next(256);
            Assert.InRange(PhotoJpegHeader.ExifOrientation(mutant), 0, 8);
        }
    }

    /// <summary>2,000 files with bytes changed, cut out or put in, PNGs with their checksums made right again.</summary>
    [Fact]
    public void Mutants_give_a_photo_or_a_refusal_within_time_and_memory()
    {
        string[] names =
        [
            "baseline.jpg", "progressive.jpg", "cmyk.jpg", "orientation6.jpg", "restart.jpg", "large.jpg", "rgb.png",
            "palette-transparent.png", "interlaced.png", "deep.png", "deep-alpha-interlaced.png", "grey-alpha.png",
        ];
        var random = new Random(2);
        int photos = 0, refusals = 0;
        var clock = new Stopwatch();
        TimeSpan slowest = TimeSpan.Zero;
        long before = Resident(), most = 0;
        for (int round = 0; round < 2_000; round++)
        {
            byte[] mutant = PhotoMutants.Make(PhotoFiles.Bytes(names[round % names.Length]), random);
            clock.Restart();
            try
            {
                Photo photo = s_reader.Read(mutant, "photo", round % 2 == 0 ? new PhotoSize(32, 32) : null);
                Assert.Equal(224 * 224 * 3, PhotoResize.ResizeAndCrop(photo, 256, 224, 224).Pixels.Length);
                photos++;
            }
            catch (PhotoException)
            {
                refusals++;
            }

            slowest = clock.Elapsed > slowest ? clock.Elapsed : slowest;
            most = Math.Max(most, Resident() - before);
        }

        Assert.InRange(photos, 50, 1_950);
        Assert.InRange(refusals, 50, 1_950);
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.InRange(most, long.MinValue, 512L << 20);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{photos} photos, {refusals} refusals, slowest {slowest.TotalMilliseconds:0} ms, {most >> 20} MB more");
    }

    private static byte[] WithSize(string name, int width, int height)
    {
        byte[] file = [.. PhotoFiles.Bytes(name)];
        if (file[0] == 0x89)
        {
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), width);
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), height);
            PhotoMutants.RepairChecksums(file);
            return file;
        }

        int frame = file.AsSpan().IndexOf<byte>([0xFF, (byte)(name == "progressive.jpg" ? 0xC2 : 0xC0)]);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), (ushort)height);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), (ushort)width);
        return file;
    }

    private static string Refusal(byte[] file) =>
        Assert.Throws<PhotoException>(() => s_reader.Read(file, "photo")).Message;

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
