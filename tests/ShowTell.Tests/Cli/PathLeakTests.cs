using System.Text;
using ShowTell.Cli.Output;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>What people pass on, models, logs and pages, does not tell where it was made.</summary>
public sealed class PathLeakTests
{
    [Fact]
    public async Task Models_logs_and_pages_have_no_path_of_the_machine()
    {
        using var pile = new PhotoPile();
        string secret = Path.GetFileName(Path.GetDirectoryName(pile.Photos))!;
        Assert.StartsWith("showtell-", secret, StringComparison.Ordinal);
        string model = pile.File("m.safetensors"), data = pile.File("data"), recipe = pile.File("recipe.json");
        File.WriteAllText(recipe, """{"hidden": 16, "wordvec": 8}""");
        string captions = pile.File("captions.csv");
        File.WriteAllLines(captions, PhotoPile.Names.Select(name => $"{name},a photo"));
        (await Command.RunAsync(
            "train", pile.Photos, "--captions", captions, "--min-count", "1", "--backbone", pile.Network, "--data",
            data,
            "--recipe", recipe, "--embed-backbone", "--epochs", "2", "--out", model, "--log", pile.File("log")))
            .Succeeded();
        string photo = pile.PathOf(PhotoPile.Names[0]);
        foreach (string[] page in (string[][])
        [
            ["sample", model, data, "--out", pile.File("sample.html")],
            ["data", "sample", data, "--out", pile.File("minibatch.html")],
            ["report", model, data, "--out", pile.File("report.html")],
            ["caption", model, photo, "--html", pile.File("caption.html")],
        ])
        {
            (await Command.RunAsync(page)).Succeeded();
        }

        // The record of the run, which stays on this machine, has its paths: it is there to resume the run.
        string record = Path.Combine(pile.File("log"), RunRecord.FileName);
        Assert.Contains(secret, File.ReadAllText(record), StringComparison.Ordinal);
        string[] files =
        [
            model, .. Directory.GetFiles(pile.File("log"), "*", SearchOption.AllDirectories)
                .Except([record]),
            .. Directory.GetFiles(Path.GetDirectoryName(model)!, "*.html"),
        ];
        Assert.InRange(files.Length, 6, 20);
        Assert.All(files, file =>
        {
            string text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
            int found = text.IndexOf(secret, StringComparison.Ordinal);
            Assert.True(found < 0, $"{Path.GetFileName(file)}: {text[Math.Max(0, found - 80)..(found + 80)]}");
        });
    }
}
