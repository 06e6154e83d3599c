using System.Text.Json;
using ShowTell.Cli.Options;
using ShowTell.ModelFiles;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class PresetTests
{
    [Fact]
    public async Task All_options_of_the_solver_can_be_given_and_are_in_the_model_file()
    {
        using var tiny = new TinyFolder();
        string path = await tiny.TrainAsync(
            "m.safetensors", "--optimizer", "adamw", "--weight-decay", "0.02", "--clip", "5", "--schedule", "step",
            "--step-epochs", "2",
            "--lr-decay", "0.5", "--warmup", "3", "--average", "0.9", "--patience", "2");
        TrainingRecord training = ModelBundle.Load(path).Training;
        Assert.Equal(("adamw", 1e-3, 0.5), (training.UpdateRule, training.LearningRate, training.LearningRateDecay));
        Assert.Null(training.Preset);
        Assert.Equal(
            [
                "average=0.9", "batch=4", "clip=5", "epochs=3", "hidden=24", "lr-decay=0.5", "optimizer=adamw",
                "patience=2", "schedule=step", "step-epochs=2", "warmup=3", "weight-decay=0.02",
                "wordvec=12",
            ],
            training.Options!.Select(option => $"{option.Key}={option.Value}"));

        double[] rates = Rates(tiny.File("m-log/metrics.jsonl"));
        Assert.Equal(
            [1e-3 / 3, 2e-3 / 3, 1e-3, 1e-3], rates[..4].Select(rate => Math.Round(rate, 12)),
            (x, y) => Math.Abs(x - y) < 1e-9);
        Assert.Equal((1e-3, 5e-4), (rates[7], rates[8]));
    }

    [Fact]
    public async Task Schedules_are_followed()
    {
        using var tiny = new TinyFolder();
        await tiny.TrainAsync("c", "--schedule", "cosine", "--lr", "1e-2");
        double[] rates = Rates(tiny.File("c-log/metrics.jsonl"));
        Assert.Equal(1e-2, rates[0], 1e-12);
        Assert.Equal(rates.OrderDescending(), rates);
        Assert.InRange(rates[^1], 1e-4, 1e-3);
        await tiny.TrainAsync("p", "--schedule", "plateau", "--lr", "1e-2", "--lr-decay", "0.1");
        Assert.Equal(1e-2, Rates(tiny.File("p-log/metrics.jsonl"))[4]);
    }

    [Fact]
    public async Task The_best_epoch_can_be_that_of_the_best_captions()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        CommandResult result = (await Command.RunAsync(
            [.. tiny.TrainLine(model, epochs: 6), "--select", "cider", "--select-beam", "2"])).Succeeded();
        Assert.Matches(@"\(Epoch 6 / 6\) score: \d+\.\d{6}\n", result.Output);
        double[] scores =
        [
            .. File.ReadLines(tiny.File("m-log/metrics.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
                .Where(line => line.TryGetProperty("score", out _)).Select(
                    line => line.GetProperty("score").GetDouble()),
        ];
        Assert.Equal(6, scores.Length);
        TrainingRecord training = ModelBundle.Load(model).Training;
        Assert.Equal(scores.Max(), training.Score!.Value, 1e-9);
        Assert.Equal(scores.Max(), scores[training.Epoch - 1], 1e-9);
        JsonElement evaluated = Assert.Single((await Command.RunAsync(
            "evaluate", model, tiny.Data, "--beam", "2", "--json", "--bootstrap", "1")).Succeeded().JsonLines);
        Assert.Equal(scores.Max(), evaluated.GetProperty("CIDEr").GetDouble(), 1e-6);
    }

    [Fact]
    public async Task Training_stops_without_improvement()
    {
        using var tiny = new TinyFolder();
        CommandResult result = (await Command.RunAsync(
            [
                .. tiny.TrainLine(tiny.File("m"), epochs: 500), "--lr", "1e-12", "--optimizer", "sgd", "--select",
                "cider", "--patience", "2",
            ])).Succeeded();
        Assert.True(File.ReadLines(tiny.File("m-log/metrics.jsonl")).Count() < 100, result.Output);
    }

    [Theory]
    [InlineData("--weight-decay needs --optimizer adamw; it is adam.", "--weight-decay", "0.1")]
    [InlineData("--step-epochs needs --schedule step; it is cosine.", "--step-epochs", "2", "--schedule", "cosine")]
    [InlineData("--lr-decay has no effect with --schedule cosine", "--lr-decay", "0.5", "--schedule", "cosine")]
    [InlineData("--select-beam needs --select cider; it is loss.", "--select-beam", "3")]
    [InlineData("--references needs --select cider; it is loss.", "--references", "x")]
    [InlineData("nowhere: there is no such file", "--select", "cider", "--references", "nowhere")]
    [InlineData("--clip is 0: ", "--clip", "0")]
    [InlineData("--average is 1: ", "--average", "1")]
    [InlineData("--warmup is 40: Must be less than the run's 12 iterations", "--warmup", "40")]
    [InlineData("--warmup is \"-1\"; a whole number from 1", "--warmup", "-1")]
    [InlineData("--patience is \"0\"", "--patience", "0")]
    [InlineData(
        "--schedule is \"linear\"; one of cosine, exponential, step, plateau was expected.", "--schedule", "linear")]
    [InlineData("mine: there is no preset and no file of that name. Presets: exercise, ", "--recipe", "mine")]
    public async Task Wrong_options_are_named(string message, params string[] options)
    {
        using var tiny = new TinyFolder();
        (await Command.RunAsync([.. tiny.TrainLine(tiny.File("m")), .. options])).Failed(message);
        Assert.False(File.Exists(tiny.File("m")));
    }

    [Fact]
    public async Task Presets_are_listed_and_can_be_used()
    {
        string help = (await Command.RunAsync("train", "--help")).Succeeded().Output;
        Assert.Contains("flickr8k-lstm", Preset.Names);
        Assert.Contains("flickr8k-lstm", help, StringComparison.Ordinal);
        using var tiny = new TinyFolder();
        string model = tiny.File("m");
        (await Command.RunAsync(
            "train", tiny.Data, "--out", model, "--recipe", "flickr8k-lstm", "--hidden", "8", "--wordvec", "8",
            "--epochs", "2", "--warmup", "1")).Succeeded();
        ModelBundle bundle = ModelBundle.Load(model);
        Assert.Equal((8, true), (bundle.Model.Options.HiddenSize, bundle.Model.Options.CellFromImage));
        Assert.Equal("flickr8k-lstm", bundle.Training.Preset);

        // A preset for large sets depends on no default that may change.
        Assert.Superset(
            new HashSet<string>(["lr", "schedule", "warmup", "average", "patience", "batch", "learn-unknown"]),
            bundle.Training.Options!.Keys.ToHashSet());
        Assert.Equal(("2", "cider"), (bundle.Training.Options!["epochs"], bundle.Training.Options["select"]));
    }

    [Fact]
    public async Task The_attention_preset_needs_a_grid()
    {
        using var tiny = new TinyFolder();
        (await Command.RunAsync("train", tiny.Data, "--out", tiny.File("m"), "--recipe", "flickr8k-attention"))
            .Failed("--architecture attention needs features of a grid");
    }

    [Fact]
    public async Task Options_on_the_command_line_take_precedence_over_the_preset()
    {
        using var tiny = new TinyFolder();
        string preset = tiny.File("mine.json");
        File.WriteAllText(preset, """
            // For a test.
            { "hidden": 6, "wordvec": 5, "image-cell": true, "epochs": 1, "optimizer": "adamw", "weight-decay": 0.1,
              "batch": 3, "lr": 1e-4 }
            """);
        string[] line = ["train", tiny.Data, "--out", tiny.File("m"), "--preset", preset];
        (await Command.RunAsync([.. line, "--hidden=7", "--image-cell=false", "--lr", "1e-2"])).Succeeded();
        ModelBundle bundle = ModelBundle.Load(tiny.File("m"));
        Assert.Equal(
            (7, 5, false),
            (bundle.Model.Options.HiddenSize, bundle.Model.Options.WordVectorSize, bundle.Model.Options.CellFromImage));
        Assert.Equal(("adamw", 1e-2, 3, 1), (
            bundle.Training.UpdateRule, bundle.Training.LearningRate, bundle.Training.BatchSize,
            bundle.Training.Epoch));
        Assert.Equal("mine.json", bundle.Training.Preset);
        Assert.Equal(("7", "false"), (bundle.Training.Options!["hidden"], bundle.Training.Options["image-cell"]));
        Assert.DoesNotContain("out", bundle.Training.Options.Keys);
    }

    [Theory]
    [InlineData(
        "{\"word-vector\": 3}",
        "\"word-vector\" is not an option that a preset can set; these are: architecture, attention, average, batch")]
    [InlineData("{\"out\": \"x\"}", "\"out\" is not an option that a preset can set")]
    [InlineData("{\"hidden\": [3]}", "\"hidden\" must be a number")]
    [InlineData("{\"hidden\": \"many\"}", "--hidden is \"many\"; a whole number")]
    [InlineData("{\"hidden\": 3, \"hidden\": 4}", "is not valid JSON")]
    [InlineData("{\"hidden\": 3", "is not valid JSON")]
    [InlineData("[3]", "an object of options was expected")]
    [InlineData("", "is not valid JSON")]
    public async Task Invalid_presets_are_refused(string preset, string message)
    {
        using var tiny = new TinyFolder();
        File.WriteAllText(tiny.File("mine.json"), preset);
        (await Command.RunAsync("train", tiny.Data, "--out", tiny.File("m"), "--recipe", tiny.File("mine.json")))
            .Failed("mine.json: ", message);
    }

    [Fact]
    public async Task Options_of_a_preset_must_be_compatible_with_those_of_the_command_line()
    {
        using var tiny = new TinyFolder();
        File.WriteAllText(tiny.File("mine.json"), "{\"step-epochs\": 3, \"schedule\": \"step\"}");
        (await Command.RunAsync(
            "train", tiny.Data, "--out", tiny.File("m"), "--recipe", tiny.File("mine.json"), "--schedule", "plateau"))
            .Failed("--step-epochs needs --schedule step; it is plateau.");
    }

    [Fact]
    public void Model_files_have_the_options_that_a_preset_could_set_and_only_the_names_of_files()
    {
        var command = new System.CommandLine.Command("train")
        {
            new System.CommandLine.Option<string>("--words"), new System.CommandLine.Option<bool>("--flag"),
            new System.CommandLine.Option<string>("--log"),
        };
        IReadOnlyDictionary<string, string>? Given(params string[] words) => Preset.GivenOptions(command.Parse(words));
        using TemporaryFolder folder = TestData.Temporary();
        Assert.Null(Given());
        Assert.Null(Given("--log", "x"));
        Assert.Equal("true", Assert.Single(Given("--flag", "--log", "x")!).Value);
        Assert.Equal("false", Given("--flag=false")!["flag"]);
        Assert.Equal("x", Given("--words", "x")!["words"]);
        Assert.Equal("words.txt", Given("--words", folder.File("words.txt"))!["words"]);
        Assert.Equal(
            Path.GetFileName(folder.Path),
            Given("--words", Path.GetRelativePath(Environment.CurrentDirectory, folder.Path) + "/")!["words"]);
    }

    [Fact]
    public async Task A_preset_without_a_name_is_none()
    {
        using var tiny = new TinyFolder();
        (await Command.RunAsync([.. tiny.TrainLine(tiny.File("m")), "--recipe"])).Failed("--recipe");
    }

    private static double[] Rates(string metrics) =>
        [.. File.ReadLines(metrics).Select(
            line => JsonDocument.Parse(line).RootElement.GetProperty("learningRate").GetDouble())];
}
