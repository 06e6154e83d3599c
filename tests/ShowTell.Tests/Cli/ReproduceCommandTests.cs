using System.Text.Json;
using System.Text.Json.Nodes;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>Runs that are repeated from their records.</summary>
public sealed class ReproduceCommandTests
{
    [Fact]
    public async Task A_run_on_scenes_is_repeated_bit_for_bit_and_another_seed_is_not()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string model = folder.File("m.safetensors"), log = folder.File("m-log");
        (await Command.RunAsync(
            "train", "scenes", "--out", model, "--epochs", "1", "--hidden", "16", "--wordvec", "8", "--batch", "500",
            "--seed", "5")).Succeeded();
        JsonElement same = Assert.Single((await Command.RunAsync("reproduce", log, "--json")).Succeeded().JsonLines);
        Assert.True(same.GetProperty("identical").GetBoolean());
        Assert.Equal(model, same.GetProperty("model").GetString());
        Assert.Equal(0, same.GetProperty("different").GetArrayLength());
        Assert.Equal(0, same.GetProperty("changes").GetArrayLength());
        Assert.Equal([log, model], Directory.GetFileSystemEntries(Path.GetDirectoryName(log)!).Order());

        Change(log, record => record["arguments"] = Replaced(record["arguments"]!, "--seed=5", "--seed=6"));
        CommandResult other = await Command.RunAsync("reproduce", log, "--json");
        Assert.Equal((1, ""), (other.ExitCode, other.Error));
        JsonElement different = Assert.Single(other.JsonLines);
        Assert.False(different.GetProperty("identical").GetBoolean());
        Assert.Equal(
            different.GetProperty("tensors").GetInt32(), different.GetProperty("different").GetArrayLength());
        Assert.InRange(
            different.GetProperty("different")[0].GetProperty("maxDifference").GetDouble(), 1e-6, 10);
        JsonElement change = Assert.Single(different.GetProperty("changes").EnumerateArray());
        Change(log, record =>
        {
            record["inputs"]!["fingerprint"] = "0";
            record["environment"]!["vectorBits"] = 64;
        });
        (await Command.RunAsync("reproduce", log)).Failed(
            "scenes: is not the dataset of the run", "vector width in bits 64 in the run, ");
        Assert.Equal("--seed 5 6", string.Join(' ', change.EnumerateObject().Select(value => value.Value.GetString())));
    }

    [Fact]
    public async Task The_repeated_model_is_the_same_file_also_of_a_preset_and_of_epochs_chosen_by_score()
    {
        using var tiny = new TinyFolder();
        string preset = tiny.File("preset.json"), again = tiny.File("again.safetensors");
        File.WriteAllText(preset, """{"dropout": 0.1, "average": 0.5}""");
        string model = await tiny.TrainAsync("m.safetensors", "--recipe", preset, "--select", "cider");
        File.Delete(preset);
        string log = tiny.File("m-log");
        CommandResult repeated = (await Command.RunAsync("reproduce", log, "--out", again)).Succeeded();
        Assert.Contains("(Iteration 12 / 12)", repeated.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Try:", repeated.Output, StringComparison.Ordinal);
        Assert.EndsWith($"tensors of {model} have the same bits\n", repeated.Output, StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(model), File.ReadAllBytes(again));
        (await Command.RunAsync("reproduce", log, "--out", again)).Failed("an earlier run is there");
        (await Command.RunAsync("reproduce", log, "--out", model)).Failed("an earlier run is there");

        // What was computed elsewhere is said, whether or not it made a difference.
        Change(log, record => record["environment"]!["vectorBits"] = 64);
        Assert.Contains(
            "vector width in bits: 64 in the run, ", (await Command.RunAsync("reproduce", log)).Succeeded().Output);

        // Without the run's model, its SHA-256 is all that there is.
        File.Delete(model);
        (await Command.RunAsync("reproduce", log)).Succeeded();
        Change(log, record => record["modelSha256"] = new string('0', 64));
        CommandResult lost = await Command.RunAsync("reproduce", log);
        Assert.Equal(1, lost.ExitCode);
        Assert.Contains("another SHA-256 than the run's", lost.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refined_model_is_repeated_from_the_model_that_was_refined_only()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), log = tiny.File("r-log");
        string other = await tiny.TrainAsync("other.safetensors", "--seed", "7");
        (await Command.RunAsync(
            "refine", model, tiny.Data, "--out", tiny.File("r.safetensors"), "--epochs", "8", "--batch", "4", "--lr",
            "1e-2", "--average", "0.5")).Succeeded();
        Assert.Contains(
            "have the same bits", (await Command.RunAsync("reproduce", log)).Succeeded().Output,
            StringComparison.Ordinal);
        File.Move(model, tiny.File("moved.safetensors"));
        (await Command.RunAsync("reproduce", log)).Failed("m.safetensors", "is not there", "--model");
        (await Command.RunAsync("reproduce", log, "--model", other)).Failed(
            other, "is not the model that was refined", "SHA-256");
        (await Command.RunAsync("reproduce", log, "--model", tiny.File("moved.safetensors"))).Succeeded();
        Change(log, record => record["arguments"] = Replaced(record["arguments"]!, "--lr=1e-2", "--lr=2e-2"));
        CommandResult changed = await Command.RunAsync("reproduce", log, "--model", tiny.File("moved.safetensors"));
        Assert.Equal(1, changed.ExitCode);
        Assert.Matches(@"different: \d+ of \d+ tensors", changed.Output);
        Assert.Contains("--lr: 1e-2 in the run, 2e-2 now", changed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dataset_may_have_moved_but_must_be_the_same()
    {
        using var tiny = new TinyFolder();
        using var other = new TinyFolder(["cow", "pig", "hen", "fox"]);
        await tiny.TrainAsync("m.safetensors");
        string log = tiny.File("m-log"), moved = tiny.File("moved/tiny");
        Directory.CreateDirectory(tiny.File("moved"));
        Directory.Move(tiny.Data, moved);
        (await Command.RunAsync("reproduce", log)).Failed("the run's dataset is not there", "--dataset");
        (await Command.RunAsync("reproduce", log, "--dataset", other.Data)).Failed(
            other.Data, "is not the dataset of the run", "fingerprint");
        (await Command.RunAsync("reproduce", log, "--dataset", moved)).Succeeded();
    }

    [Fact]
    public async Task Changed_reference_captions_are_found_before_the_end()
    {
        using var tiny = new TinyFolder();
        string references = tiny.File("captions.token");
        void Write(string caption) => File.WriteAllLines(
            references, Enumerable.Range(0, 8).Select(i => $"photo-{i}.png#0\t{caption} {i}"));
        Write("a cat runs");
        await tiny.TrainAsync("m.safetensors", "--select", "cider", "--references", references);
        (await Command.RunAsync("reproduce", tiny.File("m-log"))).Succeeded();
        Write("a dog runs");
        (await Command.RunAsync("reproduce", tiny.File("m-log"))).Failed("reference captions", "not those of the run");
    }

    [Fact]
    public async Task Runs_on_photos_are_repeated_on_the_dataset_that_they_made()
    {
        using var pile = new PhotoPile();
        string captions = pile.File("captions.csv"), model = pile.File("m.safetensors"), log = pile.File("m-log");
        File.WriteAllLines(
            captions, PhotoPile.Names.Select((name, i) => $"{name},a {(i % 2 == 0 ? "cat" : "dog")} runs"));
        (await Command.RunAsync(
            "train", pile.Photos, "--captions", captions, "--backbone", pile.Network, "--out", model, "--min-count",
            "1", "--val-fraction", "0.3", "--hidden", "16", "--wordvec", "8", "--batch", "6", "--epochs", "2",
            "--grid", "2", "--architecture", "attention", "--embed-backbone")).Succeeded();

        // Neither photos nor captions are read again.
        Directory.Delete(pile.Photos, recursive: true);
        File.Delete(captions);
        Assert.Contains(
            "have the same bits", (await Command.RunAsync("reproduce", log)).Succeeded().Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_that_were_interrupted_are_repeated_and_those_that_became_others_are_refused()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors"), log = tiny.File("m-log");
        await Command.RunAsync(tiny.TrainLine(model), interruptAt: "(Iteration 5 / 12)");
        (await Command.RunAsync("reproduce", log)).Failed("has not finished", $"showtell train --resume {log}");
        (await Command.RunAsync("train", "--resume", log)).Succeeded();
        (await Command.RunAsync("reproduce", log)).Succeeded();
        (await Command.RunAsync("train", "--resume", log, "--epochs", "5")).Succeeded();
        (await Command.RunAsync("reproduce", log)).Failed("was resumed with other options");

        // Interrupted itself, it leaves nothing behind.
        string other = await tiny.TrainAsync("other.safetensors");
        CommandResult stopped = await Command.RunAsync(
            ["reproduce", tiny.File("other-log")], interruptAt: "(Iteration 5 / 12)");
        Assert.Equal(130, stopped.ExitCode);
        Assert.DoesNotContain("identical", stopped.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(other));
    }

    [Fact]
    public async Task Damaged_records_are_refused_in_one_line()
    {
        using var tiny = new TinyFolder();
        await tiny.TrainAsync("m.safetensors");
        string log = tiny.File("m-log"), path = Path.Combine(log, "run.json"), text = File.ReadAllText(path);
        Task<CommandResult> Reproduce() => Command.RunAsync("reproduce", log);
        foreach (int length in (int[])[0, 1, 20, text.Length / 2, text.Length - 3])
        {
            File.WriteAllText(path, text[..length]);
            (await Reproduce()).Failed("run.json: is not an intact record");
        }

        async Task Refused(Action<JsonObject> change, params string[] said)
        {
            File.WriteAllText(path, text);
            Change(log, change);
            (await Reproduce()).Failed(said);
        }

        foreach (string other in (string[])["null", "[]", "3", "{}", "\"x\""])
        {
            File.WriteAllText(path, other);
            (await Reproduce()).Failed("run.json: is not an intact record");
        }

        await Refused(record => record["arguments"] = new JsonArray("x", null), "is not an intact record");
        await Refused(record => record["arguments"] = "x", "is not an intact record");
        await Refused(record => record["arguments"] = new JsonArray("--out=a\0b"), "is not an intact record");
        await Refused(record => record["arguments"] = new JsonArray("--hiden=3"), "intact record", "--hiden");
        await Refused(record => record["arguments"]!.AsArray().Add("--hidden=x"), "intact record", "--hidden");
        await Refused(record => record["inputs"]!["dataset"] = null, "is not an intact record");
        await Refused(record => record["inputs"]!["dataset"] = "/nowhere", "the run's dataset is not there");
        await Refused(record => record["inputs"]!["fingerprint"] = "0", "is not the dataset of the run");
        await Refused(record => record["environment"]!["vectorBits"] = "many", "is not an intact record");
        await Refused(record => record["command"] = "demo", "is of showtell demo");
        await Refused(record => record.Remove("inputs"), "an earlier version");
        await Refused(record => record.Remove("modelSha256"), "has not finished");
        File.Delete(path);
        (await Reproduce()).Failed("it has no run.json");
        (await Command.RunAsync("reproduce", "nowhere")).Failed("it has no run.json");
        (await Command.RunAsync("reproduce")).Failed("RUN is missing");
    }

    private static void Change(string log, Action<JsonObject> change)
    {
        string path = Path.Combine(log, "run.json");
        JsonObject record = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(record);
        File.WriteAllText(path, record.ToJsonString());
    }

    private static JsonArray Replaced(JsonNode words, string word, string by)
    {
        string[] all = [.. words.AsArray().Select(node => node!.GetValue<string>())];
        Assert.Contains(word, all);
        return [.. all.Select(one => JsonValue.Create(one == word ? by : one))];
    }
}
