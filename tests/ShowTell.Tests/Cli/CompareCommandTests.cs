using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class CompareCommandTests
{
    private static readonly string[] s_fast = ["--bootstrap", "50", "--rounds", "99"];

    [Fact]
    public async Task Models_have_the_scores_that_evaluate_prints_and_their_differences()
    {
        using var tiny = new TinyFolder();
        string[] models =
        [
            await tiny.TrainAsync("a.safetensors"),
            await tiny.TrainAsync("b.safetensors", "--seed", "7", "--lr", "0.02"),
        ];
        JsonElement all = Assert.Single((await Command.RunAsync(
            ["compare", .. models, tiny.Data, "--json", "--beam", "2", "--count", "2", .. s_fast])).Succeeded()
            .JsonLines);
        var each = new List<JsonElement>();
        foreach ((int i, string model) in models.Index())
        {
            JsonElement expected = Assert.Single((await Command.RunAsync(
                "evaluate", model, tiny.Data, "--json", "--beam", "2", "--bootstrap", "50")).Succeeded().JsonLines);
            JsonElement found = all.GetProperty("systems")[i];
            each.Add(expected);
            Assert.Equal(i == 0 ? "a" : "b", found.GetProperty("name").GetString());
            Assert.Equal(8, found.GetProperty("images").GetInt32());
            Assert.All(Scores(expected), score => Assert.Equal(
                expected.GetProperty(score).GetDouble(), found.GetProperty(score).GetDouble(), 1e-12));
            Assert.Equal(
                expected.GetProperty("intervals").GetProperty("CIDEr").Numbers(),
                found.GetProperty("intervals").GetProperty("CIDEr").Numbers(), (x, y) => Math.Abs(x - y) < 1e-12);
            Assert.Contains("|p:randomization99,seed231|decoding:beam2", found.GetProperty("signature").GetString());
        }

        JsonElement comparison = Assert.Single(all.GetProperty("comparisons").EnumerateArray());
        Assert.All(Scores(each[0]).Where(score => score is not ("Bleu_3" or "Bleu_4")), score =>
        {
            JsonElement difference = comparison.GetProperty("differences").GetProperty(score);
            Assert.Equal(
                each[1].GetProperty(score).GetDouble() - each[0].GetProperty(score).GetDouble(),
                difference.GetProperty("difference").GetDouble(), 2e-4);
            Assert.InRange(difference.GetProperty("p").GetDouble(), 0.01, 1);
            Assert.Equal(8, new[] { "wins", "losses", "ties" }.Sum(name => difference.GetProperty(name).GetInt32()));
        });
        Assert.All(comparison.GetProperty("photos").EnumerateArray(), photo =>
        {
            Assert.StartsWith("photo-", photo.GetProperty("image").GetString(), StringComparison.Ordinal);
            Assert.Equal(2, photo.GetProperty("references").GetArrayLength());
            Assert.NotEqual(
                photo.GetProperty("captions")[0].GetProperty("CIDEr").GetDouble(),
                photo.GetProperty("captions")[1].GetProperty("CIDEr").GetDouble());
        });
    }

    [Fact]
    public async Task A_model_does_not_differ_from_itself()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        string text = (await Command.RunAsync(["compare", model, model, tiny.Data, .. s_fast])).Succeeded().Output;
        Assert.Equal(7, Regex.Count(text, @" 0\.0000 +0\.0000 to 0\.0000 +1\.0000 "));
        Assert.Contains("ties 8\n", text, StringComparison.Ordinal);
        Assert.Contains("images: 8 of val, in ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Models_of_different_features_caption_the_same_photos()
    {
        using var pile = new PhotoPile();
        string captions = pile.File("captions.csv"), data = pile.File("data");
        File.WriteAllLines(
            captions, PhotoPile.Names.Select((name, i) => $"{name},a {(i % 2 == 0 ? "cat" : "dog")} runs"));
        string[] models = [pile.File("pooled.safetensors"), pile.File("grid.safetensors")];
        foreach ((string model, string[] more) in models.Zip((string[][])[[], ["--architecture", "attention"]]))
        {
            (await Command.RunAsync(
            [
                "train", pile.Photos, "--captions", captions, "--backbone", pile.Network, "--out", model, "--data",
                data, "--min-count", "1", "--val-fraction", "0.3", "--hidden", "16", "--wordvec", "8", "--batch", "6",
                "--epochs", "2", .. more.Length > 0 ? ["--grid", "2", .. more] : more,
            ])).Succeeded();
        }

        JsonElement all = Assert.Single((await Command.RunAsync(
            ["compare", .. models, data, "--json", .. s_fast])).Succeeded().JsonLines);
        Assert.Equal(
            ["pooled", "grid"],
            all.GetProperty("systems").EnumerateArray().Select(system => system.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task The_page_shows_scores_differences_and_photos()
    {
        using var tiny = new TinyFolder();
        string a = await tiny.TrainAsync("a.safetensors"), b = await tiny.TrainAsync("b.safetensors", "--seed", "7"),
            c = await tiny.TrainAsync("<c>.safetensors", "--lr", "0.05"), page = tiny.File("page.html");
        string text = (await Command.RunAsync(
            ["compare", a, b, c, tiny.Data, "--html", page, "--photos", tiny.Images, .. s_fast])).Succeeded().Output;
        Assert.EndsWith($"page: {page}\n", text, StringComparison.Ordinal);
        string html = File.ReadAllText(page);
        DataCommandTests.AssertSelfContained(html);
        XElement root = XDocument.Parse(html.Replace("<!doctype html>", "", StringComparison.Ordinal)).Root!;
        Assert.Equal("a and b and <c>", root.Descendants("h1").Single().Value);
        Assert.Equal(
            ["Scores", "b against a", "<c> against a"], root.Descendants("h2").Select(heading => heading.Value));
        Assert.Equal(7 * 3, root.Descendants("tbody").Elements("tr").Count());
        Assert.Equal(2 * 7, Regex.Count(html, "<circle class=\"dot\""));
        Assert.All(root.Descendants("article"), photo =>
        {
            Assert.StartsWith("data:image/png", photo.Element("img")!.Attribute("src")!.Value);
            Assert.Equal("References", photo.Descendants("h4").Last().Value);
        });
        int shown = Regex.Count(text, "^photo-", RegexOptions.Multiline);
        Assert.Equal(shown, root.Descendants("article").Count());
        Assert.True(shown > 0);
    }

    [Fact]
    public async Task Files_of_captions_are_compared_as_score_reads_them()
    {
        using var tiny = new TinyFolder();
        string[] names = [.. Enumerable.Range(0, 6).Select(i => $"p/{i}.jpg")];
        string Write(string file, Func<int, string> caption)
        {
            File.WriteAllLines(tiny.File(file), names.Select((name, i) => $"{name}\t{caption(i)}"));
            return tiny.File(file);
        }

        string references = Write("refs.tsv", i => $"a red dog number {i} runs");
        string good = Write("good.tsv", i => $"a red dog number {i} runs");
        string bad = Write("bad.tsv", i => $"two cats {i}");
        string json = tiny.File("good.json");
        File.WriteAllText(json, JsonSerializer.Serialize(names.Select(
            (name, i) => new { image = name[2..], caption = $"a red dog number {i} runs" })));
        JsonElement all = Assert.Single((await Command.RunAsync(
            ["compare", bad, json, "--references", references, "--json", "--bootstrap", "50", "--rounds", "9999"]))
            .Succeeded().JsonLines);
        JsonElement rouge = all.GetProperty("comparisons")[0].GetProperty("differences").GetProperty("ROUGE_L");
        Assert.Equal(6, rouge.GetProperty("wins").GetInt32());

        // Only the two of 2^6 ways to swap that swap all or none differ as much.
        Assert.Equal(2 / 64.0, rouge.GetProperty("p").GetDouble(), 0.01);
        string page = tiny.File("page.html");
        (await Command.RunAsync(["compare", good, bad, "--references", references, "--html", page, .. s_fast]))
            .Succeeded();
        Assert.Contains("no picture available", File.ReadAllText(page), StringComparison.Ordinal);
        (await Command.RunAsync("compare", good, bad, "--references", references, "--beam", "3")).Failed(
            "--beam says how models caption a dataset");
        (await Command.RunAsync("compare", good, "--references", references)).Failed("is the only file of captions");
        (await Command.RunAsync("compare", good, bad)).Failed("is not a model file", "--references");
        File.WriteAllText(tiny.File("less.tsv"), $"{names[0]}\ta dog\n");
        (await Command.RunAsync("compare", good, tiny.File("less.tsv"), "--references", references)).Failed(
            "less.tsv: 5 images (p/1.jpg", "captions of the same images");
    }

    [Fact]
    public async Task Mistakes_are_reported()
    {
        using var tiny = new TinyFolder();
        using var other = new TinyFolder(["cow", "pig", "hen", "goat"]);
        string a = await tiny.TrainAsync("a.safetensors"), page = tiny.File("page.html");
        (await Command.RunAsync("compare")).Failed("MODEL|CAPTIONS|DATASET is missing");
        (await Command.RunAsync("compare", a, tiny.Data)).Failed("At least two models and then DATASET");
        (await Command.RunAsync("compare", a, a, a)).Failed("At least two models and then DATASET");
        (await Command.RunAsync("compare", a, "x.safetensors", tiny.Data)).Failed("there is no such model file");
        (await Command.RunAsync("compare", "x", "y", tiny.Data)).Failed("x: there is no such model file");
        (await Command.RunAsync("compare", a, a, other.Data)).Failed("another vocabulary");
        (await Command.RunAsync("compare", a, a, tiny.Data, "--rounds", "0")).Failed("--rounds is \"0\"");
        (await Command.RunAsync("compare", a, a, tiny.Data, "--split", "test")).Failed("has no split \"test\"");
        (await Command.RunAsync("compare", a, a, tiny.Data, "--offline")).Failed("--offline needs --html");
        (await Command.RunAsync("compare", a, a, tiny.Data, "--html", a)).Failed("is no page");
        (await Command.RunAsync("compare", a, a, tiny.Data, "--ensemble", a)).Failed("no option \"--ensemble\"");
        Assert.False(File.Exists(page));
    }

    private static IEnumerable<string> Scores(JsonElement scores) => scores.EnumerateObject()
        .TakeWhile(score => score.Name != "intervals").Select(score => score.Name);
}
