using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ShowTell.Metrics;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class ModelReportTests
{
    private const string Hostile = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\u0000";

    [Fact]
    public void A_page_holds_all_that_is_known()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string log = folder.File("metrics.jsonl");
        File.WriteAllLines(log,
        [
            """{"iteration":1,"epoch":1,"loss":9,"validationLoss":8,"score":0.1,"seconds":3661}""",
            """{"iteration":2,"epoch":2,"loss":8,"validationLoss":7,"score":0.2,"seconds":3662}""",
        ]);
        ModelReport report = Report() with { Curves = TrainingCurves.Read(log) };
        XElement page = Parse(report);
        string text = page.Value;
        Assert.Equal(
            ["Scores", "Training", "Photos", "Words and lengths", "Model"],
            page.Descendants("h2").Select(h => h.Value));
        foreach (CaptionScore score in report.Scores.Scores)
        {
            Assert.Contains(score.Value.ToString("F4", CultureInfo.InvariantCulture), text, StringComparison.Ordinal);
            Assert.Contains(
                string.Create(
                    CultureInfo.InvariantCulture, $"{score.Interval!.Value.Low:F4} to {score.Interval.Value.High:F4}"),
                text, StringComparison.Ordinal);
        }

        Assert.Equal(
            ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "METEOR", "ROUGE-L", "CIDEr-D", "CIDEr"],
            page.Descendants("table").First().Descendants("tbody").First().Descendants("th").Select(th => th.Value));
        Assert.Contains(report.Scores.Signature, text, StringComparison.Ordinal);
        Assert.Contains("2 epochs, 2 iterations in 1:01:02.", text, StringComparison.Ordinal);
        string[] plots = [.. page.Descendants().Where(e => (string?)e.Attribute("class") == "showtell-plot").Select(
            e => e.Elements().First().Value)];
        Assert.Equal(
            [
                "Loss per caption", "CIDEr-D of captions", "CIDEr-D of images", "Caption length",
                "Word frequencies",
            ],
            plots);
        Assert.Equal(["Best", "Worst"], page.Descendants("h3").Select(h => h.Value));
        Assert.Contains("--lr 1e-3", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_photo_has_its_caption_its_references_its_alternatives_and_its_maps()
    {
        XElement photo = Parse(Report()).Descendants("article").First();
        Assert.Equal("a dog runs", Class(photo, "caption").Value);
        Assert.Contains("12%", Class(photo, "numbers").Value, StringComparison.Ordinal);
        Assert.Equal(["a dog is running", "one dog"], Class(photo, "references").Elements().Select(li => li.Value));
        XElement[] others = [.. Class(photo, "others").Elements()];
        Assert.Equal(["a dog runs", "a cat runs", "nothing"], others.Select(li => Class(li, "what").Value));
        Assert.Equal(["12%", "3.0%", "1.0·10-5%"], others.Select(li => Class(li, "percent").Value));
        Assert.Equal(
            ["width:100%", "width:25%", "width:0%"], others.Select(li => (string)Class(li, "bar").Attribute("style")!));

        XElement[] figures = [.. photo.Descendants("figure")];
        Assert.Equal(
            ["the picture uniform: 25%", "a 25%", "dog 97%"],
            figures.Select(figure => figure.Element("figcaption")!.Value));
        Assert.Equal(
            ["a: highest in row 1, column 1 of 2 x 2", "dog: highest in row 2, column 1 of 2 x 2"],
            figures.Skip(1).Select(figure => (string)figure.Descendants("img").Single().Attribute("alt")!));
        Assert.All(figures.Skip(1), figure => Assert.StartsWith(
            "data:image/png;base64,", (string)figure.Descendants("img").Single().Attribute("src")!,
            StringComparison.Ordinal));
        Assert.StartsWith(
            "--view:url(data:", (string)Class(photo, "maps").Attribute("style")!, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_picture_maps_lie_over_an_empty_grid()
    {
        ReportPhoto photo = Photo() with
        {
            Picture = Picture.Placeholder("dog.jpg", "no picture available"),
            Input = null,
        };
        XElement page = Parse(Report() with { Groups = [new ReportGroup("Best", [photo])] });
        XElement maps = Class(page.Descendants("article").Single(), "maps empty");
        Assert.Null(maps.Attribute("style"));
        Assert.Equal(2, maps.Elements("figure").Count());
        Assert.Contains(
            "no picture available", (string)page.Descendants("article").Single().Element("img")!.Attribute("alt")!,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_missing_is_said()
    {
        XElement page = Parse(Report() with { MapsMissing = "Add --backbone net.onnx.", TrueShare = 0.974 });
        Assert.Contains("no training log", page.Value, StringComparison.Ordinal);
        Assert.Contains("Add --backbone net.onnx.", page.Value, StringComparison.Ordinal);
        Assert.Contains("97.4%", page.Value, StringComparison.Ordinal);
        Assert.DoesNotContain("true captions", Parse(Report()).Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_text_stays_text_everywhere()
    {
        ReportPhoto photo = new(Picture.Placeholder(Hostile, Hostile), Hostile, Hostile, 0.5, 1)
        {
            References = [Hostile],
            Alternatives = [(Hostile, 0.1)],
            Link = "javascript:alert(1)",
            Maps = [new WordMaps(WordMapKind.Occlusion, [(Hostile, HeatMap.OfSquare([1f])!, Hostile)])],
        };
        ModelReport report = Report() with
        {
            Title = Hostile,
            Summary = Hostile,
            ModelFacts = [(Hostile, Hostile)],
            TrainingFacts = [(Hostile, Hostile)],
            Options = new Dictionary<string, string> { [Hostile] = Hostile },
            MapsMissing = Hostile,
            Groups = [new ReportGroup(Hostile, [photo])],
            Statistics = new CaptionStatistics([Hostile], [[Hostile]]),
        };
        string html = Html(report);
        Assert.DoesNotMatch("(?i)<script|onerror=alert\\(2\\)>|href=\"javascript", html);
        Assert.DoesNotContain('\0', html);
        Assert.Equal(2, Regex.Count(html, "<img "));
        Parse(report);
    }

    [Fact]
    public void A_page_asks_nobody_for_anything_and_links_within_itself()
    {
        string html = Html(Report());
        Cli.DataCommandTests.AssertSelfContained(html);
        Assert.Contains("default-src 'none'; img-src data:", html, StringComparison.Ordinal);
        XElement page = Parse(Report());
        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.All(page.Descendants("nav").Single().Elements("a"), a => Assert.Contains(
            ((string)a.Attribute("href")!)[1..], ids));
        Assert.All(page.Descendants("img"), img => Assert.NotNull(img.Attribute("alt")));
    }

    private static ModelReport Report()
    {
        CaptionSet captions = new("c", [("1", "a dog runs"), ("2", "a cat")]);
        CaptionSet references = new(
            "r", [("1", "a dog is running"), ("1", "one dog"), ("2", "the bird sings"), ("2", "a cat")]);
        return new ModelReport
        {
            Title = "lstm",
            Summary = "A model.",
            Scores = new CaptionScorer(
                new ScoringOptions { Metrics = CaptionMetrics.All, BootstrapSamples = 10 }).Score(captions, references),
            Statistics = new CaptionStatistics(
                ["a dog runs", "a cat"], [["a dog is running", "one dog"], ["the bird sings", "a cat"]]),
            Options = new Dictionary<string, string> { ["lr"] = "1e-3", ["image-cell"] = "" },
            Groups =
                [new ReportGroup("Best", [Photo()]), new ReportGroup("None", []), new ReportGroup("Worst", [Photo()])],
        };
    }

    private static ReportPhoto Photo()
    {
        Assert.True(Picture.TryFromPhoto(TestPictures.Png, out Picture? picture));
        return new ReportPhoto(picture, "dog.jpg", "a dog runs", 0.12, 1.5)
        {
            References = ["a dog is running", "one dog"],
            Alternatives = [("a cat runs", 0.03), ("nothing", 1e-7)],
            Maps =
            [
                new WordMaps(
                    WordMapKind.Attention,
                    [
                        ("a", HeatMap.OfSquare([.25f, .25f, .25f, .25f])!, "25%"),
                        ("dog", HeatMap.OfSquare([.01f, .01f, .97f, .01f])!, "97%"),
                    ]),
            ],
        };
    }

    private static XElement Class(XElement parent, string name) =>
        parent.Descendants().First(element => (string?)element.Attribute("class") == name);

    private static XElement Parse(ModelReport report) =>
        XDocument.Parse(
            Html(report).Replace("<!doctype html>", "", StringComparison.Ordinal),
            LoadOptions.PreserveWhitespace).Root!;

    private static string Html(ModelReport report)
    {
        var writer = new StringWriter();
        report.WriteTo(writer);
        return writer.ToString();
    }
}
