using System.Text.Json;
using ShowTell.Datasets;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class DataImportCommandTests
{
    [Fact]
    public async Task A_folder_of_photos_and_their_captions_become_a_dataset()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] line = Line(folder, folder.File("data"));
        string text = (await Command.RunAsync([.. line, "--min-count", "1"])).Succeeded().Output;
        Assert.Contains(
            "vocabulary: 7 tokens, markers included: those that occur at least once (--min-count)\n",
            text,
            StringComparison.Ordinal);
        Assert.Contains(
            "photos missing from the folder, left out: 7 (m1.jpg, m2.jpg, m3.jpg, m4.jpg, m5.jpg, ...)\n", text,
            StringComparison.Ordinal);
        Assert.Contains($"dataset: {folder.File("data")}\n", text, StringComparison.Ordinal);
        string info = (await Command.RunAsync("data", "info", folder.File("data"))).Succeeded().Output;
        Assert.Contains("7 words; no features of the photos yet: showtell features", info, StringComparison.Ordinal);
        (await Command.RunAsync("train", folder.File("data"), "--out", folder.File("m"))).Failed(
            "no features of their photos yet", "showtell features");
        (await Command.RunAsync(line)).Failed("already contains a dataset");

        JsonElement json = Assert.Single((await Command.RunAsync(
            [.. Line(folder, folder.File("sized")), "--vocabulary", "3", "--json"])).Succeeded().JsonLines);
        Assert.Equal("jsonLines", json.GetProperty("kind").GetString());
        Assert.Equal(7, json.GetProperty("words").GetInt32());
        Assert.Equal(7, json.GetProperty("missingPhotos").GetProperty("count").GetInt32());
        Assert.Equal(
            [3, 1],
            json.GetProperty("splits").EnumerateArray().Select(split => split.GetProperty("photos").GetInt32()));
    }

    [Fact]
    public async Task Mistakes_on_the_command_line_are_reported()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] line = Line(folder, folder.File("data"));
        (await Command.RunAsync([.. line, "--train-list", "x"])).Failed("--train-list needs --val-list");
        (await Command.RunAsync(
            [.. line, "--min-count", "2", "--vocabulary", "9"])).Failed("--min-count excludes --vocabulary");
        (await Command.RunAsync([.. line, "--val-fraction", "1"])).Failed("a number between 0 and 1");
        (await Command.RunAsync(line[..3])).Failed("--out is missing");
        (await Command.RunAsync([.. line, "--encoding", "klingon"])).Failed("--encoding is \"klingon\"");
        (await Command.RunAsync("data", "import")).Failed("CAPTIONS is missing");
        string file = folder.File("f.txt"), below = Path.Combine(file, "data");
        File.WriteAllText(file, "");
        (await Command.RunAsync(Line(folder, file))).Failed($"{file}: is a file; the name of a folder was expected");
        (await Command.RunAsync(Line(folder, below))).Failed($"{below}: cannot be written: {file} is a file");
        (await Command.RunAsync("demo", "--out", below)).Failed($"{below}: cannot be written: {file} is a file");
        (await Command.RunAsync(["data", "import", "", .. line[3..]])).Failed("CAPTIONS is empty");
        Assert.False(Directory.Exists(folder.File("data")));
    }

    [Fact]
    public async Task A_useless_vocabulary_is_refused_before_anything_is_written()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] line = Line(folder, folder.File("data"));
        (await Command.RunAsync([.. line, "--min-count", "9"])).Failed("100% of the words", "--min-count");
        (await Command.RunAsync([.. line, "--vocabulary", "1"])).Failed("67% of the words", "--vocabulary");
        (await Command.RunAsync([.. line, "--max-words", "2"])).Failed("no caption is left", "--max-words");
        Assert.False(Directory.Exists(folder.File("data")));

        string captions = folder.File("chinese.csv");
        string[] texts = ["一只狗在跑", "一只狗在睡觉", "两只猫在吃鱼", "猫在睡觉"];
        File.WriteAllLines(captions, texts.Select((text, i) => $"{"abcd"[i]}.jpg,{text}"));
        line = ["data", "import", captions, "--photos", folder.File("photos"), "--out", folder.File("data")];
        (await Command.RunAsync([.. line, "--min-count", "2"])).Failed("no spaces", "--tokens char");
        string text = (await Command.RunAsync([.. line, "--tokens", "char"])).Succeeded().Output;
        Assert.DoesNotContain("left out", text[text.IndexOf("vocabulary", StringComparison.Ordinal)..]);
        Assert.Contains("狗", DatasetManifest.Load(folder.File("data")).Vocabulary);
    }

    private static string[] Line(TemporaryFolder folder, string data)
    {
        string captions = folder.File("captions.txt");
        Directory.CreateDirectory(folder.File("photos"));
        string[] photos = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"];
        foreach (string photo in photos)
        {
            File.WriteAllText(Path.Combine(folder.File("photos"), photo), "");
        }

        IEnumerable<string> missing = Enumerable.Range(1, 7).Select(i => $"m{i}.jpg");
        File.WriteAllLines(
            captions, photos.Concat(missing).Select(photo => $$"""{"file": "{{photo}}", "caption": "A dog runs."}"""));
        return ["data", "import", captions, "--photos", folder.File("photos"), "--out", data];
    }
}
