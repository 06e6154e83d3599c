using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using ShowTell.Backbones;
using ShowTell.Fuzz;
using ShowTell.Photos;
using ShowTell.Tests.Photos;
using Xunit;

namespace ShowTell.Tests.Backbones;

/// <summary>
/// Files that are damaged, or made to do harm, on the whole way from their names to features, on several threads: each
/// gives finite features or a <see cref="PhotoException"/>.
/// </summary>
public sealed class PhotoEncoderDamageTests
{
    private const int Threads = 4;
    private const int Files = 8;
    private const string HugePhotos = "SHOWTELL_TEST_HUGE_PHOTOS";

    [Theory]
    [InlineData("large.jpg")]
    [InlineData("progressive.jpg")]
    [InlineData("interlaced.png")]
    public void Files_cut_short_give_no_features(string name)
    {
        byte[] file = SamplePhotos.Cut(name);
        string?[] problems = Encode(
            [.. Enumerable.Range(1, 64).Select(part => file[..(file.Length * part / 64)]), SamplePhotos.Bytes(name)]);
        Assert.All(problems[..^1], Assert.NotNull);
        Assert.Null(problems[^1]);
    }

    [Fact]
    public void Wrong_names_headers_and_no_bytes_are_told_from_photos()
    {
        byte[] jpeg = SamplePhotos.Bytes("baseline.jpg"), png = SamplePhotos.Bytes("rgb.png");
        byte[] hugeJpeg = [.. jpeg], hugePng = [.. png];
        int frame = jpeg.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        BinaryPrimitives.WriteUInt16BigEndian(hugeJpeg.AsSpan(frame + 5), 60_000);
        BinaryPrimitives.WriteUInt16BigEndian(hugeJpeg.AsSpan(frame + 7), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(hugePng.AsSpan(16), 60_000);
        BinaryPrimitives.WriteInt32BigEndian(hugePng.AsSpan(20), 60_000);

        // Every other one is named .png, the rest .jpg.
        string?[] problems = Encode(
            [png, jpeg, png, jpeg, hugeJpeg, hugePng, [], "GIF89a"u8.ToArray(), new byte[5000]]);
        Assert.All(problems[..4], Assert.Null);
        Assert.Contains("is 60000 x 60000 pixels, but", problems[4], StringComparison.Ordinal);
        Assert.Contains("is 60000 x 60000 pixels, but", problems[5], StringComparison.Ordinal);
        Assert.Contains("is empty", problems[6], StringComparison.Ordinal);
        Assert.Contains("no frame follows its header", problems[7], StringComparison.Ordinal);
        Assert.Contains("contains nothing but zeros", problems[8], StringComparison.Ordinal);
    }

    [Fact]
    public void Mutants_give_features_or_a_refusal()
    {
        string[] names =
            ["baseline.jpg", "progressive.jpg", "large.jpg", "rgb.png", "alpha.png", "deep-interlaced.png"];
        var random = new Random(3);
        byte[] Mutant(int i) => PhotoMutants.Make(SamplePhotos.Bytes(names[i % names.Length]), random);
        string?[] problems = Encode([.. Enumerable.Range(0, 2_000).Select(Mutant)]);
        Assert.InRange(problems.Count(problem => problem is null), 50, 1_950);
    }

    [Fact]
    public void Photos_of_another_size_than_the_networks_are_resized_first()
    {
        using PhotoEncoder encoder = Encoder();
        var photo = new Photo(300, 200, new byte[300 * 200 * 3]);
        Assert.Throws<ArgumentException>(() => encoder.Encode(photo));
        Assert.Equal(encoder.FeatureSize, encoder.Encode(encoder.Pipeline.Preprocessing.Resize(photo)).Length);
    }

    /// <summary>The memory of a process of its own, which runs the test below.</summary>
    [Fact]
    public async Task Huge_photos_on_many_threads_stay_within_512_MB()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("The peak of a process's memory is read from /proc, which is Linux's.");
        }

