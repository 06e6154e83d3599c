using System.Text.Json.Nodes;
using ShowTell.Cli.Output;
using ShowTell.Tests.Training;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>Runs that are resumed, runs that are in each other's way, and checkpoints in a run's folder.</summary>
public sealed class ResumeCommandTests
{
    [Fact]
    public async Task A_run_that_was_interrupted_goes_on_to_the_same_model_and_log()
    {
        using var tiny = new TinyFolder();
        string whole = await tiny.TrainAsync("whole.safetensors"), part = tiny.File("part.safetensors");
        CommandResult stopped = await Command.RunAsync(tiny.TrainLine(part), interruptAt: "(Iteration 5 / 12)");
        Assert.Equal(130, stopped.ExitCode);
        Assert.Equal(["checkpoint-0000000005.safetensors"], CheckpointsIn(tiny.File("part-log")));
        Assert.False(File.Exists(tiny.File("part-log/run.lock")));
        CommandResult resumed = (await Command.RunAsync("train", "--resume", tiny.File("part-log"))).Succeeded();
        Assert.Contains("resumed after 5 of 12 iterations", resumed.Output, StringComparison.Ordinal);
        Assert.Contains("ended: after all 3 epochs", resumed.Output, StringComparison.Ordinal);
        AssertSame(whole, part);
        Assert.Equal(LogOf(tiny.File("whole-log")), LogOf(tiny.File("part-log")));
        ResumeTests.AssertSameBits(
            tiny.File("whole-log/checkpoint-0000000012.safetensors"),
            tiny.File("part-log/checkpoint-0000000012.safetensors"));

        // A run that is complete stays as it is.
        byte[] model = File.ReadAllBytes(part);
        (await Command.RunAsync("train", "--resume", tiny.File("part-log"))).Succeeded();
        Assert.Equal(model, File.ReadAllBytes(part));
    }

