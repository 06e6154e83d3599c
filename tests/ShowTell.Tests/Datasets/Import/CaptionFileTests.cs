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
        { Coco, CaptionFileKind.CocoJson, ["b.jpg|A dog, é.|", "a.jpg|Two\ncats|"] },
        {
            """{"annotations":[{"image_id":"x","caption":"c"}],"images":[{"id":"x","file_name":"a.jpg"}]}""",
            CaptionFileKind.CocoJson,
            ["a.jpg|c|"]
        },
        {
            Karpathy,
            CaptionFileKind.KarpathyJson,
            ["val2014/a.jpg|A dog.|train", "val2014/a.jpg|two cats|train", "c.jpg|x|test"]
        },
        {
            "a.jpg#0\tA dog , one .\r\n\r\nb#1.jpg#12\tTwo\tcats\n",
            CaptionFileKind.TokenFile,
            ["a.jpg|A dog , one .|", "b#1.jpg|Two\tcats|"]
        },
        {
            "a.jpg,A dog\nb.jpg,\"One, \"\"two\"\"\nthree\"\r\n",
            CaptionFileKind.Csv,
            ["a.jpg|A dog|", "b.jpg|One, \"two\"\nthree|"]
        },
        { "n,Caption,Image\n1,\"\",a.jpg\n2,\"x\",b.jpg", CaptionFileKind.Csv, ["a.jpg||", "b.jpg|x|"] },
        {
            "{\"file\": \"a.jpg\", \"caption\": \"A dog\"}\n\n{\"text\": \"\\u00e9\", \"file_name\": \"b.jpg\"}",
            CaptionFileKind.JsonLines,
            ["a.jpg|A dog|", "b.jpg|é|"]
        },

        // COCO: ids of any form, names with folders, captions of no photo, photos without captions.
        {
            """
            {"info": {"url": "x"}, "licenses": [{"id": 1, "url": "y"}], "annotations":
             [{"image_id": 1.0, "caption": "a"}, {"image_id": "2", "caption": "b"}, {"image_id": 9, "caption": "c"},
              {"image_id": 1, "bbox": []}], "images": [{"id": "1", "file_name": "t/a.jpg"},
              {"id": 2, "file_name": "http://x/b.jpg"}, {"id": 3, "file_name": "c.jpg"}]}
            """,
            CaptionFileKind.CocoJson,
            ["t/a.jpg|a|", "http://x/b.jpg|b|"]
        },
        {
            """[{"image": "a.jpg", "caption": "x", "image_id": "7"}, {"image": "b.jpg", "caption": ["y", "z"]}]""",
            CaptionFileKind.JsonList,
            ["a.jpg|x|", "b.jpg|y|", "b.jpg|z|"]
        },
        {
            """{"data": [{"path": "a.jpg", "prompt": "x", "split": "dev"}, {"path": "b.jpg", "prompt": null}]}""",
            CaptionFileKind.JsonList,
            ["a.jpg|x|val"]
        },
        {
            """{"train": [{"image": "a.jpg", "text": "x"}], "validation": [{"image": "b.jpg", "text": "y"}]}""",
            CaptionFileKind.JsonList,
            ["a.jpg|x|train", "b.jpg|y|val"]
        },
        {
            """{"a.jpg": "x", "b.jpg": ["y", "z"], "c.jpg": {"caption": "w", "tags": "t"}}""",
            CaptionFileKind.JsonMap,
            ["a.jpg|x|", "b.jpg|y|", "b.jpg|z|", "c.jpg|w|"]
        },
        {
            """
            {"file_name": "b.heic", "error": "is a HEIC photo"}
            {"id": 1, "file_name": "a.jpg", "text": "x"}
            {"id": 2, "file_name": "b.jpg", "text": ["y"], "split": "test"}
            """,
            CaptionFileKind.JsonLines,
            ["a.jpg|x|", "b.jpg|y|test"]
        },

        // The field that names a file names the photo; entries without captions follow one that has some.
        {
            """
            [{"url": "http://x/8.jpg", "image_id": "1.jpg", "caption": ["x"]}, {"image_id": "2.jpg"},
             {"image_id": 7, "url": "http://x/9.jpg", "caption": "y"}]
            """,
            CaptionFileKind.JsonList,
            ["1.jpg|x|", "http://x/9.jpg|y|"]
        },
        {
            """
            [{"image": "NaN \"I.jpg", "score": NaN, "caption": "x"}, {"image": "b.jpg", "caption": NaN, "n": Infinity}]
            """,
            CaptionFileKind.JsonList,
            ["NaN \"I.jpg|x|", "b.jpg||"]
        },
        {
            """{"image": "a.jpg", "caption": "Infinity", "n": NaN}""",
            CaptionFileKind.JsonLines,
            ["a.jpg|Infinity|"]
        },
        {
            """{"1": {"caption": "a dog", "tags": "t"}, "2": {"tags": "t"}}""",
            CaptionFileKind.JsonMap,
            ["1|a dog|"]
        },
        {
            """
            [{"id": "1", "image": "a.jpg", "conversations": [{"from": "human", "value": "What?"},
             {"from": "gpt", "value": "A dog."}]}]
            """,
            CaptionFileKind.JsonList,
            ["a.jpg|A dog.|"]
        },
        {
            """{"annotations": [{"image_id": "a1", "url": "http://x/a.jpg", "caption": "x"}]}""",
            CaptionFileKind.JsonList,
            ["http://x/a.jpg|x|"]
        },
        {
            """
            [{"filename": "a.jpg", "filepath": "x/", "caption": "c"},
             {"filename": "b.jpg", "filepath": "", "caption": "d"},
             {"filename": "c.jpg", "conversations": [{"from": "assistant", "value": "e"}]}]
            """,
            CaptionFileKind.JsonList,
            ["x/a.jpg|c|", "b.jpg|d|", "c.jpg|e|"]
        },

        // CSV: separators, headers, an index column, several captions, splits, quotes within text.
        { "image;caption\na.jpg;A dog, \"here\"\n", CaptionFileKind.Csv, ["a.jpg|A dog, \"here\"|"] },
        { "Image Path\tCaption\r\na.jpg\t\"A \"\"dog\"\"\"\r\n", CaptionFileKind.Csv, ["a.jpg|A \"dog\"|"] },
        { "image\tcaption\na.jpg\t\"Hi\", he said\n", CaptionFileKind.Csv, ["a.jpg|\"Hi\", he said|"] },
        {
            ",file_name,split,caption_0,caption_1\n0,a.jpg,train,x,y\n1,b.jpg,dev,z,\n",
            CaptionFileKind.Csv,
            ["a.jpg|x|train", "a.jpg|y|train", "b.jpg|z|val", "b.jpg||val"]
        },
        {
            "image_name| comment_number| comment\na.jpg| 0| A \" free hugs \" .\nb.jpg| 4   A dog .\n",
            CaptionFileKind.Csv,
            ["a.jpg|A \" free hugs \" .|", "b.jpg|A dog .|"]
        },
        {
            "image,caption\na.jpg,\"['a dog', \"\"it's\"\"]\"\nb.jpg,\"[\"\"x\"\", \"\"y\"\"]\"\nc.jpg,[z]\n",
            CaptionFileKind.Csv,
            ["a.jpg|a dog|", "a.jpg|it's|", "b.jpg|x|", "b.jpg|y|", "c.jpg|[z]|"]
        },
        { "\"a.jpg\",\"one; two\"\n\"b.jpg\",\"x | y\"\n", CaptionFileKind.Csv, ["a.jpg|one; two|", "b.jpg|x | y|"] },
        {
            "image,caption\na.jpg,\"['it\\'s', 'two\\nlines']\"\n",
            CaptionFileKind.Csv,
            ["a.jpg|it's|", "a.jpg|two\nlines|"]
        },
        { "image,caption,n\na.jpg,NaN,1\nb.jpg,x\n", CaptionFileKind.Csv, ["a.jpg||", "b.jpg|x|"] },
        { "A dog,a.jpg\nTwo,b.jpg\n\n,,\n", CaptionFileKind.Csv, ["a.jpg|A dog|", "b.jpg|Two|"] },
        { "a.jpg\tA dog, one\n", CaptionFileKind.Csv, ["a.jpg|A dog, one|"] },
    };

    public static TheoryData<string, string> BadFiles => new()
    {
        { "", "is empty; expected JSON (COCO" },
        { " \n\n", "is empty" },
        { "a dog runs", "line 1 has no comma" },
        { "[1]", "$[0] is the number 1; expected an object" },
        { "[{\"image\": \"a.jpg\", \"c\": 1}]", "$[0] names no caption; its fields are image, c" },
        { "[{\"caption\": \"a\", \"c\": 1}]", "$[0] names no photo; its fields are caption, c" },
        { "[]", "contains no caption" },
        { "{\"image\": {\"0\": \"a.jpg\"}, \"caption\": {\"0\": \"x\"}}", "JSON by columns, as pandas writes" },
        { "<html>", "is HTML or XML" },
        { "version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS" },
        { "{\"a\": 1}", "without an entry that names a photo and a caption" },
        { "{\"images\": 3}", "\"images\" must be a list" },
        { "{\"images\": [3]}", "images[0] is the number 3; expected an object" },
        { "{\"images\": [{\"id\": 1}]}", "images[0] names no photo; its fields are id" },
        {
            "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}, {\"id\": 1, \"file_name\": \"b\"}]}",
            "images[1].id is 1, which another photo has"
        },
        { "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}]}", "Left out: 1 images without a caption, such as a." },
        {
            "{\"images\": [],\n\"annotations\": [{\"image_id\": 2, \"caption\": \"c\"}]}",
            "1 annotations of images that are not in \"images\", such as annotations[0]"
        },
        {
            "{\"images\": [{\"id\": 1, \"file_name\": \"a\"}], \"annotations\": [{\"image_id\": 1, \"bbox\": [1]}]}",
            "contains no caption. Left out: 1 annotations without a caption"
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
            "{\"images\": [{\"filename\": \"a\", \"split\": \"ours\", \"sentences\": [{\"raw\": \"x\"}]}]}",
            "images[0].split is \"ours\""
        },
        {
            "{\"images\": [{\"filename\": \"a\", \"split\": \"val\", \"sentences\": [{\"tokens\": [\"x\", 1]}]}]}",
            "sentences[0].tokens[1] is the number 1"
        },
        { "a.jpg#0\tfine\na.jpg 1\tbad", "line 2 must be like" },
        { "a.jpg,b\n\nb.jpg,c,d", "line 3 has 3 fields; expected 2" },
        { "a.jpg,b\nb.jpg,c,d,e", "line 2 has 4 fields; expected 2" },
        { "[{\"image\": \"a\", \"conversations\": 3}]", "$[0] names no caption; its fields are image, conversations" },
        { "a.jpg,b\n,c", "line 2 has no file name" },
        { "a.jpg,\"b\nc", "line 1 has a quoted field that is never closed" },
        { "a.jpg,b\n\nc.jpg,\"d\ne", "line 3 has a quoted field that is never closed" },
        { "a.jpg,\"b\"c", "line 1 has text after the closing quote" },
        { "Bild;Text\na.jpg;x\n", "its columns are \"Bild\", \"Text\": say which are the photo's and the caption's" },
        { "0,a.jpg,x\n", "its columns are \"0\", \"a.jpg\", \"x\"" },
        { "image,caption,split\na.jpg,x,ours\n", "line 2: the split is \"ours\"" },
        { "{\"file\": \"a\", \"x\": \"b\"}\n{\"file\": \"a\"}", "line 1: $ names no caption" },
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
                    caption => $"{caption.Photo}|{caption.Text}|{caption.Split}"));
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
        Assert.Contains("is a folder without captions; expected photo.txt", Refusal(folder.Path));
        string path = folder.File("latin1.csv");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes("a.jpg,caf\u00e9\n"));
        Assert.Contains("is not text in UTF-8, or in the given encoding: line 1 (byte 0xE9)", Refusal(path));
        Assert.Contains("--encoding, such as windows-1252", Refusal(path), StringComparison.Ordinal);
    }

    public static TheoryData<byte[], string> Binaries => new()
    {
        { [.. "PK\x03\x04"u8, 0, 0], "a ZIP archive or a workbook (.xlsx)" },
        { [0xD0, 0xCF, 0x11, 0xE0], "an Excel workbook (.xls)" },
        { [.. "SQLite format 3\0"u8], "an SQLite database" },
        { [0x1F, 0x8B, 8, 0], "is compressed with gzip" },
        { [.. "PAR1PAR1"u8], "is a damaged or unsupported Parquet file" },
        { Encoding.Unicode.GetBytes("a.jpg,b\n"), "--encoding utf-16" },
        { [0x89, 1, 2, 0, 0, 0, 0], "is not a text file" },
    };

    [Theory]
    [MemberData(nameof(Binaries))]
    public void What_is_no_text_is_named(byte[] content, string said)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.csv");
        File.WriteAllBytes(path, content);
        Assert.Contains(said, Refusal(path), StringComparison.Ordinal);
    }

    /// <summary>Files of every encoding that says so itself, or that the user names.</summary>
    [Fact]
    public void Encodings_are_followed()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.csv");
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        string[] contents = ["image\tcaption\na.jpg\tcafé\n", """[{"image": "a.jpg", "text": "café"}]"""];
        foreach (string content in contents)
        {
            foreach (Encoding encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
            {
                File.WriteAllText(path, content, encoding);
                Assert.Equal("café", Assert.Single(CaptionFile.Read(path)).Text);
            }

            var western = Encoding.GetEncoding(1252);
            File.WriteAllText(path, content, western);
            var source = new CaptionSource(path, new CaptionFileOptions { Encoding = western }, new LeftOut());
            Assert.Equal("café", Assert.Single(CaptionFile.Read(source)).Text);
        }
    }

    [Fact]
    public void Columns_may_be_named_or_numbered()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.csv");
        string[] Read(string content, string photo, params string[] captions)
        {
            File.WriteAllText(path, content);
            var options = new CaptionFileOptions { PhotoColumn = photo, CaptionColumns = captions };
            return [.. CaptionFile.Read(new CaptionSource(path, options, new LeftOut())).Select(
                caption => $"{caption.Photo}|{caption.Text}")];
        }

        Assert.Equal(["a.jpg|x", "a.jpg|y"], Read("n;Bild;Text;Mehr\n1;a.jpg;x;y\n", "Bild", "Text", "Mehr"));
        Assert.Equal(["a.jpg|x", "b.jpg|y"], Read("1,a.jpg,x\n2,b.jpg,y\n", "2", "3"));
        Assert.Equal(["a.jpg|x"], Read("""[{"Bild": "a.jpg", "Text": "x", "caption": "no"}]""", "Bild", "Text"));
        Assert.Equal(["a.jpg|x"], Read("""{"Bild": "a.jpg", "Text": "x"}""", "Bild", "Text"));
        foreach ((string photo, string caption) in new[]
            { ("Bild", "caption"), ("image", "Text"), ("image", "3"), ("image", "0"), ("caption", "caption") })
        {
            Assert.Contains(
                "lacks a column that --photo-column or --caption-column names",
                Assert.Throws<DataException>(() => Read("image,caption\na.jpg,x\n", photo, caption)).Message);
        }

        foreach (string content in new[]
            { """[{"image": "a.jpg", "Text": "x"}]""", """[{"Bild": null, "Text": "x"}]""" })
        {
            Assert.Contains(
                "$[0] names no photo",
                Assert.Throws<DataException>(() => Read(content, "Bild", "Text")).Message);
        }
    }

    [Fact]
    public void A_CSV_record_of_millions_of_characters_is_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.csv");
        File.WriteAllText(path, "a.jpg,b\nc.jpg,\"" + new string('x', 3 << 20) + "\"\n");
        Assert.Contains("longer than", Refusal(path), StringComparison.Ordinal);
        byte[] latin = Encoding.Latin1.GetBytes($"a.jpg,{new string('b', 200_000)}\nc.jpg,caf\u00e9\n");
        File.WriteAllBytes(path, latin);
        Assert.Contains("is not text in UTF-8, or in the given encoding: line 2", Refusal(path));
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

    [Theory]
    [InlineData(Coco, 2)]
    [InlineData(
        """{"d": [{"image": "a.jpg", "caption": "x"}, {"image": "b.jpg", "caption": "y"}], "e": {"f": [1]}}""", 2)]
    public void The_buffer_may_end_anywhere(string content, int count)
    {
        const int buffer = 64 << 10;
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.json");
        string rest = content.TrimEnd()[1..];
        for (int length = buffer - rest.Length - 20; length < buffer; length++)
        {
            string pad = new('x', length), end = new(' ', 1 + (length % 9));
            File.WriteAllText(path, $"{{\"pad\": \"{pad}\", {rest}{end}");
            Assert.Equal(count, CaptionFile.Read(path).Count());
        }
    }

    [Theory]
    [InlineData("[{\"caption\": \"", "$ contains a value of more than 67108864 bytes")]
    [InlineData("{\"", "the object contains a value of more than 67108864 bytes")]
    public void Values_of_many_megabytes_are_refused(string start, string said)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("captions.json");
        File.WriteAllText(path, start + new string('x', 65 << 20));
        using FileStream stream = File.OpenRead(path);
        Assert.Contains(said, Assert.Throws<DataException>(() => new JsonItems(path, stream, []).Next()).Message);
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
