using ShowTell.Datasets.Import;
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
}
