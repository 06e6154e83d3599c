using ShowTell.Datasets.Import;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

public sealed class FolderCaptionsTests
{
    [Fact]
    public void Captions_beside_photos_are_read()
    {
        using var example = new SourceExample();
        foreach (string photo in new[] { "a.jpg", "sub/b.PNG", "c.jpg", "d.jpg", "sub/e.jpg" })
        {
            example.Write($"photos/{photo}", "");
        }

        example.Write("photos/a.txt", "\uFEFFa dog runs\r\n\n the dog is running \n");
        example.Write("photos/sub/b.json", """{"caption": "a cat", "tags": ["x"]}""");
        example.Write("photos/c.jpg.caption", "a cow");
        example.Write("photos/d.json", """["one", "two"]""");
        example.Write("photos/readme.txt", "read me");
        (ImportSummary summary, string data) =
            example.Import(new ImportOptions { Captions = [example.Path("photos")] });
        Assert.Equal(CaptionFileKind.Sidecars, summary.Kind);
        Assert.Equal(
            ["a.jpg: a dog runs; the dog is running", "c.jpg: a cow", "d.jpg: one; two", "sub/b.PNG: a cat"],
            SourceExample.LinesOf(data).Select(line => line.Replace(" train:", ":").Replace(" val:", ":")));
        Assert.Equal(
            [("photos without a caption file", "sub/e.jpg"), ("caption files without a photo", "readme.txt")],
            summary.LeftOut.Select(reason => (reason.Reason, Assert.Single(reason.First))));
    }

    [Fact]
    public void An_image_folder_has_its_metadata_and_splits()
    {
        using var example = new SourceExample();
        foreach (string photo in new[] { "train/a.jpg", "train/b.jpg", "validation/a.jpg", "test/c.jpg" })
        {
            example.Write($"photos/{photo}", "");
        }

        example.Write("photos/train/metadata.jsonl", """
            {"file_name": "a.jpg", "text": "a dog"}
            {"file_name": "b.jpg", "text": "a cat"}
            """);
        example.Write("photos/validation/metadata.csv", "file_name,text\na.jpg,a cow\n");
        example.Write("photos/test/metadata.jsonl", """{"file_name": "c.jpg", "text": "a pig"}""");
        Assert.Equal(
            ["test/c.jpg test: a pig", "train/a.jpg train: a dog", "train/b.jpg train: a cat",
                "validation/a.jpg val: a cow"],
            example.Lines(example.Path("photos")));
    }

    [Fact]
    public void Metadata_may_be_in_the_folder_itself_and_name_its_subfolders()
    {
        using var example = new SourceExample();
        example.Write("photos/a.jpg", "");
        example.Write("photos/sub/b.jpg", "");
        example.Write("photos/metadata.csv", "file_name,text\na.jpg,a dog\nsub/b.jpg,a cat\n");
        Assert.Equal(
            ["a.jpg: a dog", "sub/b.jpg: a cat"],
            example.Lines(example.Path("photos")).Select(line => line.Replace(" train:", ":").Replace(" val:", ":")));
    }

    [Fact]
    public void Mistakes_name_the_file()
    {
        using var example = new SourceExample();
        example.Write("photos/a.jpg", "");
        string folder = example.Path("photos");
        Assert.EndsWith("or a metadata.jsonl or metadata.csv.", example.Refusal(folder), StringComparison.Ordinal);
        string table = example.Write("photos/names.CSV", "image,caption\na.jpg,a dog\n");
        Assert.Contains("is a folder without captions", example.Refusal(folder), StringComparison.Ordinal);
        Assert.EndsWith(
            $"Its captions may be in {table}: name that file.", example.Refusal(folder), StringComparison.Ordinal);
        File.Delete(table);
        example.Write("photos/a.json", "{\"caption\": ");
        Assert.Contains("a.json: is not valid JSON", example.Refusal(folder), StringComparison.Ordinal);
        example.Write("photos/a.json", "{\"label\": 3}");
        Assert.Contains(
            "a.json: $ names no caption; its fields are label", example.Refusal(folder), StringComparison.Ordinal);
        File.Delete(example.Path("photos/a.json"));
        File.WriteAllBytes(example.Path("photos/a.txt"), [0xE9, 0x20, 0x41]);
        Assert.Contains("a.txt: is not text in UTF-8", example.Refusal(folder), StringComparison.Ordinal);
        example.Write("photos/a.txt", new string('x', (1 << 20) + 1));
        Assert.Contains("a.txt: has more than", example.Refusal(folder), StringComparison.Ordinal);
    }
}