    [Fact]
    public async Task Refining_goes_on_to_the_same_model_and_log()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        string[] Line(string name) =>
        [
            "refine", model, tiny.Data, "--out", tiny.File(name), "--epochs", "4", "--batch", "3", "--lr", "1e-2",
            "--print-every", "1",
        ];
        (await Command.RunAsync(Line("whole.safetensors"))).Succeeded();
        CommandResult stopped = await Command.RunAsync(Line("part.safetensors"), interruptAt: "(Iteration 5 /");
        Assert.Equal(130, stopped.ExitCode);
        (await Command.RunAsync("refine", "--resume", tiny.File("part-log"))).Succeeded();
        AssertSame(tiny.File("whole.safetensors"), tiny.File("part.safetensors"));
        Assert.Equal(LogOf(tiny.File("whole-log")), LogOf(tiny.File("part-log")));
        (await Command.RunAsync("train", "--resume", tiny.File("part-log"))).Failed("is of a run of showtell refine");
    }

    [Fact]
    public async Task No_run_replaces_another_unasked()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        byte[] before = File.ReadAllBytes(model), log = File.ReadAllBytes(tiny.File("m-log/metrics.jsonl"));
        (await Command.RunAsync(tiny.TrainLine(model))).Failed(
            model, "an earlier run is there", "--out", "--overwrite", $"showtell train --resume {tiny.File("m-log")}");
        (await Command.RunAsync([.. tiny.TrainLine(tiny.File("other.safetensors")), "--log", tiny.File("m-log")]))
            .Failed(tiny.File("m-log"), "an earlier run is there");
        Assert.Equal(before, File.ReadAllBytes(model));
        Assert.Equal(log, File.ReadAllBytes(tiny.File("m-log/metrics.jsonl")));

        // A run that fails before its first iteration leaves the earlier one alone, even if it may replace it.
        (await Command.RunAsync([.. tiny.TrainLine(model), "--overwrite", "--warmup", "99"])).Failed("--warmup");
        Assert.Equal(log, File.ReadAllBytes(tiny.File("m-log/metrics.jsonl")));
        (await Command.RunAsync([.. tiny.TrainLine(model), "--overwrite", "--seed", "7"])).Succeeded();
        Assert.NotEqual(before, File.ReadAllBytes(model));
        (await Command.RunAsync([.. tiny.TrainLine(model), "--overwrite", "--resume", tiny.File("m-log")]))
            .Failed("--overwrite excludes --resume");
    }

    [Fact]
    public async Task Options_that_would_make_another_run_are_refused_by_name_and_others_may_change()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors"), log = tiny.File("m-log");
        await Command.RunAsync([.. tiny.TrainLine(model), "--lr", "1e-3"], interruptAt: "(Iteration 5 / 12)");
        Task<CommandResult> Resume(params string[] more) => Command.RunAsync(["train", "--resume", log, .. more]);
        (await Resume("--lr", "2e-3")).Failed("--lr was 1e-3 in this run, and cannot become 2e-3");
        (await Resume("--hidden", "25")).Failed("--hidden was 24");
        (await Resume("--seed", "7")).Failed("--seed was 231");
        (await Resume("--cell", "gru")).Failed("--cell was lstm");
        (await Resume("--clip", "5")).Failed("--clip was not given to this run");
        using var other = new TinyFolder(["cow", "pig", "hen", "fox"]);
        (await Resume(other.Data)).Failed("cannot resume from this checkpoint", "vocabulary");
        using var wider = new TinyFolder(featureSize: 6);
        (await Resume(wider.Data)).Failed("cannot resume from this checkpoint", "featureSize was 5");
        CommandResult more = (await Resume("--lr", "0.001", "--epochs", "5", "--keep-checkpoints", "1")).Succeeded();
        Assert.Contains("after all 5 epochs", more.Output, StringComparison.Ordinal);
        Assert.Equal(["checkpoint-0000000020.safetensors"], CheckpointsIn(log));

        // What was changed is the run's from then on.
        Assert.Contains("after all 5 epochs", (await Resume()).Succeeded().Output, StringComparison.Ordinal);
        (await Command.RunAsync("train", "--resume", tiny.Data)).Failed("it has no run.json");
        (await Command.RunAsync("train", "--resume", tiny.File("nowhere"))).Failed("there is no such folder");
    }

    [Theory]
    [InlineData("1steps", 12, "checkpoint-0000000011.safetensors", "checkpoint-0000000012.safetensors")]
    [InlineData("5steps", 3, "checkpoint-0000000010.safetensors", "checkpoint-0000000012.safetensors")]
    [InlineData("2epochs", 2, "checkpoint-0000000008.safetensors", "checkpoint-0000000012.safetensors")]
    [InlineData("1h", 1, "checkpoint-0000000012.safetensors")]
    public async Task Checkpoints_are_written_as_often_as_asked(string every, int count, params string[] last)
    {
        using var tiny = new TinyFolder();
        using var watcher = new FileSystemWatcher(Directory.CreateDirectory(tiny.File("m-log")).FullName);
        var written = new HashSet<string>();
        watcher.Renamed += (_, change) => written.Add(change.Name!);
        watcher.EnableRaisingEvents = true;
        await tiny.TrainAsync("m.safetensors", "--checkpoint-every", every);
        Assert.Equal(last, CheckpointsIn(tiny.File("m-log")));
        if (OperatingSystem.IsLinux())
        {
            SpinWait.SpinUntil(() => written.Count(IsCheckpoint) == count, TimeSpan.FromSeconds(5));
            Assert.Equal(count, written.Count(IsCheckpoint));
        }
    }

    [Theory]
    [InlineData("0steps")]
    [InlineData("5")]
    [InlineData("m")]
    [InlineData("5 weeks")]
    [InlineData("-5m")]
    [InlineData("1.5m")]
    public async Task Other_intervals_are_refused(string every)
    {
        using var tiny = new TinyFolder();
        string[] line = [.. tiny.TrainLine(tiny.File("m.safetensors")), $"--checkpoint-every={every}"];
        (await Command.RunAsync(line)).Failed("--checkpoint-every is", every, "5m, 20steps or 1epoch");
    }

    [Fact]
    public async Task A_time_between_checkpoints_is_stretched_until_writing_takes_at_most_a_hundredth_of_it()
    {
        CheckpointInterval interval = CheckpointInterval.Parse("1s")!;
        bool IsDue() => interval.IsDue(iteration: 1, epoch: 1, isEndOfEpoch: true);
        Assert.False(IsDue());
        await Task.Delay(TimeSpan.FromSeconds(1.1), TestContext.Current.CancellationToken);
        Assert.True(IsDue());
        interval.Written(TimeSpan.FromMilliseconds(30));
        await Task.Delay(TimeSpan.FromSeconds(1.5), TestContext.Current.CancellationToken);
        Assert.False(IsDue());
        await Task.Delay(TimeSpan.FromSeconds(1.6), TestContext.Current.CancellationToken);
        Assert.True(IsDue());
    }

    [Fact]
    public async Task A_damaged_checkpoint_gives_way_to_the_one_before()
    {
        using var tiny = new TinyFolder();
        string whole = await tiny.TrainAsync("whole.safetensors"), model = tiny.File("m.safetensors");
        string[] line = [.. tiny.TrainLine(model), "--checkpoint-every", "1steps"];
        await Command.RunAsync(line, interruptAt: "(Iteration 7 / 12)");
        string newest = tiny.File("m-log/checkpoint-0000000007.safetensors");
        byte[] bytes = File.ReadAllBytes(newest);
        bytes[^100] ^= 4;
        File.WriteAllBytes(newest, bytes);
        CommandResult resumed = (await Command.RunAsync("train", "--resume", tiny.File("m-log"))).Succeeded();
        Assert.Contains($"warning: {newest}: ", resumed.Output, StringComparison.Ordinal);
        Assert.Contains("resumed after 6 of 12", resumed.Output, StringComparison.Ordinal);
        AssertSame(whole, model);
        Assert.Equal(LogOf(tiny.File("whole-log")), LogOf(tiny.File("m-log")));
    }

    [Fact]
    public async Task If_all_checkpoints_are_damaged_none_is_taken_and_the_newest_is_named()
    {
        using var tiny = new TinyFolder();
        string[] line = [.. tiny.TrainLine(tiny.File("m.safetensors")), "--checkpoint-every", "1steps"];
        await Command.RunAsync(line, interruptAt: "(Iteration 7 / 12)");
        string[] checkpoints = RunFolder.CheckpointsIn(tiny.File("m-log"));
        Assert.Equal(2, checkpoints.Length);
        Array.ForEach(checkpoints, checkpoint => File.WriteAllText(checkpoint, "{}"));
        (await Command.RunAsync("train", "--resume", tiny.File("m-log"))).Failed(
            $"{checkpoints[0]}: is not an intact safetensors file");
    }

    [Fact]
    public async Task A_run_that_ended_before_its_first_checkpoint_begins_again()
    {
        using var tiny = new TinyFolder();
        string whole = await tiny.TrainAsync("whole.safetensors"), model = tiny.File("m.safetensors");
        string log = tiny.File("m-log");
        await Command.RunAsync(tiny.TrainLine(model), interruptAt: "(Iteration 5 / 12)");
        Array.ForEach(RunFolder.CheckpointsIn(log), File.Delete);
        File.Delete(model);
        CommandResult resumed = (await Command.RunAsync("train", "--resume", log)).Succeeded();
        Assert.Contains(
            "run:   begins again: it ended before its first checkpoint\n", resumed.Output, StringComparison.Ordinal);
        AssertSame(whole, model);
        Assert.Equal(LogOf(tiny.File("whole-log")), LogOf(log));
    }

    [Fact]
    public async Task A_log_that_is_cut_or_gone_is_no_obstacle()
    {
        using var tiny = new TinyFolder();
        string whole = await tiny.TrainAsync("whole.safetensors"), model = tiny.File("m.safetensors");
        string log = tiny.File("m-log/metrics.jsonl");
        string[] expected = LogOf(tiny.File("whole-log"));
        foreach (string? end in new[] { "{\"iteration\": 6, \"lo", "{\"loss\": 1}\n", "[6]\n", null })
        {
            await Command.RunAsync([.. tiny.TrainLine(model), "--overwrite"], interruptAt: "(Iteration 5 / 12)");
            if (end is null)
            {
                File.Delete(log);
            }
            else
            {
                File.AppendAllText(log, end);
            }

            (await Command.RunAsync("train", "--resume", tiny.File("m-log"))).Succeeded();
            AssertSame(whole, model);
            Assert.Equal(end is null ? expected[5..] : expected, LogOf(tiny.File("m-log")));
        }
    }

    [Fact]
    public async Task A_model_without_a_log_is_not_replaced_either()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        File.WriteAllText(model, "somebody's");
        CommandResult result = await Command.RunAsync(tiny.TrainLine(model));
        result.Failed(
            $"{model}: an earlier run is there. Choose another name with --out, replace it with --overwrite.\n");
        Assert.Equal("somebody's", File.ReadAllText(model));
        Assert.False(Directory.Exists(tiny.File("m-log")));
    }

    [Fact]
    public async Task Two_runs_in_one_folder_are_refused_and_stale_locks_are_not()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors"), log = Directory.CreateDirectory(tiny.File("m-log")).FullName;
        using (RunLock.Take(Path.Combine(log, "run.lock")))
        {
            (await Command.RunAsync(tiny.TrainLine(model))).Failed(
                log, "another run writes there", $"process {Environment.ProcessId} on {Environment.MachineName}");
            Assert.Throws<ShowTellException>(() => RunLock.Take(Path.Combine(log, "run.lock")));
        }

        File.WriteAllText(Path.Combine(log, "run.lock"), "process 1 on elsewhere since long ago");
        (await Command.RunAsync(tiny.TrainLine(model))).Succeeded();
        Assert.False(File.Exists(Path.Combine(log, "run.lock")));
    }

    [Fact]
    public async Task A_run_that_was_copied_goes_on_beside_its_copy_and_leaves_the_first_alone()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("a/m.safetensors"), copy = tiny.File("b/c/m.safetensors");
        await Command.RunAsync(tiny.TrainLine(model), interruptAt: "(Iteration 5 / 12)");
        Directory.CreateDirectory(tiny.File("b/c/m-log"));
        File.Copy(model, copy);
        foreach (string file in Directory.GetFiles(tiny.File("a/m-log")))
        {
            File.Copy(file, Path.Combine(tiny.File("b/c/m-log"), Path.GetFileName(file)));
        }

        byte[] before = File.ReadAllBytes(model);
        (await Command.RunAsync("train", "--resume", tiny.File("b/c/m-log"))).Succeeded();
        Assert.Equal(before, File.ReadAllBytes(model));
        AssertSame(await tiny.TrainAsync("whole.safetensors"), copy);
    }

    [Fact]
    public async Task A_run_does_not_go_on_into_the_model_of_another()
    {
        using var tiny = new TinyFolder();
        string other = await tiny.TrainAsync("other.safetensors", "--seed", "7"), model = tiny.File("m.safetensors");
        await Command.RunAsync(tiny.TrainLine(model), interruptAt: "(Iteration 5 / 12)");
        byte[] before = File.ReadAllBytes(other);
        (await Command.RunAsync("train", "--resume", tiny.File("m-log"), "--out", other)).Failed(
            other, "is the model of another run");
        Assert.Equal(before, File.ReadAllBytes(other));
        using (RunLock.Take($"{tiny.File("new.safetensors")}.lock"))
        {
            string[] line = [.. tiny.TrainLine(tiny.File("new.safetensors")), "--log", tiny.File("elsewhere")];
            (await Command.RunAsync(line)).Failed("new.safetensors.lock: another run writes there");
        }
    }

    [Fact]
    public async Task Refining_does_not_go_on_from_another_model()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        string other = await tiny.TrainAsync("other.safetensors", "--seed", "7");
        string[] line =
            ["refine", model, tiny.Data, "--out", tiny.File("r.safetensors"), "--batch", "3", "--print-every", "1"];
        CommandResult stopped = await Command.RunAsync(line, interruptAt: "(Iteration 2 /");
        Assert.Equal(130, stopped.ExitCode);
        Assert.Contains($"showtell refine --resume {tiny.File("r-log")}", stopped.Error + stopped.Output);
        File.Copy(other, model, overwrite: true);
        (await Command.RunAsync("refine", "--resume", tiny.File("r-log"))).Failed("initialWeights was");
    }

    [Fact]
    public async Task The_recipe_of_a_run_may_be_named_again_and_printing_leaves_no_trace()
    {
        using var tiny = new TinyFolder();
        string recipe = tiny.File("recipe.json"), model = tiny.File("m.safetensors"), log = tiny.File("m-log");
        File.WriteAllText(recipe, """{"dropout": 0.1}""");
        string whole = await tiny.TrainAsync("whole.safetensors", "--recipe", recipe);
        await Command.RunAsync([.. tiny.TrainLine(model), "--recipe", recipe], interruptAt: "(Iteration 5 / 12)");
        (await Command.RunAsync("train", "--resume", log, "--recipe", tiny.File("other.json"))).Failed("--recipe");
        (await Command.RunAsync("train", "--resume", log, "--recipe", recipe, "--print-every", "7")).Succeeded();
        AssertSame(whole, model);
    }

    [Fact]
    public async Task A_log_of_another_run_is_named_and_left_out_of_the_report()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        string other = await tiny.TrainAsync("other.safetensors", "--seed", "7"), page = tiny.File("page.html");
        string log = tiny.File("other-log");
        CommandResult mixed = (await Command.RunAsync(
            "report", model, tiny.Data, "--out", page, "--log", log)).Succeeded();
        Assert.Contains($"warning: {log}: is the log of another run", mixed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Loss per caption", File.ReadAllText(page), StringComparison.Ordinal);
        CommandResult right = (await Command.RunAsync("report", other, tiny.Data, "--out", page)).Succeeded();
        Assert.DoesNotContain("warning", right.Output, StringComparison.Ordinal);
        Assert.Contains("Loss per caption", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Training_that_diverges_names_step_parameter_and_rate_and_keeps_the_last_good_checkpoint()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        string[] line =
            [.. tiny.TrainLine(model, epochs: 20), "--lr", "1e30", "--checkpoint-every", "1steps"];
        CommandResult result = await Command.RunAsync(line);
        result.Failed("Training diverged in iteration", "learning rate", "NaN", "smaller learning rate");
    }

    private static string[] CheckpointsIn(string log) =>
        [.. RunFolder.CheckpointsIn(log).Select(path => Path.GetFileName(path)).Order()];

    private static bool IsCheckpoint(string name) =>
        name.StartsWith("checkpoint-", StringComparison.Ordinal)
        && name.EndsWith(".safetensors", StringComparison.Ordinal);

    private static void AssertSame(string expected, string actual) =>
        Assert.Equal(File.ReadAllBytes(expected), File.ReadAllBytes(actual));

    /// <summary>The lines of a log, without times.</summary>
    private static string[] LogOf(string folder) =>
    [
        .. File.ReadLines(Path.Combine(folder, "metrics.jsonl")).Select(line =>
        {
            JsonObject values = JsonNode.Parse(line)!.AsObject();
            values.Remove("seconds");
            values.Remove("captionsPerSecond");
            return values.ToJsonString();
        }),
    ];
}
