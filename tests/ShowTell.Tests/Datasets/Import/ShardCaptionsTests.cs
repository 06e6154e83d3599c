using System.Formats.Tar;
using System.IO.Compression;
using ShowTell.Datasets.Import;
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
