using System.Text.Json;
using ShowTell.ModelFiles;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class RefineCommandTests
{
    [Fact]
    public async Task A_model_is_trained_further_and_all_else_in_its_file_stays()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), better = tiny.File("better.safetensors");
        string[] line =
        [
            "refine", model, tiny.Data, "--out", better, "--epochs", "8", "--batch", "4", "--lr", "1e-2", "--average",
            "0.5", "--print-every", "1",
        ];
        string text = (await Command.RunAsync(line)).Succeeded().Output;
        Assert.Contains("8 images of ", text, StringComparison.Ordinal);
        Assert.Contains("(Epoch 0) CIDEr-D: ", text, StringComparison.Ordinal);
        Assert.Contains("(Iteration 16 / 16) reward: ", text, StringComparison.Ordinal);
        Assert.Contains("(Epoch 8) mean reward: ", text, StringComparison.Ordinal);
        Assert.Matches(
            "CIDEr-D: [0-9.]+; [1-9][0-9]* distinct captions of [1-9][0-9]*, [1-9][0-9]* words, [0-9.]+% incomplete",
            text);
        Assert.Contains($"log:   {tiny.File("better-log")}", text, StringComparison.Ordinal);
        Assert.Contains("(weights of epoch ", text, StringComparison.Ordinal);
        ModelBundle before = ModelBundle.Load(model), after = ModelBundle.Load(better);
        Assert.NotEqual(
            before.Model.Parameters.All[0].Value.Span.ToArray(), after.Model.Parameters.All[0].Value.Span.ToArray());
        Assert.Equal(before.Features, after.Features);
        Assert.Equal(before.Vocabulary.Tokens, after.Vocabulary.Tokens);
        Assert.Equal(before.Reference!.Images, after.Reference!.Images);
        Assert.Equal(
            (before.Training.TrainCaptions, before.Training.Seed), (after.Training.TrainCaptions, after.Training.Seed));
        Assert.Equal(0.5, after.Training.SelfCritical!.AverageDecay);
        Assert.Equal((0.1, 5, 4), (
            after.Training.SelfCritical!.CrossEntropyShare, after.Training.SelfCritical.Samples,
            after.Training.SelfCritical.BatchSize));
        Assert.InRange(after.Training.SelfCritical.Epoch, 1, 8);
        Assert.NotNull(after.Training.Score);
        (await Command.RunAsync("evaluate", better, tiny.Data, "--bootstrap", "1")).Succeeded();

        byte[] first = File.ReadAllBytes(better);
        (await Command.RunAsync([.. line, "--overwrite"])).Succeeded();
        Assert.Equal(first, File.ReadAllBytes(better));
    }

    [Fact]
    public async Task The_log_has_a_line_an_iteration_and_a_plot()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        (await Command.RunAsync(
            "refine", model, tiny.Data, "--out", tiny.File("better.safetensors"), "--log", tiny.File("log"), "--epochs",
            "2", "--batch", "4")).Succeeded();
        JsonElement[] lines = [.. File.ReadLines(Path.Combine(tiny.File("log"), "metrics.jsonl")).Select(
            line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([0, 1, 2, 3, 4], lines.Select(line => line.GetProperty("iteration").GetInt32()));
        Assert.Equal([0, 1, 1, 2, 2], lines.Select(line => line.GetProperty("epoch").GetInt32()));
        Assert.All(lines[1..], line => Assert.InRange(line.GetProperty("reward").GetDouble(), 0, 10));
        Assert.Equal([true, false, true, false, true], lines.Select(line => line.TryGetProperty("score", out _)));
        Assert.Equal([true, false, true, false, true], lines.Select(line => line.TryGetProperty("openEndings", out _)));
        Assert.StartsWith(
            "<svg", File.ReadAllText(Path.Combine(tiny.File("log"), "score.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interrupted_before_anything_is_better_it_writes_nothing()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), better = tiny.File("better.safetensors");
        CommandResult result = await Command.RunAsync(
            ["refine", model, tiny.Data, "--out", better, "--batch", "1", "--print-every", "1"],
            interruptAt: "(Iteration 2 /");
        Assert.Equal(130, result.ExitCode);
        Assert.DoesNotContain("(Iteration 3 /", result.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(better));
    }

    [Fact]
    public async Task Mistakes_are_reported()
    {
        using var tiny = new TinyFolder();
        using var other = new TinyFolder(["cow", "pig", "hen", "goat"]);
        string model = await tiny.TrainAsync("m.safetensors"),
            letters = await tiny.TrainAsync("c.safetensors", "--tokens", "char");
        string[] rest = ["--out", tiny.File("better.safetensors")];
        (await Command.RunAsync("refine", model, tiny.Data)).Failed("--out is missing");
        (await Command.RunAsync(["refine", model, other.Data, .. rest])).Failed("another vocabulary");
        (await Command.RunAsync(["refine", letters, tiny.Data, .. rest])).Failed("c.safetensors", "characters");
        (await Command.RunAsync(["refine", model, tiny.Data, .. rest, "--samples", "1"])).Failed("--samples is 1");
        (await Command.RunAsync(["refine", model, tiny.Data, .. rest, "--xe-share", "1"])).Failed(
            "--xe-share is 1");
        (await Command.RunAsync(["refine", model, tiny.Data, .. rest, "--lr", "1e38"])).Failed(
            "diverged", "learning rate");
        Assert.False(File.Exists(rest[1]));
    }
}
