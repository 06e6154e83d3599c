using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ShowTell.Cli.Output;
using ShowTell.ModelFiles;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>Models that differ only in their seed: <c>--seeds</c>.</summary>
public sealed class SeedsCommandTests
{
    [Fact]
    public async Task Seeds_give_the_models_of_single_runs_and_their_figures_with_mean_and_deviation()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors"), log = tiny.File("m-log");
        string[] options = ["--select", "cider", "--checkpoint-every", "1steps"];
        string text = (await Command.RunAsync([.. tiny.TrainLine(model), .. options, "--seeds", "3", "--seed", "7"]))
            .Succeeded().Output;
        var rows = new List<double[]>();
        foreach (int seed in (int[])[7, 8, 9])
        {
            string one = ModelOf(log, seed);
            AssertSame(await tiny.TrainAsync($"{seed}.safetensors", [.. options, "--seed", $"{seed}"]), one);
            TrainingRecord training = ModelBundle.Load(one).Training;
            CommandResult evaluated = await Command.RunAsync("evaluate", one, tiny.Data, "--beam", "3", "--json");
            JsonElement scores = Assert.Single(evaluated.Succeeded().JsonLines);
            rows.Add([
                training.ValidationLoss!.Value, training.Score!.Value, scores.GetProperty("CIDEr").GetDouble(),
                scores.GetProperty("Bleu_4").GetDouble(),
            ]);
            Assert.Equal([seed, training.Epoch, .. rows[^1].Select(Rounded)], RowOf(text, $"{seed}"));
        }

        double[][] columns = [.. Enumerable.Range(0, 4).Select(i => rows.Select(row => row[i]).ToArray())];
        Assert.Equal(columns.Select(values => Rounded(values.Sum() / 3)), RowOf(text, "mean"));
        Assert.Equal(
            columns.Select(values => Rounded(Math.Sqrt(
                (values.Sum(value => value * value) - (values.Sum() * values.Sum() / 3)) / 2))),
            RowOf(text, "deviation"));
        Assert.True(rows.Select(row => row[0]).Distinct().Count() == 3);

        int best = 7 + Enumerable.Range(0, 3).MaxBy(i => rows[i][1]);
        AssertSame(ModelOf(log, best), model);
        Assert.Contains($"{model} (that of seed {best}, the best by val score)\n", text, StringComparison.Ordinal);
        Assert.Contains("note: epochs were chosen by their loss or score on val", text, StringComparison.Ordinal);

