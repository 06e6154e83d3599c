using Parquet.Serialization;
using ShowTell.Datasets.Import;
using ShowTell.Parquet;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

/// <summary>Files as DuckDB writes them (<c>tests/golden/parquet.mjs</c>).</summary>
public sealed class ParquetCaptionsTests
{
    [Fact]
    public void Photos_and_captions_are_read_from_the_same_file()
    {
        using var example = new SourceExample();
        (ImportSummary summary, string data) =
            example.Import(new ImportOptions { Captions = [TestData.Golden("parquet/images.parquet")] });
        Assert.Equal(CaptionFileKind.Parquet, summary.Kind);
        Assert.Equal(
            ["blue.png test: a blue square", "red.png train: a red square; it is red",
                "row-000001.png val: a green square"],
            SourceExample.LinesOf(data));
        Assert.Equal(
            [("rows without a caption", "row 4"), ("rows without a photo", "row 5")],
            summary.LeftOut.Select(reason => (reason.Reason, Assert.Single(reason.First))));
        Photo green = new PhotoReader().Read(Path.Combine(data, "photos", "row-000001.png"));
        Assert.Equal([10, 200, 10], green.Pixels[..3].ToArray());
    }

    [Fact]
    public void Paths_and_numbered_columns_are_read()
    {
        using var example = new SourceExample();
        foreach (char letter in "abc")
        {
            example.Write($"photos/{letter}.png", "");
        }

        string path = TestData.Golden("parquet/paths.parquet");
        string[] lines = example.Lines(new ImportOptions { Captions = [path], Photos = example.Path("photos") });
        Assert.Equal(
            ["a.png: a dog; the dog", "b.png: a cat é", "c.png: a cow; the cow"],
            lines.Select(line => line.Replace(" train:", ":").Replace(" val:", ":")));
        Assert.Contains("say in which folder they are", example.Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void Row_groups_follow_each_other()
    {
        using var example = new SourceExample();
        (ImportSummary summary, string data) = example.Import(
            new ImportOptions { Captions = [TestData.Golden("parquet/bytes.parquet")], MinimumCount = 1 });
        Assert.Equal(5000, summary.Splits.Sum(split => split.Photos));
        Assert.Equal("square number 4999", SourceExample.LinesOf(data)[^1].Split(": ")[1]);
    }

    [Fact]
    public async Task Photos_get_the_extension_of_their_content()
    {
        byte[][] photos =
        [
            [0x89, .. "PNG\r\n\u001a\n"u8, .. new byte[30]], [.. "GIF89a"u8, .. new byte[30]],
            [.. "RIFF\0\0\0\0WEBPVP8 "u8, .. new byte[30]], [0xFF, 0xD8, 0xFF, .. new byte[30]], [1, 2, 3],
        ];
        (PhotoCaption[] found, Dictionary<string, byte[]> saved) = await Read(
            [.. photos.Select((photo, i) => new BytesLine { image = photo, caption = $"a {i}", split = "train" })],
            new());
        string[] names = ["row-000000.png", "row-000001.gif", "row-000002.webp", "row-000003.jpg", "row-000004.jpg"];
        Assert.Equal(names, found.Select(caption => caption.Photo));
        Assert.Equal(["a 0", "a 1", "a 2", "a 3", "a 4"], found.Select(caption => caption.Text));
        Assert.All(found, caption => Assert.Equal("train", caption.Split));
        Assert.Equal(photos, names.Select(name => saved[name]));
    }

    [Fact]
    public async Task Photos_may_be_named_by_numbers()
    {
        (PhotoCaption[] found, _) = await Read(
            [new IdLine { image_id = 7, caption = "a dog" }, new IdLine { image_id = -8, caption = "a cat" }], new());
        Assert.Equal([("7", "a dog"), ("-8", "a cat")], found.Select(caption => (caption.Photo, caption.Text)));
        (found, _) = await Read(
            [new LongLine { number = 1L << 40, caption = "a dog" }], new CaptionFileOptions { PhotoColumn = "number" });
        Assert.Equal("1099511627776", Assert.Single(found).Photo);
    }

    [Fact]
    public async Task Names_that_repeat_are_numbered_and_given_columns_are_taken()
    {
        BytesLine[] lines =
        [
            new() { image = [1], caption = "a dog", title = "a\\b/x.jpg", split = "val" },
            new() { image = [2], caption = "a cat", title = "x.jpg", split = "test" },
        ];
        (PhotoCaption[] found, Dictionary<string, byte[]> saved) =
            await Read(lines, new CaptionFileOptions { PhotoColumn = "title" });
        Assert.Equal([("x.jpg", "val"), ("x-000001.jpg", "test")], found.Select(line => (line.Photo, line.Split!)));
        Assert.Equal([1], saved["x.jpg"]);
        Assert.Equal([2], saved["x-000001.jpg"]);
    }

    [Fact]
    public async Task Columns_and_splits_that_are_not_understood_are_told()
    {
        DataException error = await Assert.ThrowsAsync<DataException>(
            () => Read([new BytesLine { image = [1], caption = "a dog", split = "most" }], new()));
        Assert.EndsWith("a.parquet: row 1: the split is \"most\"; expected train, val or test.", error.Message);
        error = await Assert.ThrowsAsync<DataException>(
            () => Read([new LongLine { number = 1, caption = "a dog" }], new()));
        Assert.Contains("a.parquet: its columns are number, caption: say which are the photo's", error.Message);
        error = await Assert.ThrowsAsync<DataException>(() => Read([new OtherLine { image_id = 1, other = 2 }], new()));
        Assert.Contains("a.parquet: its columns are image_id, other: say which", error.Message);
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        using var example = new SourceExample();
        byte[] whole = File.ReadAllBytes(TestData.Golden("parquet/images.parquet"));
        string path = example.Path("a.parquet");
        var random = new ShowTell.Numerics.SeededRandom(1);
        for (int i = 0; i < 60; i++)
        {
            byte[] bytes = i < 20 ? whole[..random.NextInt(whole.Length)] : [.. whole];
            for (int change = 0; change < 3 && i >= 20; change++)
            {
                bytes[random.NextInt(bytes.Length)] = (byte)random.NextInt(256);
            }

            File.WriteAllBytes(path, bytes);
            try
            {
                DatasetImport.Run(
                    new ImportOptions { Captions = [path] },
                    example.Path($"d{i}"),
                    cancellation: TestContext.Current.CancellationToken);
            }
            catch (DataException error)
            {
                Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            }
        }
    }

    private static async Task<(PhotoCaption[] Found, Dictionary<string, byte[]> Saved)> Read<T>(
        T[] lines, CaptionFileOptions options)
        where T : class, new()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.parquet");
        using (FileStream file = File.Create(path))
        {
            await ParquetSerializer.SerializeAsync(
                lines, file, cancellationToken: TestContext.Current.CancellationToken);
        }

        ParquetCaptions.Register();
        Dictionary<string, byte[]> saved = [];
        var source = new CaptionSource(path, options, new LeftOut())
        {
            SavePhoto = (name, bytes) => saved.TryAdd(name, bytes.ToArray()),
        };
        return ([.. CaptionFile.Read(source)], saved);
    }

    // The columns' names are the properties'.
#pragma warning disable IDE1006, CA1812
    internal sealed class BytesLine
    {
        public byte[]? image { get; set; }

        public string? caption { get; set; }

        public string? title { get; set; }

        public string? split { get; set; }
    }

    internal sealed class IdLine
    {
        public int image_id { get; set; }

        public string? caption { get; set; }
    }

    internal sealed class LongLine
    {
        public long number { get; set; }

        public string? caption { get; set; }
    }

    internal sealed class OtherLine
    {
        public int image_id { get; set; }

        public int other { get; set; }
    }
#pragma warning restore IDE1006, CA1812
}
