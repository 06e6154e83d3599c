using System.Text;
using ShowTell.Datasets.Import;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

public sealed class CaptionFileTests
{
    private const string Coco = """
        {"info": {"year": 2014, "deep": [[1, {"images": 3}]]},
         "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 9, "file_name": "b.jpg"}],
         "licenses": [], "annotations": [{"image_id": 9, "id": 1, "caption": "A dog, é."},
         {"image_id": 7, "id": 2, "caption": "Two\ncats"}]}
        """;

    private const string Karpathy = """
        {"images": [
          {"filename": "a.jpg", "filepath": "val2014", "split": "restval",
           "sentences": [{"raw": "A dog.", "tokens": ["no"]}, {"tokens": ["two", "cats"]}]},
          {"filename": "b.jpg", "split": "val", "sentences": []},
          {"filename": "c.jpg", "split": "test", "sentences": [{"raw": "x"}]}], "dataset": "made"}
        """;

    public static TheoryData<string, CaptionFileKind, string[]> Files => new()
    {
        { Coco, CaptionFileKind.CocoJson, ["b.jpg|A dog, é.||", "a.jpg|Two\ncats||"] },
        {
            """{"annotations":[{"image_id":"x","caption":"c"}],"images":[{"id":"x","file_name":"a.jpg"}]}""",
            CaptionFileKind.CocoJson,
            ["a.jpg|c||"]
        },
        {
            Karpathy,
            CaptionFileKind.KarpathyJson,
            ["a.jpg|A dog.|train|val2014", "a.jpg|two cats|train|val2014", "c.jpg|x|test|"]
        },
        {
            "a.jpg#0\tA dog , one .\r\n\r\nb#1.jpg#12\tTwo\tcats\n",
            CaptionFileKind.TokenFile,
            ["a.jpg|A dog , one .||", "b#1.jpg|Two\tcats||"]
        },
        {
            "a.jpg,A dog\nb.jpg,\"One, \"\"two\"\"\nthree\"\r\n",
            CaptionFileKind.Csv,
            ["a.jpg|A dog||", "b.jpg|One, \"two\"\nthree||"]
        },
        { "n,Caption,Image\n1,\"\",a.jpg\n2,\"x\",b.jpg", CaptionFileKind.Csv, ["a.jpg|||", "b.jpg|x||"] },
        {
            "{\"file\": \"a.jpg\", \"caption\": \"A dog\"}\n\n{\"text\": \"\\u00e9\", \"file_name\": \"b.jpg\"}",
            CaptionFileKind.JsonLines,
            ["a.jpg|A dog||", "b.jpg|é||"]
        },
    };

