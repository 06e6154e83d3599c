using System.Diagnostics;
using ShowTell.Photos;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Photos;

/// <summary>Damaged photos, while no other test runs: the memory is that of the process.</summary>
[Collection(WorkersCollection.Name)]
public sealed class PhotoMutantTests
{
    private static readonly PhotoReader s_reader = new();

    /// <summary>6,000 files with bytes changed, cut out or put in; the checksums of PNGs are right again.</summary>
    [Fact]
    public void Mutants_give_a_photo_or_a_refusal_within_time_and_memory()
    {
        string[] names =
        [
            "baseline.jpg", "progressive.jpg", "cmyk.jpg", "orientation6.jpg", "restart.jpg", "large.jpg", "rgb.png",
            "palette-transparent.png", "interlaced.png", "deep.png", "deep-alpha-interlaced.png", "grey-alpha.png",
            "arithmetic.jpg", "arithmetic-progressive.jpg", "orientation6.png", "lossy.webp", "lossless.webp",
            "alpha.webp", "alpha-lossless.webp", "frames.webp", "orientation6.webp", "palette.gif", "transparent.gif",
            "frames.gif", "rgb.bmp", "palette4.bmp", "runs4.bmp", "runs8.bmp", "alpha5.bmp", "os2.bmp",
        ];
        var random = new Random(2);
        var scaled = new PhotoReader { MinSize = new(32, 32) };
        int photos = 0, refusals = 0;
        var clock = new Stopwatch();
        TimeSpan slowest = TimeSpan.Zero;
        long before = Resident(), most = 0;
        for (int round = 0; round < 6_000; round++)
        {
            byte[] mutant = PhotoMutants.Make(SamplePhotos.Bytes(names[round % names.Length]), random);
            clock.Restart();
            try
            {
                Photo photo = (round % 2 == 0 ? scaled : s_reader).Read(mutant, "photo");
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

        Assert.InRange(photos, 500, 5_500);
        Assert.InRange(refusals, 500, 5_500);
        Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.InRange(most, long.MinValue, 512L << 20);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{photos} photos, {refusals} refusals, slowest {slowest.TotalMilliseconds:0} ms, {most >> 20} MB more");
    }

    private static long Resident()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