        using PhotoEncoder needed = Encoder();
        using TemporaryFolder folder = TestData.Temporary();
        MakeHuge(folder);
        string test = $"{typeof(PhotoEncoderDamageTests).FullName}.{nameof(Huge_photos_become_features)}";
        string output = await OtherProcess.Run(["-explicit", "only", "-method", test], (HugePhotos, folder.Path));
        string[] peak = File.ReadAllLines(folder.File("peak.txt"));
        Assert.True(long.Parse(peak[0], CultureInfo.InvariantCulture) <= 512_000, $"{peak[0]} kB. {output}");
        TestContext.Current.TestOutputHelper?.WriteLine($"peak {peak[0]} kB");
    }

    [Fact(Explicit = true)]
    public void Huge_photos_become_features()
    {
        string folder = Environment.GetEnvironmentVariable(HugePhotos)!;
        using PhotoEncoder encoder = Encoder();
        string[] paths = [.. Directory.GetFiles(folder, "huge*").Order(StringComparer.Ordinal)];
        Assert.Equal(Files, paths.Length);
        string?[] problems = Encode(encoder, paths);
        Assert.All(problems, Assert.Null);
        string peak = File.ReadLines("/proc/self/status")
            .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "peak.txt"), new string([.. peak.Where(char.IsAsciiDigit)]));
    }

    /// <summary>PNGs of 72 megapixels, half of them in files of 38 MB, and progressive JPEGs of 64, in turn.</summary>
    private static void MakeHuge(TemporaryFolder folder)
    {
        byte[] jpeg = FlatJpeg.Make(8_000, 8_000), png = HugePng(8_500, 0), longPng = HugePng(8_500, 36 << 20);
        for (int i = 0; i < Files; i++)
        {
            string path = folder.File($"huge{i}{(i % 2 == 0 ? ".png" : ".jpg")}");
            File.WriteAllBytes(path, i % 2 == 1 ? jpeg : i % 4 == 0 ? png : longPng);
        }
    }

    private static byte[] HugePng(int side, int commentBytes)
    {
        byte[] header = [0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header, side);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), side);
        using var pixels = new MemoryStream();
        using (var deflate = new ZLibStream(pixels, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] row = new byte[1 + (3 * side)];
            row.AsSpan(1).Fill(0x90);
            for (int y = 0; y < side; y++)
            {
                deflate.Write(row);
            }
        }

        byte[] file =
        [
            0x89, .. "PNG\r\n\u001a\n"u8, .. Chunk("IHDR", header), .. Chunk("IDAT", pixels.ToArray()),
            .. Chunk("teXt", new byte[commentBytes]), .. Chunk("IEND", []),
        ];
        return FuzzChecksums.RepairPng(file);
    }

    private static byte[] Chunk(string name, byte[] content)
    {
        byte[] chunk = [0, 0, 0, 0, .. Encoding.ASCII.GetBytes(name), .. content, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        return chunk;
    }

    private static string?[] Encode(byte[][] files)
    {
        using PhotoEncoder encoder = Encoder();
        using TemporaryFolder folder = TestData.Temporary();
        string[] paths = [.. files.Select((_, i) => folder.File(i % 2 == 0 ? $"{i}.jpg" : $"{i}.png"))];
        for (int i = 0; i < files.Length; i++)
        {
            File.WriteAllBytes(paths[i], files[i]);
        }

        return Encode(encoder, paths);
    }

    /// <summary>What is wrong with each photo; null where it gives finite features.</summary>
    private static string?[] Encode(PhotoEncoder encoder, string[] paths)
    {
        var problems = new string?[paths.Length];
        var answers = new int[paths.Length];
        var clock = Stopwatch.StartNew();
        encoder.EncodeAll(
            paths.Length,
            i => encoder.Reader.Read(paths[i]),
            (i, features) =>
            {
                Interlocked.Increment(ref answers[i]);
                foreach (float feature in features)
                {
                    problems[i] = float.IsFinite(feature) ? problems[i] : "features are not finite";
                }
            },
            (i, error) =>
            {
                Interlocked.Increment(ref answers[i]);
                Assert.StartsWith($"{paths[i]}: ", error.Message);
                problems[i] = error.Message;
            },
            new PhotoEncoderOptions { Threads = Threads });
        Assert.All(answers, count => Assert.Equal(1, count));
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.DoesNotContain("features are not finite", problems);
        return problems;
    }

    private static PhotoEncoder Encoder() => new(Backbone.Load(TinyNetwork.Bytes(), "tiny", new() { Threads = 1 }));
}