        // Each is a run like any other.
        (await Command.RunAsync("reproduce", LogOf(log, 8))).Succeeded();
        (await Command.RunAsync("report", LogOf(log, 8), tiny.Data, "--out", tiny.File("page.html"))).Succeeded();
        Assert.Contains("Loss per caption", File.ReadAllText(tiny.File("page.html")), StringComparison.Ordinal);
        (await Command.RunAsync("compare", ModelOf(log, 7), ModelOf(log, 9), tiny.Data)).Succeeded();
        (await Command.RunAsync("reproduce", log)).Failed("the runs of several seeds", "seed7-log");
    }

    [Fact]
    public async Task Interrupted_and_resumed_they_are_the_same_and_what_was_finished_is_not_trained_again()
    {
        using var tiny = new TinyFolder();
        string whole = tiny.File("whole.safetensors"), part = tiny.File("part.safetensors");
        string recipe = tiny.File("recipe.json"), log = tiny.File("part-log");
        File.WriteAllText(recipe, """{"dropout": 0.1}""");
        string[] more = ["--recipe", recipe, "--seeds", "3"];
        (await Command.RunAsync([.. tiny.TrainLine(whole), .. more])).Succeeded();
        CommandResult stopped = await Command.RunAsync(
            [.. tiny.TrainLine(part), .. more], interruptAt: "seed 232, 2 of 3");
        Stopped(stopped, log);
        Assert.False(Directory.Exists(LogOf(log, 232)));
        File.Delete(recipe);
        stopped = await Command.RunAsync(["train", "--resume", log], interruptAt: "(Iteration 5 / 12)");
        Stopped(stopped, log);
        Assert.Contains($"{ModelOf(log, 231)}, finished before", stopped.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(part));
        CommandResult resumed = (await Command.RunAsync("train", "--resume", log)).Succeeded();
        Assert.Contains("resumed after 5 of 12 iterations", resumed.Output, StringComparison.Ordinal);
        Assert.All(
            (int[])[231, 232, 233], seed => AssertSame(ModelOf(tiny.File("whole-log"), seed), ModelOf(log, seed)));
        AssertSame(whole, part);

        // Once more, there is nothing to do but more seeds, or more epochs of all.
        string again = (await Command.RunAsync("train", "--resume", log, "--seeds", "4")).Succeeded().Output;
        Assert.Equal(4, again.Split("finished before").Length);
        Assert.Equal([234], RowOf(again, "234")[..1]);
        string longer = (await Command.RunAsync("train", "--resume", log, "--epochs", "4")).Succeeded().Output;
        Assert.Equal(5, longer.Split("resumed after 12 of 16").Length);
        (await Command.RunAsync("train", "--resume", log, "--lr", "1")).Failed("--lr was not given");
        (await Command.RunAsync("train", "--resume", log, "--seed", "7")).Failed("--seed was 231");
    }

    [Fact]
    public async Task Earlier_runs_are_replaced_only_if_asked_and_never_taken_for_these()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors"), log = tiny.File("m-log");
        string[] line = [.. tiny.TrainLine(model), "--seeds", "2"];
        (await Command.RunAsync(line)).Succeeded();
        byte[] before = File.ReadAllBytes(model);
        (await Command.RunAsync(line)).Failed("an earlier run is there", $"showtell train --resume {log}");

        // A mistake leaves them alone, and an interruption the model, until there is another.
        line = [.. line, "--overwrite", "--dropout", "0.1"];
        (await Command.RunAsync([.. line, "--warmup", "99"])).Failed("--warmup");
        (await Command.RunAsync("train", "--resume", log)).Succeeded();
        Stopped(await Command.RunAsync(line, interruptAt: "(Iteration 5 / 12)"), log);
        Assert.Equal(before, File.ReadAllBytes(model));
        (await Command.RunAsync("train", "--resume", log)).Succeeded();
        AssertSame(
            await tiny.TrainAsync("single.safetensors", "--dropout", "0.1", "--seed", "232"), ModelOf(log, 232));
        Assert.NotEqual(before, File.ReadAllBytes(model));
        (await Command.RunAsync("train", "--resume", tiny.File("single-log"), "--seeds", "2")).Failed(
            "--seeds was not given to this run");
        (await Command.RunAsync([.. tiny.TrainLine(tiny.File("n.safetensors")), "--seeds", "2", "--warmup", "99"]))
            .Failed("--warmup");
        Assert.False(Directory.Exists(tiny.File("n-log")));
    }

    [Fact]
    public async Task A_seed_that_diverges_is_reported_and_the_others_go_on()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors"), log = tiny.File("m-log");
        (await Command.RunAsync([.. tiny.TrainLine(model), "--seeds", "3"])).Succeeded();

        // The second seed alone gets such a learning rate, the third is trained to its end.
        Directory.Delete(LogOf(log, 232), recursive: true);
        File.Delete(ModelOf(log, 232));
        foreach (string folder in (string[])[log, LogOf(log, 231), LogOf(log, 233)])
        {
            string path = Path.Combine(folder, RunRecord.FileName);
            JsonObject record = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            record["arguments"]!.AsArray().Add("--lr=1e30");
            File.WriteAllText(path, record.ToJsonString());
        }

        CommandResult result = await Command.RunAsync("train", "--resume", log);
        result.Failed("seed 232: Training diverged in iteration");
        Assert.Matches(" 232 +diverged *\n", result.Output);
        double[] losses = [RowOf(result.Output, "231")[2], RowOf(result.Output, "233")[2]];
        Assert.InRange(RowOf(result.Output, "mean")[0] - (losses.Sum() / 2), -1e-4, 1e-4);
        Assert.InRange(
            RowOf(result.Output, "deviation")[0] - (Math.Abs(losses[0] - losses[1]) / Math.Sqrt(2)), -1e-4, 1e-4);

        CommandResult all = await Command.RunAsync(
            [.. tiny.TrainLine(tiny.File("n.safetensors")), "--seeds", "2", "--lr", "1e30"]);
        Assert.Equal(1, all.ExitCode);
        Assert.Matches("^showtell: seed 231: .*diverged.*\nshowtell: seed 232: .*diverged.*\n$", all.Error);
        Assert.False(File.Exists(tiny.File("n.safetensors")));
    }

    [Fact]
    public async Task Refining_has_seeds_too()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), log = tiny.File("r-log");
        string[] Line(string name, params string[] more) =>
        [
            "refine", model, tiny.Data, "--out", tiny.File(name), "--epochs", "4", "--batch", "3", "--lr", "1e-2",
            "--print-every", "1", .. more,
        ];
        CommandResult stopped = await Command.RunAsync(
            Line("r.safetensors", "--seeds", "2"), interruptAt: "(Iteration 5 /");
        Stopped(stopped, log, "refine");
        string text = (await Command.RunAsync("refine", "--resume", log)).Succeeded().Output;
        double[] scores = new double[2];
        for (int i = 0; i < 2; i++)
        {
            (await Command.RunAsync(Line($"{i}.safetensors", "--seed", $"{231 + i}"))).Succeeded();
            AssertSame(tiny.File($"{i}.safetensors"), ModelOf(log, 231 + i));
            scores[i] = File.ReadLines(tiny.File($"{i}-log/metrics.jsonl"))
                .Select(line => (double?)JsonNode.Parse(line)!["score"]).OfType<double>().Max();
            Assert.Equal(Rounded(scores[i]), RowOf(text, $"{231 + i}")[2]); // After the seed and the epoch.
        }

        AssertSame(tiny.File($"{(scores[1] > scores[0] ? 1 : 0)}.safetensors"), tiny.File("r.safetensors"));

        // Where nothing improves, the models are the one that was refined, and the runs stay theirs.
        string[] none = [.. Line("n.safetensors", "--seeds", "1"), "--xe-share", "0"];
        none[Array.IndexOf(none, "1e-2")] = "1e-30";
        text = (await Command.RunAsync(none)).Succeeded().Output;
        Assert.Equal([231, 0], RowOf(text, "231")[..2]);
        Assert.DoesNotContain("deviation", text, StringComparison.Ordinal);
        (await Command.RunAsync("refine", "--resume", tiny.File("n-log"))).Succeeded();
        (await Command.RunAsync("refine", "--resume", LogOf(tiny.File("n-log"), 231))).Succeeded();
    }

    [Fact]
    public async Task Photos_are_imported_and_their_features_computed_once()
    {
        using var pile = new PhotoPile();
        string captions = pile.File("captions.csv"), model = pile.File("m.safetensors"), log = pile.File("m-log");
        File.WriteAllLines(
            captions, PhotoPile.Names.Select((name, i) => $"{name},a {(i % 2 == 0 ? "cat" : "dog")} runs"));
        string[] line =
        [
            "train", pile.Photos, "--captions", captions, "--backbone", pile.Network, "--out", model, "--min-count",
            "1", "--val-fraction", "0.3", "--hidden", "16", "--wordvec", "8", "--batch", "6", "--epochs", "2",
            "--grid", "--preprocessing", "torchvision", "--print-every", "1",
        ];
        CommandResult stopped = await Command.RunAsync([.. line, "--seeds", "2"], interruptAt: "(Iteration 2 /");
        Stopped(stopped, log);
        CommandResult resumed = (await Command.RunAsync("train", "--resume", log)).Succeeded();
        Assert.Contains("20 computed in ", stopped.Output, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(resumed.Output, "nothing to compute"));
        Assert.Single(Regex.Matches(resumed.Output, $"dataset: {pile.File("m-data")}, up to date"));
        string features = Path.GetFileName(Assert.Single(Directory.GetFiles(pile.File("m-data/features"))));
        (await Command.RunAsync(
            "train", pile.File("m-data"), "--features", features, "--out", pile.File("single.safetensors"), "--hidden",
            "16", "--wordvec", "8", "--batch", "6", "--epochs", "2", "--seed", "232")).Succeeded();
        AssertSame(pile.File("single.safetensors"), ModelOf(log, 232));
        (await Command.RunAsync("reproduce", LogOf(log, 232))).Succeeded();
        File.AppendAllText(captions, $"{PhotoPile.NameOf(3)},another caption\n");
        (await Command.RunAsync("train", "--resume", log)).Failed("cannot be resumed");
    }

    [Theory]
    [InlineData("--seeds", "0", "a whole number from 1 to 1,000")]
    [InlineData("--seed", "18446744073709551615", "no 2 seeds from there on")]
    public async Task Impossible_seeds_are_refused(string option, string value, string said)
    {
        using var tiny = new TinyFolder();
        string[] other = option == "--seeds" ? [] : ["--seeds", "2"];
        (await Command.RunAsync([.. tiny.TrainLine(tiny.File("m.safetensors")), option, value, .. other])).Failed(
            $"{option} is ", said);
        Assert.False(Directory.Exists(tiny.File("m-log")));
    }

    private static string ModelOf(string log, int seed) => Path.Combine(log, $"seed{seed}.safetensors");

    private static string LogOf(string log, int seed) => Path.Combine(log, $"seed{seed}-log");

    private static void Stopped(CommandResult result, string log, string command = "train") => Assert.Equal(
        (130, $"showtell: interrupted; resume with: showtell {command} --resume {log}\n"),
        (result.ExitCode, result.Error));

    private static double Rounded(double value) => double.Parse(
        value.ToString("F4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>The numbers in a row of the table; without its name if that is none.</summary>
    private static double[] RowOf(string text, string name)
    {
        string row = Assert.Single(text.Split('\n'), line => line.StartsWith($"  {name} ", StringComparison.Ordinal));
        return
        [
            .. row.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(word => char.IsDigit(word[0]))
                .Select(word => double.Parse(word, CultureInfo.InvariantCulture)),
        ];
    }

    private static void AssertSame(string expected, string actual) =>
        Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(actual));
}
