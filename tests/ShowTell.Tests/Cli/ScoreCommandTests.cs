using System.Text.Json;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class ScoreCommandTests
{
    private const string Results = """
        [{"image_id": 7, "caption": "A dog runs on the grass."}, {"image_id": 9, "caption": "Two cats with a"}]
        """;

    private const string References = """
        {"images": [{"id": 7, "file_name": "7.jpg"}, {"id": 9, "file_name": "9.jpg"},
                    {"id": 10, "file_name": "10.jpg"}],
         "annotations": [{"image_id": 7, "caption": "the dog runs on grass"},
                         {"image_id": 9, "caption": "two cats on a mat"},
                         {"image_id": 9, "caption": "cats lie around"}, {"image_id": 10, "caption": "a horse"}]}
        """;

    /// <summary>The captions and scores of <c>tests/golden/caption_scores.py</c>.</summary>
    [Fact]
    public async Task The_scores_are_those_of_the_papers_equations()
    {
        using TemporaryFolder folder = TestData.Temporary();
        JsonElement golden = GoldenFile.Read("caption_scores");
        (int Image, JsonElement Captions)[] images = [.. golden.GetProperty("captions").EnumerateArray().Index()];
        string candidates = string.Join(",\n", images.Select(image => Json(image.Image, image.Captions[0])));
        string references = string.Join(",\n", images.SelectMany(
            image => image.Captions.EnumerateArray().Skip(1).Select(caption => Json(image.Image, caption))));
        string[] line = Line(folder, $"[{candidates}]", $$"""{"images": [], "annotations": [{{references}}]}""");
        JsonElement json = Assert.Single(
            (await Command.RunAsync([.. line, "--json", "--bootstrap", "20"])).Succeeded().JsonLines);
        foreach (string score in (string[])["Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "ROUGE_L", "CIDEr"])
        {
            Assert.Equal(
                golden.GetProperty("scores").GetProperty(score).GetDouble(), json.GetProperty(score).GetDouble(), 1e-9);
        }

        Assert.Equal(
            (81, 84), (json.GetProperty("candidateLength").GetInt32(), json.GetProperty("referenceLength").GetInt32()));
        Assert.Equal(2, json.GetProperty("intervals").GetProperty("CIDEr").GetArrayLength());

        static string Json(int image, JsonElement caption) =>
            $$"""{"image_id": {{image}}, "caption": {{caption.GetRawText()}}}""";
    }

    [Fact]
    public async Task Files_of_results_replace_only_such()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), photo = Directory.GetFiles(tiny.Images)[0];
        string results = tiny.File("results.json"), each = tiny.File("each.jsonl");
        byte[] before = File.ReadAllBytes(model);
        const string Said = "is no file of results, and would be replaced by one. Choose another name";
        (await Command.RunAsync("evaluate", model, tiny.Data, "--results", model)).Failed(model, Said);
        (await Command.RunAsync("evaluate", model, tiny.Data, "--per-image", photo)).Failed(photo, Said);
        using TemporaryFolder folder = TestData.Temporary();
        string[] line = Line(folder, Results, References);
        (await Command.RunAsync([.. line, "--per-image", photo])).Failed(photo, Said);
        (await Command.RunAsync([.. line, "--train-captions", line[^1], "--write-document-frequencies", model]))
            .Failed(model, Said);
        Assert.Equal(before, File.ReadAllBytes(model));
        Assert.Equal(Reporting.TestPictures.Png, File.ReadAllBytes(photo));
        File.WriteAllText(each, "");
        for (int i = 0; i < 2; i++)
        {
            (await Command.RunAsync(
                "evaluate", model, tiny.Data, "--results", results, "--per-image", each, "--bootstrap", "1"))
                .Succeeded();
            Assert.StartsWith("[{", File.ReadAllText(results), StringComparison.Ordinal);
            Assert.StartsWith("{\"", File.ReadAllText(each), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task People_get_a_table_and_files_get_the_scores_of_each_image()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] line = Line(folder, Results, References);
        string train = folder.File("train.tsv");
        File.WriteAllText(train, "1\ttwo cats with a\n2\ta dog\n2\tthe dog\n");
        string text = (await Command.RunAsync(
            [.. line, "--per-image", folder.File("each.jsonl"), "--train-captions", train, "--bootstrap", "10"]))
            .Succeeded().Output;
        Assert.Contains("ROUGE-L", text, StringComparison.Ordinal);
        Assert.Contains("images: 2 (those of the candidates)", text, StringComparison.Ordinal);
        Assert.Contains("incomplete captions (\"... with a\"): 50.0%\n", text, StringComparison.Ordinal);
        Assert.Contains("captions copied from the training set: 50.0%\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "|tok:ptb-coco|refs:1-2|images:2|df:references|ci:bootstrap10,seed231|", text, StringComparison.Ordinal);

        JsonElement[] each =
            [.. File.ReadAllLines(folder.File("each.jsonl")).Select(item => JsonDocument.Parse(item).RootElement)];
        Assert.Equal([7, 9], each.Select(item => item.GetProperty("image_id").GetInt32()));
        Assert.Equal("Two cats with a", each[1].GetProperty("caption").GetString());
        Assert.InRange(each[0].GetProperty("ROUGE_L").GetDouble(), 0.5, 1);
    }

    [Fact]
    public async Task Frozen_frequencies_are_written_and_read()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] line = [.. Line(folder, Results, References), "--json", "--bootstrap", "1"];
        File.WriteAllText(folder.File("train.tsv"), "1\ttwo cats on a mat\n2\ta dog runs\n3\tthe dog runs\n");
        string frequencies = folder.File("df.json");
        JsonElement written = Assert.Single((await Command.RunAsync(
            [.. line, "--train-captions", folder.File("train.tsv"), "--write-document-frequencies", frequencies]))
            .Succeeded().JsonLines);
        JsonElement read = Assert.Single(
            (await Command.RunAsync([.. line, "--document-frequencies", frequencies])).Succeeded().JsonLines);
        Assert.Equal(written.GetProperty("CIDEr").GetDouble(), read.GetProperty("CIDEr").GetDouble(), 1e-12);
        Assert.Contains("|df:frozen(3)|", read.GetProperty("signature").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_by_file_name_go_with_all_kinds_of_references()
    {
        using TemporaryFolder folder = TestData.Temporary();
        const string Mine = """
            {"file": "7.jpg", "caption": "a dog runs"}
            {"file": "9.jpg", "caption": "two cats"}
            """;
        string[] all =
        [
            References,
            "file,caption\n7.jpg,the dog runs on grass\n9.jpg,two cats on a mat\n9.jpg,cats lie around\n",
            "7.jpg#0\tthe dog runs on grass\n9.jpg#0\ttwo cats on a mat\n9.jpg#1\tcats lie around\n",
            "7.jpg\tthe dog runs on grass\n9.jpg\ttwo cats on a mat\n9.jpg\tcats lie around\n",
        ];
        double? expected = null;
        foreach (string references in all)
        {
            JsonElement json = Assert.Single((await Command.RunAsync(
                [.. Line(folder, Mine, references), "--json", "--bootstrap", "1"])).Succeeded().JsonLines);
            double score = json.GetProperty("ROUGE_L").GetDouble();
            Assert.Equal(expected ?? score, score, 1e-12);
            expected = score;
        }

        await Command.RunAsync(
            [.. Line(folder, Mine, all[1]), "--per-image", folder.File("each.jsonl"), "--bootstrap", "1"]);
        Assert.StartsWith(
            "{\"file\":\"7.jpg\",\"caption\":\"a dog runs\",\"Bleu_1\":", File.ReadAllText(folder.File("each.jsonl")),
            StringComparison.Ordinal);
    }

    /// <summary><c>caption --json</c> names photos as they were given, with their folders.</summary>
    [Theory]
    [InlineData("photos/7.jpg", "7.jpg")]
    [InlineData("7.jpg", "train/7.jpg")]
    [InlineData(@"C:\\mine\\7.jpg", "mine/7.jpg")]
    [InlineData("https://example.org/a/7.jpg", "a/7.jpg")]
    public async Task A_name_that_is_the_end_of_another_at_a_slash_is_the_same_photo(string mine, string theirs)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] line = Line(
            folder, $$"""{"file": "{{mine}}", "caption": "a dog runs", "logProbability": -1.5}""",
            $"file,caption\n17.jpg,a horse\n{theirs},a dog runs\n");
        JsonElement json = Assert.Single(
            (await Command.RunAsync([.. line, "--json", "--bootstrap", "1"])).Succeeded().JsonLines);
        Assert.Equal(1, json.GetProperty("ROUGE_L").GetDouble(), 1e-12);
    }

    [Theory]
    [InlineData("7.jpg", "a/7.jpg", "b/7.jpg", "7.jpg could be a/7.jpg or b/7.jpg")]
    [InlineData("a/7.jpg", "7.jpg", "b/a/7.jpg", "a/7.jpg could be 7.jpg or b/a/7.jpg")]
    [InlineData("17.jpg", "7.jpg", "a/7.jpg", "1 image (17.jpg) has no reference")]
    public async Task A_name_without_a_single_reference_is_refused(
        string mine, string one, string other, string said)
    {
        using TemporaryFolder folder = TestData.Temporary();
        (await Command.RunAsync(Line(
            folder, $$"""{"file": "{{mine}}", "caption": "a dog"}""", $"file,caption\n{one},a dog\n{other},a cat\n")))
            .Failed(said);
    }

    [Fact]
    public async Task Two_names_of_one_photo_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        const string Mine = """
            {"file": "a/7.jpg", "caption": "a dog"}
            {"file": "b/7.jpg", "caption": "a cat"}
            """;
        (await Command.RunAsync(Line(folder, Mine, "file,caption\n7.jpg,a dog\n")))
            .Failed("7.jpg matches both a/7.jpg and b/7.jpg");
    }

    /// <summary><c>caption --json</c> says of a photo that it cannot read what is wrong.</summary>
    [Fact]
    public async Task Candidates_that_are_errors_are_counted_and_named()
    {
        using TemporaryFolder folder = TestData.Temporary();
        const string Error = """{"file": "b.heic", "error": "is a HEIC photo."}""";
        string[] line = [.. Line(
            folder, Error + "\n" + """{"file": "7.jpg", "caption": "the dog runs on grass"}""", References),
            "--bootstrap", "1"];
        string text = (await Command.RunAsync(line)).Succeeded().Output;
        Assert.Contains("images: 1 (those of the candidates)", text, StringComparison.Ordinal);
        Assert.Contains("\n1 candidate is an error: b.heic: is a HEIC photo.\n", text, StringComparison.Ordinal);
        JsonElement json = Assert.Single((await Command.RunAsync([.. line, "--json"])).Succeeded().JsonLines);
        Assert.Equal(1, json.GetProperty("ROUGE_L").GetDouble(), 1e-12);
        Assert.Equal("b.heic: is a HEIC photo.", json.GetProperty("errors")[0].GetString());

        (await Command.RunAsync(Line(folder, $"{Error}\n{Error}", References))).Failed(
            "results.json: contains no caption to score; 2 candidates are errors: b.heic: is a HEIC photo.; b.heic");
        (await Command.RunAsync(Line(folder, $$"""{{Error}}{{"\n"}}{"file": "7.jpg"}""", References))).Failed(
            "line 2: $ names no caption");
        (await Command.RunAsync(Line(folder, $"{Error}\n{{", References))).Failed("line 2 is not valid JSON");
    }

    /// <summary>All formats of imports are read; a list is of COCO's results only if it names images by their ids.
    /// </summary>
    [Theory]
    [InlineData("""[{"image": "7.jpg", "caption": ["a dog", "the dog runs on grass"]}]""")]
    [InlineData("""[{"image_id": 3, "file_name": "7.jpg", "caption": "the dog runs on grass"}]""")]
    [InlineData("""[{"image_id": "7.jpg", "caption": ["the dog runs on grass"]}]""")]
    [InlineData("""[{"image_id": "7.jpg", "captions": ["the dog runs on grass"]}]""")]
    [InlineData("""{"val": [{"image": "7.jpg", "caption": "the dog runs on grass"}]}""")]
    [InlineData("""{"7.jpg": ["the dog runs on grass"]}""")]
    [InlineData("file\tcaption\tcaption\n7.jpg\ta dog\tthe dog runs on grass\n")]
    public async Task References_may_be_in_any_format_of_imports(string references)
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string mine in (string[])
            [
                """[{"file": "7.jpg", "caption": "the dog runs on grass"}]""",
                """[{"image": "7.jpg", "caption": "the dog runs on grass"}]""",
                """[{"image_id": "7.jpg", "caption": "the dog runs on grass"}]""",
            ])
        {
            JsonElement json = Assert.Single((await Command.RunAsync(
                [.. Line(folder, mine, references), "--json", "--bootstrap", "1"])).Succeeded().JsonLines);
            Assert.Equal(1, json.GetProperty("ROUGE_L").GetDouble(), 1e-12);
        }
    }

    [Fact]
    public async Task A_folder_of_photos_with_texts_is_a_source_of_references()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string photos = Directory.CreateDirectory(folder.File("photos")).FullName;
        File.WriteAllBytes(Path.Combine(photos, "7.jpg"), []);
        File.WriteAllText(Path.Combine(photos, "7.txt"), "a dog runs");
        string[] line = Line(folder, """{"file": "7.jpg", "caption": "a dog runs"}""", References);
        JsonElement json = Assert.Single((await Command.RunAsync(
            [.. line[..^1], photos, "--json", "--bootstrap", "1"])).Succeeded().JsonLines);
        Assert.Equal(1, json.GetProperty("ROUGE_L").GetDouble(), 1e-12);
    }

    [Fact]
    public async Task References_without_words_are_left_out_and_counted()
    {
        using TemporaryFolder folder = TestData.Temporary();
        const string Mine = "file,caption\n7.jpg,the dog runs on grass\n9.jpg,two cats on a mat\n";
        string[] all =
        [
            "file,caption\n7.jpg,the dog runs on grass\n9.jpg,two cats on a mat\n",
            "file,caption1,caption2\n7.jpg,the dog runs on grass,\n9.jpg,two cats on a mat,.\n",
        ];
        foreach ((int i, string references) in all.Index())
        {
            string[] line = [.. Line(folder, Mine, references), "--bootstrap", "1"];
            JsonElement json = Assert.Single((await Command.RunAsync([.. line, "--json"])).Succeeded().JsonLines);
            Assert.Equal(10, json.GetProperty("CIDEr").GetDouble(), 1e-9);
            Assert.Equal(2 * i, json.GetProperty("emptyReferences").GetInt32());
            Assert.Contains("|refs:1|", json.GetProperty("signature").GetString(), StringComparison.Ordinal);
            string text = (await Command.RunAsync(line)).Succeeded().Output;
            Assert.Equal(
                i == 1, text.Contains("\nreferences without words, left out: 2\n", StringComparison.Ordinal));
        }

        (await Command.RunAsync(Line(folder, Mine, "file,caption\n7.jpg,a dog\n9.jpg,\n"))).Failed(
            "1 image (9.jpg) has no reference with words");
    }

    [Theory]
    [InlineData(
        """[{"image_id": 7, "caption": "x"}, {"image_id": 70, "caption": "y"}]""", "1 image (70) has no reference")]
    [InlineData(
        """[{"image_id": 7, "caption": "x"}, {"image_id": 7, "caption": "y"}]""",
        "1 image (7) has more than one caption")]
    [InlineData("""[{"image_id": 7}]""", "$[0].caption is missing")]
    [InlineData("""[{"caption": "x"}]""", "$[0].image_id must be a number or a string")]
    [InlineData("""[{"image_id": 7, "caption": 3}]""", "$[0].caption is the number 3")]
    [InlineData("""[{"image_id": 7, """, "is not valid JSON")]
    [InlineData("[]", "contains no caption")]
    [InlineData("[3]", "$[0] is the number 3; expected an object")]
    [InlineData("", "is empty")]
    public async Task Bad_candidates_are_refused(string results, string said)
    {
        using TemporaryFolder folder = TestData.Temporary();
        (await Command.RunAsync(Line(folder, results, References))).Failed("results.json", said);
    }

    [Fact]
    public async Task Mistakes_on_the_command_line_are_reported()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] line = Line(folder, Results, References);
        (await Command.RunAsync("score")).Failed("--candidates is missing");
        (await Command.RunAsync(line[..3])).Failed("--references is missing");
        (await Command.RunAsync("score", "--candidates", "nowhere.json", "--references", "x")).Failed(
            "nowhere.json: there is no such file");
        (await Command.RunAsync([.. line, "--bootstrap", "0"])).Failed("--bootstrap is \"0\"");
        (await Command.RunAsync([.. line, "--write-document-frequencies", "x"])).Failed("needs --train-captions");
        (await Command.RunAsync([.. line, "--document-frequencies", line[2]])).Failed("no document frequencies");
        (await Command.RunAsync([.. line, "--per-image", folder.Path])).Failed("is a folder");
        Assert.Contains(
            "showtell score --candidates results.json", (await Command.RunAsync("score", "--help")).Succeeded().Output,
            StringComparison.Ordinal);
    }

    private static string[] Line(TemporaryFolder folder, string candidates, string references)
    {
        File.WriteAllText(folder.File("results.json"), candidates);
        File.WriteAllText(folder.File("references.json"), references);
        return ["score", "--candidates", folder.File("results.json"), "--references", folder.File("references.json")];
    }
}
