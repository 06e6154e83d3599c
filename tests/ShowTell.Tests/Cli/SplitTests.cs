using System.Text.Json;
using ShowTell.ModelFiles;
using ShowTell.Tests.Datasets.Features;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>Scores on the test split, and on the split that chose a model's epoch.</summary>
public sealed class SplitTests
{
    private const string Note = "note: epochs were chosen by their loss or score on val; figures on it flatter: ";

    [Fact]
    public async Task A_test_split_is_scored_without_a_note_and_named_in_that_of_val()
    {
        using var pile = new PhotoPile();
        string captions = pile.File("captions.csv"), model = pile.File("m.safetensors"), data = pile.File("m-data");
        File.WriteAllLines(
            captions, PhotoPile.Names.Select((name, i) => $"{name},a {(i % 2 == 0 ? "cat" : "dog")} runs"));
        File.WriteAllLines(pile.File("val.txt"), PhotoPile.Names[..4]);
        File.WriteAllLines(pile.File("test.txt"), PhotoPile.Names[4..9]);
        File.WriteAllLines(pile.File("train.txt"), PhotoPile.Names[9..]);
        (await Command.RunAsync(
            "train", pile.Photos, "--captions", captions, "--backbone", pile.Network, "--out", model, "--min-count",
            "1", "--train-list", pile.File("train.txt"), "--val-list", pile.File("val.txt"), "--test-list",
            pile.File("test.txt"), "--hidden", "16", "--wordvec", "8", "--batch", "6", "--epochs", "2")).Succeeded();
        string[] test = ["--split", "test", "--bootstrap", "5"], val = ["--bootstrap", "5"];
        string page = pile.File("page.html"), text = await Output(["evaluate", model, data, .. test]);
        Assert.Contains("images: 5 of test", text, StringComparison.Ordinal);
        Assert.DoesNotContain("note:", text, StringComparison.Ordinal);
        Assert.EndsWith($"{Note}use --split test\n", await Output(["evaluate", model, data, .. val]));
        Assert.False(IsChosen(await Output(["evaluate", model, data, .. test, "--json"])));
        Assert.True(IsChosen(await Output(["evaluate", model, data, .. val, "--json"])));

        Assert.DoesNotContain("note:", await Output(["compare", model, model, data, .. test]));
        Assert.Contains($"{Note}use --split test\n", await Output(["compare", model, model, data, .. val]));
        Assert.False(IsChosen(await Output(["compare", model, model, data, .. test, "--json"])));
        Assert.True(IsChosen(await Output(["compare", model, model, data, .. val, "--json"])));

        Assert.DoesNotContain("note:", await Output(["report", model, data, "--out", page, .. test]));
        Assert.Contains("Scores are of 5 test images of m-data.", File.ReadAllText(page), StringComparison.Ordinal);
        Assert.Contains($"{Note}use --split test\n", await Output(["report", model, data, "--out", page, .. val]));
        Assert.Contains("4 val images of m-data, which chose the model", File.ReadAllText(page));
        Assert.Contains("p", await Output(["sample", model, data, "--split", "test"]));
    }

    [Fact]
    public async Task Where_the_last_epoch_was_kept_or_the_split_is_another_there_is_no_note()
    {
        using var tiny = new TinyFolder();
        string best = await tiny.TrainAsync("best.safetensors");
        string cider = await tiny.TrainAsync("cider.safetensors", "--select", "cider");
        string last = await tiny.TrainAsync("last.safetensors", "--keep", "last"), refined = tiny.File("r.safetensors");
        (await Command.RunAsync(
            "refine", last, tiny.Data, "--out", refined, "--epochs", "8", "--batch", "4", "--lr", "1e-2", "--average",
            "0.5")).Succeeded();
        Assert.Equal(EpochSelection.Loss, ModelBundle.Load(best).Training.SelectedBy);
        Assert.Equal(EpochSelection.CiderD, ModelBundle.Load(cider).Training.SelectedBy);
        Assert.Equal(EpochSelection.Last, ModelBundle.Load(last).Training.SelectedBy);
        Assert.Equal(EpochSelection.CiderD, ModelBundle.Load(refined).Training.SelectedBy);
        Assert.EndsWith($"{Note}there is no test split\n", await Output(["evaluate", cider, tiny.Data]));
        Assert.DoesNotContain("note:", await Output(["evaluate", last, tiny.Data]));
        Assert.DoesNotContain("note:", await Output(["evaluate", best, tiny.Data, "--split", "train"]));
        Assert.Contains("note:", await Output(["evaluate", last, tiny.Data, "--ensemble", best]));
        Assert.Contains("note:", await Output(["compare", last, best, tiny.Data]));
        (await Command.RunAsync("evaluate", best, tiny.Data, "--split", "test")).Failed("has no split \"test\"");
    }

    /// <summary>Files of earlier versions do not say what chose the epoch.</summary>
    [Fact]
    public void What_chose_the_epoch_of_older_files_follows_from_their_options()
    {
        TrainingRecord record = SmallModel.Bundle().Training with
        {
            SelectedBy = null, ValidationLoss = 1, Score = null, Options = null,
        };
        TrainingRecord With(string key, string value) =>
            record with { Options = new Dictionary<string, string> { [key] = value } };
        Assert.True(record.IsEpochChosenOn("val"));
        Assert.False(record.IsEpochChosenOn("test"));
        Assert.False((record with { ValidationLoss = null }).IsEpochChosenOn("val"));
        Assert.True((record with { ValidationLoss = null, Score = 0.5 }).IsEpochChosenOn("val"));
        Assert.False(With("keep", "last").IsEpochChosenOn("val"));
        Assert.True(With("keep", "best").IsEpochChosenOn("val"));
        Assert.False(With("max-train", "50").IsEpochChosenOn("val"));
        Assert.False((record with { SelectedBy = EpochSelection.Last }).IsEpochChosenOn("val"));
    }

    private static async Task<string> Output(string[] line) => (await Command.RunAsync(line)).Succeeded().Output;

    private static bool IsChosen(string line) =>
        JsonDocument.Parse(line).RootElement.GetProperty("epochChosenOnSplit").GetBoolean();
}