    public static TheoryData<string, string> BadFiles => new()
    {
        { "", "is empty; expected COCO's captions JSON" },
        { " \n\n", "is empty" },
        { "a dog runs", "line 1 has no comma" },
        { "[1]", "is a JSON list" },
        { "{\"a\": 1}", "without an entry in \"images\"" },
        { "{\"images\": 3}", "\"images\" must be a list" },
        { "{\"images\": [3]}", "images[0] is the number 3; expected an object" },
        { "{\"images\": [{\"id\": 1}]}", "images[0].file_name is missing" },
        {
            "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}, {\"id\": 1, \"file_name\": \"b\"}]}",
            "images[1].id is 1, which another photo has"
        },
        { "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}]}", "contains no caption" },
        {
            "{\"images\": [],\n\"annotations\": [{\"image_id\": 2, \"caption\": \"c\"}]}",
            "annotations[0].image_id is 2, but no entry"
        },
        {
            "{\"images\": [],\n\"annotations\": [{\"image_id\": 2, \"caption\": 5}]}",
            "annotations[0].caption is the number 5"
        },
        {
            "{\"images\": [],\n\"annotations\": [{\"image_id\": 2, \"caption\": \"\\ud800\"}]}",
            "annotations[0].caption is not valid Unicode"
        },
        { "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}],\n\"annotations\": [{]}", "is not valid JSON (line 2" },
        { "{\"annotations\": [{\"image_id\": 2, \"caption\": \"c\"}]} x", "is not valid JSON" },
        {
            "{\"images\": [{\"filename\": \"a\", \"split\": \"dev\", \"sentences\": []}]}",
            "images[0].split is \"dev\""
        },
        {
            "{\"images\": [{\"filename\": \"a\", \"split\": \"val\", \"sentences\": [{\"raw\": \"x\"}, {}]}]}",
            "images[0].sentences[1] has neither"
        },
        {
            "{\"images\": [{\"filename\": \"a\", \"split\": \"val\", \"sentences\": [{\"tokens\": [\"x\", 1]}]}]}",
            "sentences[0].tokens[1] is the number 1"
        },
        { "a.jpg#0\tfine\na.jpg 1\tbad", "line 2 must be like" },
        { "a.jpg,b\n\nb.jpg,c,d", "line 3 has 3 fields; expected 2" },
        { "a.jpg,b\n,c", "line 2 has no file name" },
        { "a.jpg,\"b\nc", "(line 1): a quoted field that is never closed" },
        { "a.jpg,b\n\nc.jpg,\"d\ne", "(line 3): a quoted field that is never closed" },
        { "a.jpg,b\"c", "(line 1): a quote inside an unquoted field" },
        { "a.jpg,\"b\"c", "(line 1): text after the closing quote" },
        { "{\"file\": \"a\", \"caption\": \"b\"}\n{\"file\": \"a\"}", "line 2: $.caption is missing" },
        { "{\"file\": \"a\", \"caption\": \"b\"}\n{\"file\"", "line 2 is not valid JSON" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Captions_of_every_kind_are_read(string content, CaptionFileKind kind, string[] expected)
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string mark in new[] { "", "\uFEFF" })
        {
            string path = folder.File("captions.bin");
            File.WriteAllText(path, mark + content);
            Assert.Equal(kind, CaptionFile.KindOf(path));
            List<double> shares = [];
            Assert.Equal(
                expected,
                CaptionFile.Read(path, shares.Add).Select(
                    caption => $"{caption.Photo}|{caption.Text}|{caption.Split}|{caption.Subfolder}"));
            Assert.Equal(1, shares[^1]);
        }
    }

    [Theory]
    [MemberData(nameof(BadFiles))]
    public void What_is_wrong_is_said_with_its_place(string content, string said)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.bin");
        File.WriteAllText(path, content);
        string message = Refusal(path);
        Assert.StartsWith($"{path}: ", message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_cannot_be_read_are_named()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Assert.Equal($"{folder.File("absent")}: there is no such file.", Refusal(folder.File("absent")));
        Assert.Equal($"{folder.Path}: is a folder; expected a file.", Refusal(folder.Path));
        string path = folder.File("latin1.csv");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes("a.jpg,caf\u00e9\n"));
        Assert.Contains("is not UTF-8 text (line 1 or after it)", Refusal(path), StringComparison.Ordinal);
    }

    [Fact]
    public void A_CSV_record_of_millions_of_characters_is_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.csv");
        File.WriteAllText(path, "a.jpg,b\nc.jpg,\"" + new string('x', 3 << 20) + "\"\n");
        Assert.Contains("Record 2 is longer than", Refusal(path), StringComparison.Ordinal);
        byte[] latin = Encoding.Latin1.GetBytes($"a.jpg,{new string('b', 200_000)}\nc.jpg,caf\u00e9\n");
        File.WriteAllBytes(path, latin);
        Assert.Contains("is not UTF-8 text (line 1 or after it)", Refusal(path), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Coco)]
    [InlineData(Karpathy)]
    public void A_truncated_file_is_refused_wherever_it_ends(string content)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.json");
        string whole = content.TrimEnd();
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllText(path, whole[..length]);
            Assert.StartsWith($"{path}: ", Refusal(path), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_entry_may_be_larger_than_the_buffer()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.json");
        string caption = new('x', 300_000);
        File.WriteAllText(
            path,
            "{\"info\": \"" + caption + "\", \"images\": [{\"id\": 1, \"file_name\": \"a\"}], \"annotations\": "
                + "[{\"image_id\": 1, \"caption\": \""
                + caption + "\"}]}");
        Assert.Equal(caption, Assert.Single(CaptionFile.Read(path)).Text);
    }

    private static string Refusal(string path) =>
        Assert.Throws<DataException>(() => CaptionFile.Read(path).Count()).Message;
}
