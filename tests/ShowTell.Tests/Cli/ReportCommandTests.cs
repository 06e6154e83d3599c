using System.Text.RegularExpressions;
using System.Xml.Linq;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class ReportCommandTests
{
    [Fact]
    public async Task A_model_has_a_page_with_its_log()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), page = tiny.File("report.html");
        CommandResult result = (await Command.RunAsync(
            "report", model, tiny.Data, "--out", page, "--photos", tiny.Images, "--bootstrap", "10", "--count",
            "2")).Succeeded();
        Assert.EndsWith($"\npage: {page}\n", result.Output, StringComparison.Ordinal);
        string html = Read(page);
        XElement root = Parse(html);
        Assert.Equal("m", root.Descendants("h1").Single().Value);
        Assert.Contains("|decoding:beam3,length-penalty0.7,max5,without1words|", html, StringComparison.Ordinal);
        Assert.Contains("Loss per caption", html, StringComparison.Ordinal);
        Assert.Contains("3 epochs, 12 iterations", html, StringComparison.Ordinal);
        Assert.Equal(6, root.Descendants("article").Count());
        Assert.Equal(6, Regex.Count(html, "<img src=\"data:image/png"));
        Assert.Contains("the model has no attention", html, StringComparison.Ordinal);
        Assert.Contains("href=\"http://example.com/photo-", html, StringComparison.Ordinal);

        string scored = (await Command.RunAsync(
            "evaluate", model, tiny.Data, "--beam", "3", "--bootstrap", "10")).Succeeded().Output;
        string cider = Regex.Match(scored, @"CIDEr-D\s+([\d.]+)").Groups[1].Value;
        Assert.Contains($"<th scope=\"row\">CIDEr-D</th><td>{cider}</td>", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_folder_names_the_model_and_a_model_without_log_is_no_error()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), log = tiny.File("m-log"),
            page = tiny.File("report.html");
        string[] rest = [tiny.Data, "--out", page, "--offline", "--bootstrap", "1"];
        (await Command.RunAsync(["report", log + "/", .. rest])).Succeeded();
        Assert.Contains("12 iterations", Read(page), StringComparison.Ordinal);
        Assert.Contains("no picture available", Read(page), StringComparison.Ordinal);

        Directory.Move(log, tiny.File("elsewhere"));
        (await Command.RunAsync(["report", model, .. rest])).Succeeded();
        Assert.Contains("no training log", Read(page), StringComparison.Ordinal);
        (await Command.RunAsync(["report", model, .. rest, "--log", tiny.File("elsewhere")])).Succeeded();
        Assert.Contains("12 iterations", Read(page), StringComparison.Ordinal);

        (await Command.RunAsync(["report", tiny.File("elsewhere"), .. rest])).Failed(
            "its model is not beside it", "--log");
        (await Command.RunAsync(["report", tiny.Images, .. rest])).Failed("without metrics.jsonl");
        File.AppendAllText(Path.Combine(tiny.File("elsewhere"), "metrics.jsonl"), "x\n");
        string before = Read(page);
        (await Command.RunAsync(["report", model, .. rest, "--log", tiny.File("elsewhere")])).Failed(
            "metrics.jsonl, line 13: ");
        Assert.Equal(before, Read(page));
    }

    [Fact]
    public async Task Models_of_characters_and_drawn_words_have_pages_too()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors", "--tokens", "char"), page = tiny.File("report.html");
        (await Command.RunAsync(
            "report", model, tiny.Data, "--out", page, "--offline", "--bootstrap", "1", "--temperature", "1", "--split",
            "train", "--limit", "5"))
            .Succeeded();
        Assert.Contains("|decoding:drawn,temperature1,", Read(page), StringComparison.Ordinal);
        Assert.Contains("<p>The run had only ", Read(page), StringComparison.Ordinal);
        Assert.Contains("5 train images of tiny", Read(page), StringComparison.Ordinal);
        Parse(Read(page));
    }

    [Fact]
    public async Task Mistakes_are_reported()
    {
        using var tiny = new TinyFolder();
        using var other = new TinyFolder(["cow", "pig", "hen", "goat"]);
        string model = await tiny.TrainAsync("m.safetensors"), page = tiny.File("report.html");
        string[] line = ["report", model, tiny.Data, "--out", page];
        (await Command.RunAsync("report", model, tiny.Data)).Failed("--out is missing");
        (await Command.RunAsync("report", "nowhere", tiny.Data, "--out", page)).Failed(
            "nowhere: there is no such model file");
        (await Command.RunAsync("report", model, other.Data, "--out", page)).Failed("another vocabulary");
        (await Command.RunAsync([.. line, "--backbone", "nowhere"])).Failed(
            "--backbone is \"nowhere\"", "no such file");
        (await Command.RunAsync([.. line, "--backbone", model])).Failed(model, "backbone");
        (await Command.RunAsync([.. line, "--photos", "nowhere"])).Failed("--photos is \"nowhere\"", "no such folder");
        (await Command.RunAsync([.. line, "--log", "nowhere"])).Failed("--log is \"nowhere\"", "no such folder");
        (await Command.RunAsync([.. line, "--count", "0"])).Failed("--count is \"0\"");
        (await Command.RunAsync([.. line, "--beam", "3", "--temperature", "1"])).Failed("beam");
        (await Command.RunAsync("report", model, tiny.Data, "--out", tiny.Images)).Failed("is a folder");
        Assert.False(File.Exists(page));
    }

    [Fact]
    public async Task Attention_has_maps_of_its_own_and_the_network_adds_others()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors"), page = pile.File("report.html");
        (await Train(pile, model, "--architecture", "attention", "--grid", "2")).Succeeded();
        string[] line =
        [
            "report", model, pile.File("m-data"), "--out", page, "--count", "1", "--bootstrap", "1", "--split", "train",
            "--min-words", "2",
        ];
        (await Command.RunAsync(line)).Succeeded();
        XElement[] photos = [.. Parse(Read(page)).Descendants("article")];
        Assert.Equal(3, photos.Length);
        foreach (XElement photo in photos)
        {
            string caption = photo.Descendants("p").First().Value;
            Assert.Equal(
                ["the picture", .. caption.Split(' ', StringSplitOptions.RemoveEmptyEntries), "(end)"],
                photo.Descendants("figcaption").Select(words => words.Element("b")!.Value));
        }

        (await Command.RunAsync([.. line, "--backbone", pile.Network])).Succeeded();
        Assert.All(Parse(Read(page)).Descendants("article"), photo => Assert.Equal(
            ["Attention, word by word", "Occlusion, word by word"],
            photo.Descendants("summary").Select(title => title.Value)));
    }

    [Fact]
    public async Task Without_attention_the_network_tells_what_words_rest_on()
    {
        using var pile = new PhotoPile();
        string model = pile.File("m.safetensors"), page = pile.File("report.html");
        (await Train(pile, model)).Succeeded();
        string[] line =
        [
            "report", model, pile.File("m-data"), "--out", page, "--count", "1", "--bootstrap", "1", "--split", "train",
            "--min-words", "2",
        ];
        (await Command.RunAsync(line)).Succeeded(); // The network lies beside the model.
        Assert.Equal(3, Regex.Count(Read(page), "<b>whole caption</b>"));
        File.Move(pile.Network, pile.File("elsewhere.onnx"));
        (await Command.RunAsync(line)).Succeeded();
        Assert.Contains("--backbone tiny.onnx", Read(page), StringComparison.Ordinal);
        Assert.DoesNotContain("<b>whole caption</b>", Read(page), StringComparison.Ordinal);
        (await Command.RunAsync([.. line, "--backbone", pile.File("elsewhere.onnx")])).Succeeded();
        Assert.Equal(3, Regex.Count(Read(page), "<b>whole caption</b>"));
    }

    private static Task<CommandResult> Train(PhotoPile pile, string model, params string[] more)
    {
        string captions = pile.File("captions.csv");
        File.WriteAllLines(
            captions, PhotoPile.Names.Select((name, i) => $"{name},a {(i % 2 == 0 ? "cat" : "dog")} runs"));
        return Command.RunAsync(
        [
            "train", pile.Photos, "--captions", captions, "--backbone", pile.Network, "--out", model, "--min-count",
            "1",
            "--val-fraction", "0.1", "--hidden", "16", "--wordvec", "8", "--batch", "6", "--epochs", "20", "--lr",
            "1e-2", "--keep", "last", .. more,
        ]);
    }

    private static string Read(string page)
    {
        string html = File.ReadAllText(page);
        DataCommandTests.AssertSelfContained(html);
        return html;
    }

    private static XElement Parse(string html) =>
        XDocument.Parse(html.Replace("<!doctype html>", "", StringComparison.Ordinal)).Root!;
}
