using System.Formats.Tar;
using System.IO.Compression;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Fuzz;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

public sealed class ShardCaptionsTests
{
    private static readonly byte[] s_photo = TinyPng.Noise(seed: 1);

    [Fact]
    public void Shards_become_a_dataset_with_their_photos()
    {
        using var example = new SourceExample();
        string first = Shard(
            example, "00000.tar", ("./000.png", s_photo), ("./000.txt", "a dog runs"u8.ToArray()),
            ("./001.png", s_photo), ("./001.json", """{"caption": "a cat", "url": "x"}"""u8.ToArray()),
            ("./001.cls", "7"u8.ToArray()), ("./002.txt", "no photo"u8.ToArray()), ("./003.png", s_photo));
        Shard(
            example, "00001.tar", ("000.png", s_photo), ("000.txt", "a cow"u8.ToArray()),
            ("000.json", """{"caption": "not this one"}"""u8.ToArray()));
        foreach (string captions in new[] { "{00000..00001}.tar", "00000..00001.tar", "0000*.tar", "." })
        {
            (ImportSummary summary, string data) =
                example.Import(new ImportOptions { Captions = [example.Path(captions)] });
            Assert.Equal(CaptionFileKind.WebDataset, summary.Kind);
            Assert.Equal(
                ["00000/000.png: a dog runs", "00000/001.png: a cat", "00001/000.png: a cow"],
                SourceExample.LinesOf(data).Select(line => line.Replace(" train:", ":").Replace(" val:", ":")));
            Assert.Equal(s_photo, File.ReadAllBytes(Path.Combine(data, "photos", "00000", "001.png")));
            Assert.Equal(
                [("captions without a photo", "002"), ("photos without a caption", "003.png")],
                summary.LeftOut.Select(reason => (reason.Reason, Assert.Single(reason.First))));
        }

        using (FileStream file = File.Create(example.Path("one.tar.gz")))
        using (var packed = new GZipStream(file, CompressionLevel.Fastest))
        {
            packed.Write(File.ReadAllBytes(first));
        }

        Assert.Equal(2, example.Lines(example.Path("one.tar.gz")).Length);
    }

    /// <summary>A key ends at the first dot, but photos and texts with dots in their names belong together
    /// too.</summary>
    [Fact]
    public void Names_with_dots_and_empty_texts_are_counted()
    {
        using var example = new SourceExample();
        string path = Shard(
            example, "a.tar", ("1.v1.png", s_photo), ("1.v1.txt", "one"u8.ToArray()), ("2.png", s_photo),
            ("2.seg.png", s_photo), ("2.txt", "two"u8.ToArray()), ("3.png", s_photo), ("3.txt", []), ("4.png", s_photo),
            ("4.json", """{"caption": null}"""u8.ToArray()));
        (ImportSummary summary, string data) = example.Import(new ImportOptions { Captions = [path] });
        Assert.Equal(
            ["1.v1.png: one", "2.png: two"],
            SourceExample.LinesOf(data).Select(line => line.Replace(" train:", ":").Replace(" val:", ":")));
        Assert.Equal(["2.seg.png", "3.png", "4.png"], Assert.Single(summary.LeftOut).First);
    }

