using System.Text.Json;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class DoctorCommandTests
{
    [Fact]
    public async Task Findings_come_as_a_table_and_as_JSON()
    {
        using var tiny = new TinyFolder();
        string model = await TrainAsync(tiny);
        string text = (await Command.RunAsync("doctor", model, tiny.Data)).Succeeded().Output;
        Assert.Matches(@"(?m)^good    weights +8 tensors", text);
        Assert.Matches(@"(?m)^warning network +The model captions images of datasets, but no photos", text);
        Assert.Matches(@"(?m)^warning training +The validation loss was still falling after epoch 60\.", text);
        Assert.Matches(@"(?m)^ +-> Train longer \(--epochs 120\)\.", text);
        Assert.Matches(@"(?m)^ +-> To caption photos, ", text);
        Assert.Matches(@"(?m)^problems: 0, warnings: 2, good: \d+, not checked: \d+\n\z", text);
        Assert.DoesNotContain(" \n", text, StringComparison.Ordinal);

        JsonElement json = Assert.Single(
            (await Command.RunAsync("doctor", model, tiny.Data, "--json")).Succeeded().JsonLines);
        JsonElement[] findings = [.. json.GetProperty("findings").EnumerateArray()];
        Assert.Equal(14, findings.Length);
        JsonElement weights = findings[0];
        Assert.Equal(
            ("weights", "good"), (weights.GetProperty("name").GetString(), weights.GetProperty("level").GetString()));
        Assert.False(weights.TryGetProperty("advice", out _));
        Assert.True(weights.GetProperty("values").GetProperty("W_proj").GetDouble() > 0);
        Assert.Contains(
            findings,
            finding => finding.GetProperty("level").GetString() == "warning" && finding.TryGetProperty(
                "advice", out _));
    }

    [Fact]
    public async Task A_problem_makes_the_exit_code_1()
    {
        using var tiny = new TinyFolder();
        using var otherWords = new TinyFolder(["cat", "dog", "bird", "mouse"]);
        string model = await tiny.TrainAsync("m.safetensors");
        CommandResult result = await Command.RunAsync(
            "doctor", model, otherWords.Data, "--split", "train", "--limit", "5");
        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        Assert.Matches(
            @"(?m)^problem vocabulary +Another vocabulary: .*1 \(horse\) only in the model, "
            + @"1 \(mouse\) only in the dataset",
            result.Output);

        using var otherSize = new TinyFolder(featureSize: 6);
        result = await Command.RunAsync("doctor", model, otherSize.Data, "--json");
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("\"level\":\"skipped\"", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_examined_alone_too()
    {
        using var tiny = new TinyFolder();
        string text = (await Command.RunAsync("doctor", await TrainAsync(tiny))).Succeeded().Output;
        Assert.Matches("(?m)^skipped dataset +No dataset was given", text);
    }

    [Fact]
    public async Task Missing_files_are_named()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), absent = tiny.File("absent");
        (await Command.RunAsync("doctor")).Failed("MODEL is missing");
        (await Command.RunAsync("doctor", absent)).Failed(absent, "no such model file");
        (await Command.RunAsync("doctor", model, absent)).Failed(absent, "is not a folder");
        (await Command.RunAsync("doctor", model, "")).Failed("DATASET is empty");
        (await Command.RunAsync("doctor", model, tiny.Data, "--photos", absent)).Failed(
            "--photos", absent, "no such folder");
        (await Command.RunAsync("doctor", model, tiny.Data, "--backbone", absent)).Failed(
            "--backbone", absent, "no such file");
        (await Command.RunAsync("doctor", model, tiny.Data, "--limit", "0")).Failed("--limit", "from 1 to");
        (await Command.RunAsync("doctor", model, tiny.Data, "--split", "test")).Failed(
            tiny.Data, "no split", "train and val");
    }

    /// <summary>Trains long enough to be in good health.</summary>
    private static async Task<string> TrainAsync(TinyFolder tiny)
    {
        string model = tiny.File("m.safetensors");
        (await Command.RunAsync([.. tiny.TrainLine(model, epochs: 60, printEvery: 1000), "--lr", "2e-2"])).Succeeded();
        return model;
    }
}