    [Fact]
    public void Damaged_shards_are_refused()
    {
        using var example = new SourceExample();
        string path = Shard(example, "a.tar", ("1.png", s_photo), ("1.txt", "a dog"u8.ToArray()));
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in new[] { 600, 1500, 3000, s_photo.Length + 700 })
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.StartsWith($"{path}: ", example.Refusal(path), StringComparison.Ordinal);
        }

        Assert.Contains("is a damaged or truncated tar", example.Refusal(path), StringComparison.Ordinal);
        Shard(example, "a.tar", ("../1.png", s_photo), ("../1.txt", "a dog"u8.ToArray()));
        Assert.Contains("leads out of the folder", example.Refusal(path), StringComparison.Ordinal);
        Shard(
            example, "a.tar", ("1.png", s_photo), ("1.txt", "a"u8.ToArray()), ("2.png", s_photo),
            ("2.txt", "b"u8.ToArray()), ("1.png", TinyPng.Noise(seed: 2)), ("1.txt", "c"u8.ToArray()));
        Assert.Contains("contains 1.png twice, with different photos", example.Refusal(path), StringComparison.Ordinal);
        Assert.Contains("9..3 is not a range", example.Refusal(example.Path("9..3.tar")), StringComparison.Ordinal);
        Assert.Contains("no file matches", example.Refusal(example.Path("x*.tar")), StringComparison.Ordinal);
    }

    /// <summary>Links, devices and the like are left out and counted; what they point to is not read.</summary>
    [Theory]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Links_and_devices_are_left_out(TarEntryFormat format)
    {
        using var example = new SourceExample();
        string secret = example.Path("secret.png"), path = example.Path("a.tar");
        File.WriteAllBytes(secret, s_photo);
        using (FileStream file = File.Create(path))
        using (var tar = new TarWriter(file, format))
        {
            foreach (string name in new[] { "1", "2" })
            {
                tar.WriteEntry(Entry(format, TarEntryType.RegularFile, $"{name}.png", s_photo));
                tar.WriteEntry(Entry(format, TarEntryType.RegularFile, $"{name}.txt", "a dog"u8.ToArray()));
            }

            foreach ((TarEntryType type, string name) in new[]
            {
                (TarEntryType.SymbolicLink, "3.png"), (TarEntryType.HardLink, "4.png"), (TarEntryType.Fifo, "5.png"),
                (TarEntryType.CharacterDevice, "6.png"), (TarEntryType.Directory, "7.png"),
            })
            {
                TarEntry entry = Entry(format, type, name, null);
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink)
                {
                    entry.LinkName = secret;
                }

                tar.WriteEntry(entry);
            }

            tar.WriteEntry(Entry(format, TarEntryType.RegularFile, "3.txt", "a secret"u8.ToArray()));
        }

        (ImportSummary summary, string data) = example.Import(new ImportOptions { Captions = [path] });
        Assert.Equal(["1.png", "2.png"], DatasetManifest.LoadPhotos(data).Select(line => line.Photo));
        Assert.Equal(
            [("captions without a photo", 1L), ("links, devices and files with holes", 4L)],
            summary.LeftOut.Select(left => (left.Reason, (long)left.Count)).Order());
        Assert.Equal(2, Directory.GetFiles(Path.Combine(data, "photos")).Length);
    }

    [Theory]
    [InlineData("/1")]
    [InlineData("a/../../1")]
    [InlineData("../../../../../../../../tmp/1")]
    public void Names_that_lead_out_are_refused(string name)
    {
        using var example = new SourceExample();
        string path = Shard(example, "a.tar", ($"{name}.png", s_photo), ($"{name}.txt", "a dog"u8.ToArray()));
        Assert.Contains("is not a valid photo name", example.Refusal(path), StringComparison.Ordinal);
    }

    /// <summary>Sizes that lie take no memory and no time.</summary>
    [Fact]
    public void Bombs_are_refused()
    {
        using var example = new SourceExample();
        string path = Shard(example, "a.tar", ("1.png", s_photo), ("1.txt", "a dog"u8.ToArray()));
        byte[] whole = File.ReadAllBytes(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach ((char kind, string size) in new[] { ('0', "00377777777"), ('L', "17777777777"), ('x', "17777777777") })
        {
            byte[] lying = [.. whole];
            lying[156] = (byte)kind;
            System.Text.Encoding.ASCII.GetBytes(size).CopyTo(lying.AsSpan(124));
            File.WriteAllBytes(path, FuzzSeeds.RepairTar(lying));
            Assert.Contains("is a damaged or truncated tar", example.Refusal(path), StringComparison.Ordinal);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 << 20);

        // 400 MB of zeros in a file that is skipped, packed to a thousandth.
        string bomb = example.Path("bomb.tar.gz");
        using (FileStream file = File.Create(bomb))
        using (var packed = new GZipStream(file, CompressionLevel.SmallestSize))
        {
            byte[] header = [.. whole[..512]];
            "1.bin\0"u8.CopyTo(header);
            "02777777777"u8.CopyTo(header.AsSpan(124));
            packed.Write(FuzzSeeds.RepairTar(header));
            var zeros = new byte[1 << 20];
            for (int i = 0; i < 400; i++)
            {
                packed.Write(zeros);
            }
        }

        Assert.Contains("it is no archive of photos and captions", example.Refusal(bomb), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_one_key_are_limited()
    {
        using var example = new SourceExample();
        var large = new byte[63 << 20];
        string path = Shard(example, "a.tar", [.. Enumerable.Range(0, 5).Select(i => ($"1.{i}.png", large))]);
        Assert.Contains("more than 256 MB of files of the key 1", example.Refusal(path), StringComparison.Ordinal);
    }

    /// <summary>Names that differ in letter case alone are one file on Windows and macOS.</summary>
    [Fact]
    public void Names_that_differ_in_letter_case_are_refused()
    {
        using var example = new SourceExample();
        string path = Shard(
            example, "a.tar", ("a.png", s_photo), ("a.txt", "a dog"u8.ToArray()), ("A.png", s_photo),
            ("A.txt", "a cat"u8.ToArray()));
        Assert.Contains("twice, with different photos", example.Refusal(path), StringComparison.Ordinal);
    }

    /// <summary>As an extended header says, which counts, whatever the entry's own says.</summary>
    [Theory]
    [InlineData("000000005", "a dog")]
    [InlineData("-00000005", null)]
    public void A_size_may_be_that_of_an_extended_header(string size, string? caption)
    {
        using var example = new SourceExample();
        string path = example.Path("a.tar");
        using (FileStream file = File.Create(path))
        using (var tar = new TarWriter(file, TarEntryFormat.Pax))
        {
            foreach (string name in new[] { "1", "2" })
            {
                tar.WriteEntry(Entry(TarEntryFormat.Pax, TarEntryType.RegularFile, $"{name}.png", s_photo));
                var text = new PaxTarEntry(
                    TarEntryType.RegularFile, $"{name}.txt", new Dictionary<string, string> { ["ofte"] = size });
                text.DataStream = new MemoryStream("a dogXX"u8.ToArray());
                tar.WriteEntry(text);
            }
        }

        byte[] bytes = File.ReadAllBytes(path);
        for (int at; (at = bytes.AsSpan().IndexOf("ofte="u8)) >= 0;)
        {
            "size"u8.CopyTo(bytes.AsSpan(at));
        }

        File.WriteAllBytes(path, bytes);
        if (caption is null)
        {
            Assert.Contains("is a damaged or truncated tar", example.Refusal(path), StringComparison.Ordinal);
        }
        else
        {
            Assert.All(example.Lines(path), line => Assert.EndsWith($": {caption}", line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Files_that_are_too_large_are_counted()
    {
        using var example = new SourceExample();
        string path = Shard(
            example, "a.tar", ("1.png", s_photo), ("1.txt", "one"u8.ToArray()), ("2.png", s_photo),
            ("2.txt", "two"u8.ToArray()), ("3.png", new byte[(64 << 20) + 1]), ("3.txt", "three"u8.ToArray()),
            ("4.png", s_photo), ("4.txt", new byte[(1 << 20) + 1]));
        (ImportSummary summary, string data) = example.Import(new ImportOptions { Captions = [path] });
        Assert.Equal(["1.png", "2.png"], DatasetManifest.LoadPhotos(data).Select(line => line.Photo));
        Assert.Equal(
            [
                ("files of more than 1 MB", "4.txt"), ("files of more than 64 MB", "3.png"),
                ("photos without a caption", "4.png"),
            ],
            summary.LeftOut.Select(left => (left.Reason, Assert.Single(left.First))).Order());
    }

    /// <summary>Features of a photo stay valid as long as its file has the same time.</summary>
    [Fact]
    public void Photos_that_did_not_change_keep_their_time()
    {
        using var example = new SourceExample();
        byte[] other = [.. s_photo];
        other[^20] ^= 1;
        (string, byte[])[] Files(byte[] second, byte[] third) =>
        [
            ("1.png", s_photo), ("1.txt", "one"u8.ToArray()), ("2.png", second), ("2.txt", "two"u8.ToArray()),
            ("3.png", third), ("3.txt", "three"u8.ToArray()),
        ];
        string path = Shard(example, "a.tar", Files(s_photo, s_photo)), data = example.Path("data");
        List<double> shares = [];
        CancellationToken token = TestContext.Current.CancellationToken;
        DatasetImport.Run(new ImportOptions { Captions = [path] }, data, progress: shares.Add, cancellation: token);
        Assert.Equal(1, shares[^1]);
        Assert.Equal(shares.Order(), shares);
        var time = new DateTime(2001, 2, 3, 0, 0, 0, DateTimeKind.Utc);
        foreach (string photo in Directory.GetFiles(Path.Combine(data, "photos")))
        {
            File.SetLastWriteTimeUtc(photo, time);
        }

        Shard(example, "a.tar", Files(other, [.. s_photo, 0]));
        DatasetImport.Run(
            new ImportOptions { Captions = [path] }, data, isReplacing: true, cancellation: token);
        Assert.Equal(
            [true, false, false],
            new[] { "1.png", "2.png", "3.png" }.Select(
                name => File.GetLastWriteTimeUtc(Path.Combine(data, "photos", name)) == time));
    }

    [Fact]
    public void A_folder_with_a_shard_and_captions_beside_photos_is_of_those()
    {
        using var example = new SourceExample();
        example.Write("all/1.jpg", "");
        example.Write("all/1.txt", "a dog");
        Shard(example, "all/a.tar", ("1.png", s_photo), ("1.txt", "a cat"u8.ToArray()));
        Assert.Equal([example.Path("all")], CaptionPaths.Expand(example.Path("all")));
        File.Delete(example.Path("all/1.txt"));
        Assert.Equal([example.Path("all/a.tar")], CaptionPaths.Expand(example.Path("all")));

        // Without a place for the photos, captions alone are read.
        Assert.Equal("a cat", Assert.Single(CaptionFile.Read(example.Path("all/a.tar"))).Text);
    }

    private static TarEntry Entry(TarEntryFormat format, TarEntryType type, string name, byte[]? data)
    {
        TarEntry entry = format switch
        {
            TarEntryFormat.Pax => new PaxTarEntry(type, name),
            TarEntryFormat.Gnu => new GnuTarEntry(type, name),
            _ => new UstarTarEntry(type, name),
        };
        if (data is not null)
        {
            entry.DataStream = new MemoryStream(data);
        }

        return entry;
    }

    private static string Shard(SourceExample example, string name, params (string Name, byte[] Data)[] files)
    {
        using FileStream file = File.Create(example.Path(name));
        using var tar = new TarWriter(file, TarEntryFormat.Gnu);
        foreach ((string entry, byte[] data) in files)
        {
            tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, entry) { DataStream = new MemoryStream(data) });
        }

        return example.Path(name);
    }
}
