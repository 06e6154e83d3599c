using System.Text.Json;
using System.Xml.Linq;
using ShowTell.Data;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class TrainCommandTests
{
    [Fact]
    public async Task Training_writes_model_metrics_and_plot()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("deep/tiny.safetensors");
        CommandResult result = (await Command.RunAsync(tiny.TrainLine(model))).Succeeded();
        Assert.Matches(@"\(Iteration 1 / 12\) loss: \d+\.\d{6}\n", result.Output);
        Assert.Matches(@"\(Epoch 3 / 3\) validation loss: \d+\.\d{6}\n", result.Output);
        Assert.Contains(
            $"\nmodel: {model} (weights of epoch 3, validation loss ", result.Output, StringComparison.Ordinal);

        string log = tiny.File("deep/tiny-log");
        JsonElement[] metrics = [.. File.ReadLines(Path.Combine(log, "metrics.jsonl")).Select(
            line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(Enumerable.Range(1, 12), metrics.Select(line => line.GetProperty("iteration").GetInt32()));
        Assert.Equal(
            Enumerable.Range(0, 12).Select(i => (i / 4) + 1),
            metrics.Select(line => line.GetProperty("epoch").GetInt32()));
        Assert.True(metrics[^1].GetProperty("loss").GetDouble() < metrics[0].GetProperty("loss").GetDouble());
        Assert.Equal([4, 8, 12], metrics.Where(line => line.TryGetProperty("validationLoss", out _)).Select(
            line => line.GetProperty("iteration").GetInt32()));
        Assert.Equal("svg", XDocument.Load(Path.Combine(log, "loss.svg")).Root!.Name.LocalName);
        Assert.Equal(
            ["tiny-log", "tiny.safetensors"],
            Directory.EnumerateFileSystemEntries(tiny.File("deep")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Same_seed_same_bytes()
    {
        using var tiny = new TinyFolder();
        byte[] Bytes(string model) => File.ReadAllBytes(model);
        byte[] first = Bytes(await tiny.TrainAsync("a.safetensors", "--seed", "7"));
        Assert.Equal(first, Bytes(await tiny.TrainAsync("b.safetensors", "--seed", "7")));
        Assert.NotEqual(first, Bytes(await tiny.TrainAsync("c.safetensors", "--seed", "8")));
    }

    [Fact]
    public async Task Options_reach_the_model()
    {
        using var tiny = new TinyFolder();
        string path = await tiny.TrainAsync(
            "m.safetensors", "--cell", "rnn", "--tokens", "char", "--optimizer", "rmsprop", "--lr", "1e-3",
            "--lr-decay", "0.5", "--max-train", "9");
        ModelBundle model = ModelBundle.Load(path);
        Assert.Equal(CellKind.Rnn, model.Model.Options.Cell);
        Assert.Equal(
            (24, 12, 5), (model.Model.Options.HiddenSize, model.Model.Options.WordVectorSize, model.Features.Size));
        Assert.Equal(TokenKind.Character, model.Vocabulary.Kind);
        TrainingRecord training = model.Training;
        Assert.Equal(
            ("tiny", "rmsprop", 1e-3, 0.5),
            (training.Dataset, training.UpdateRule, training.LearningRate, training.LearningRateDecay));
        Assert.Equal((9, 4, 231UL, 3), (training.TrainCaptions, training.BatchSize, training.Seed, training.Epoch));
    }

    [Fact]
    public async Task Options_of_deeper_models_reach_the_model()
    {
        using var tiny = new TinyFolder();
        string path = await Train("m.safetensors");
        ModelBundle model = ModelBundle.Load(path);
        CaptioningOptions options = model.Model.Options;
        Assert.Equal((2, true, true), (options.Layers, options.CellFromImage, options.TieEmbeddings));
        Assert.Equal(
            new Regularization { Dropout = 0.5, FeatureDropout = 0.1, EmbeddingDropout = 0.25, LabelSmoothing = 0.05 },
            model.Training.Regularization);
        Assert.Equal("0.5", model.Training.Options!["scheduled-sampling"]);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(await Train("again.safetensors")));
        (await Command.RunAsync("sample", path, tiny.Data)).Succeeded();

        async Task<string> Train(string name)
        {
            (await Command.RunAsync(
                "train", tiny.Data, "--out", tiny.File(name), "--epochs", "2", "--batch", "4", "--cell", "lstm",
                "--layers", "2", "--image-cell",
                "--tie-embeddings", "--hidden", "10", "--wordvec", "10", "--dropout", "0.5", "--feature-dropout", "0.1",
                "--embedding-dropout", "0.25", "--label-smoothing", "0.05", "--scheduled-sampling", "0.5")).Succeeded();
            return tiny.File(name);
        }
    }

    [Theory]
    [InlineData("--tie-embeddings", "--tie-embeddings")]
    [InlineData("--image-cell", "--image-cell", "--cell", "gru")]
    [InlineData("--layers is 2", "--architecture", "attention", "--layers", "2")]
    [InlineData("--attention is additive", "--attention", "additive")]
    [InlineData("has one vector per image; --architecture attention needs", "--architecture", "attention")]
    [InlineData("--wordvec is 12", "--architecture", "transformer")]
    [InlineData("--layers is 33", "--layers", "33")]
    [InlineData("--cell is gru", "--architecture", "transformer", "--cell", "gru")]
    [InlineData("--feed-forward needs --architecture transformer; it is recurrent.", "--feed-forward", "24")]
    [InlineData("--grid needs --captions", "--grid", "7")]
    [InlineData("--scheduled-sampling is 2", "--scheduled-sampling", "2")]
    [InlineData("--dropout is 1", "--dropout", "1")]
    public async Task Incompatible_options_are_refused(string message, params string[] options)
    {
        using var tiny = new TinyFolder();
        (await Command.RunAsync([.. tiny.TrainLine(tiny.File("m.safetensors")), .. options])).Failed(message);
    }

    /// <summary>From photos to captions by attention: the grid's side goes with the model.</summary>
    [Fact]
    public async Task Attention_is_trained_from_photos_in_one_command()
    {
        using var pile = new PhotoPile();
        string data = pile.Import(), model = pile.File("m.safetensors"), photo = pile.PathOf(PhotoPile.NameOf(0));
        string[] line =
        [
            "train", pile.Photos, "--captions", pile.File("captions.csv"), "--backbone", pile.Network, "--out", model,
            "--min-count", "1",
            "--hidden", "12", "--wordvec", "6", "--epochs", "1", "--architecture", "attention",
        ];
        (await Command.RunAsync(line)).Failed("cannot be averaged to a grid of 7 x 7");
        CommandResult result = (await Command.RunAsync([.. line, "--grid", "--embed-backbone"])).Succeeded();
        Assert.Contains("model: LSTM with attention over 4 regions, ", result.Output, StringComparison.Ordinal);
        ModelBundle bundle = ModelBundle.Load(model);
        CaptioningOptions options = bundle.Model.Options;
        Assert.Equal(
            (ShowTell.Models.Architecture.Attention, 4, 32),
            (options.Architecture, options.Regions, options.FeatureSize));
        Assert.Equal((true, 0), (bundle.Photos!.IsGrid, bundle.Photos.GridSide));
        (await Command.RunAsync("caption", model, photo)).Succeeded();

        // Of one place there is nothing to choose from.
        (await Command.RunAsync([.. line, "--grid", "1", "--overwrite"])).Failed("has one vector per image");
        (await Command.RunAsync("features", data, "--backbone", pile.Network, "--grid")).Succeeded();
        (await Command.RunAsync(
            "train", data, "--out", model, "--hidden", "12", "--epochs", "1", "--architecture", "attention",
            "--attention", "additive", "--overwrite"))
            .Succeeded();
        Assert.Equal(AttentionScore.Additive, ModelBundle.Load(model).Model.Options.Attention);
        (await Command.RunAsync("sample", model, data)).Succeeded();
    }

    /// <summary>Every command that takes a model takes this one, alone or beside a recurrent one.</summary>
    [Fact]
    public async Task A_transformer_is_a_model_like_any_other()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors"), better = tiny.File("better.safetensors"),
            page = tiny.File("page.html");
        CommandResult result = (await Command.RunAsync(
            "train", tiny.Data, "--out", model, "--hidden", "24", "--batch", "4", "--epochs", "30", "--lr", "2e-3",
            "--architecture", "transformer", "--layers", "2", "--heads", "3", "--feed-forward", "30", "--dropout",
            "0.1")).Succeeded();
        Assert.Contains(
            "model: transformer, 2 layers, 3 heads, ", result.Output, StringComparison.Ordinal);
        CaptioningOptions options = ModelBundle.Load(model).Model.Options;
        Assert.Equal(
            (24, 24, 2, 3, 30),
            (options.HiddenSize, options.WordVectorSize, options.Layers, options.Heads, options.FeedForwardSize));
        (await Command.RunAsync(
            "refine", model, tiny.Data, "--out", better, "--epochs", "1", "--batch", "4")).Succeeded();
        (await Command.RunAsync("evaluate", better, tiny.Data, "--bootstrap", "1", "--beam", "3")).Succeeded();
        (await Command.RunAsync("sample", better, tiny.Data, "--out", page)).Succeeded();
        Assert.Contains("transformer, 2 layers, 3 heads", File.ReadAllText(page), StringComparison.Ordinal);
        string lstm = await tiny.TrainAsync("lstm.safetensors");
        (await Command.RunAsync("evaluate", model, tiny.Data, "--bootstrap", "1", "--ensemble", lstm)).Succeeded();
        (await Command.RunAsync(
            "train", tiny.Data, "--out", model, "--hidden", "24", "--architecture", "transformer", "--heads", "5"))
            .Failed("--heads is 5", "24");
        string doctor = (await Command.RunAsync("doctor", model, tiny.Data)).Output;
        Assert.Contains("tensors of finite numbers", doctor, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_end_says_what_happened()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        string text = (await Command.RunAsync(
            [.. tiny.TrainLine(model), "--average", "0.99", "--warmup", "7"])).Succeeded().Output;
        Assert.Contains("3 epochs of 4 iterations\n", text, StringComparison.Ordinal);
        Assert.Contains("warning: --average 0.99 averages over more than the run's 12", text, StringComparison.Ordinal);
        Assert.Contains("warning: --warmup 7 is most of the run's 12 iterations", text, StringComparison.Ordinal);
        Assert.Contains("\nended: after all 3 epochs\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "note:  The run had only 12 iterations, too few for a model to learn much. Train longer (--epochs 100).\n",
            text, StringComparison.Ordinal);
        Assert.Contains("words: 0.0% of those in training captions", text, StringComparison.Ordinal);
        Assert.Equal(3, ModelBundle.Load(model).Training.ValidationLosses!.Count);

        text = (await Command.RunAsync(
            [.. tiny.TrainLine(model, epochs: 50), "--optimizer", "sgd", "--lr", "1e-12", "--patience", "2",
                "--overwrite"]))
            .Succeeded().Output;
        Assert.Matches(@"\nended: after \d+ of 50 epochs, 2 without improvement\n", text);
    }

    [Fact]
    public async Task Unknown_words_are_learned_on_request()
    {
        using var tiny = new TinyFolder();
        ModelBundle plain = ModelBundle.Load(await tiny.TrainAsync("m.safetensors"));
        Assert.Equal(plain.Vocabulary.UnknownId, plain.Model.Options.UnknownId);
        ModelBundle learned = ModelBundle.Load(await tiny.TrainAsync("u.safetensors", "--learn-unknown"));
        Assert.Null(learned.Model.Options.UnknownId);
        Assert.Null(ModelBundle.Load(await tiny.TrainAsync("f", "--max-train", "5")).Model.Options.UnknownId);
    }

    [Fact]
    public async Task Interruption_keeps_the_model_so_far()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        CommandResult result = await Command.RunAsync(
            tiny.TrainLine(model, epochs: 1000), interruptAt: "(Iteration 6 /");
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("ended: interrupted after 6 of 4,000 iterations", result.Output, StringComparison.Ordinal);
        Assert.Contains($"model: {model} (weights of epoch 1,", result.Output, StringComparison.Ordinal);
        Assert.Equal(1, ModelBundle.Load(model).Training.Epoch);
        Assert.Equal(6, File.ReadLines(tiny.File("m-log/metrics.jsonl")).Count());
        (await Command.RunAsync("sample", model, tiny.Data)).Succeeded();
    }

    [Fact]
    public async Task Interruption_before_the_first_iteration_writes_nothing()
    {
        using var tiny = new TinyFolder();
        CommandResult result = await Command.RunAsync(
            tiny.TrainLine(tiny.File("m.safetensors")), interruptAt: "data:");
        Assert.Equal((130, "showtell: interrupted\n"), (result.ExitCode, result.Error));
        Assert.False(File.Exists(tiny.File("m.safetensors")));
        Assert.False(Directory.Exists(tiny.File("m-log")));
    }

    [Fact]
    public async Task Divergence_is_reported_and_leaves_no_broken_model()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        CommandResult result = await Command.RunAsync([.. tiny.TrainLine(model), "--lr", "1e30"]);
        result.Failed("diverged", "learning rate");
        Assert.False(File.Exists(model));
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_any_more_does_not_cost_the_model()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        Directory.CreateDirectory(tiny.File("m-log/loss.svg/in-the-way"));
        CommandResult result = (await Command.RunAsync(tiny.TrainLine(model))).Succeeded();
        Assert.Single(result.Output.Split('\n'), line => line.StartsWith(
            "warning: the log ends here: ", StringComparison.Ordinal));
        Assert.True(ModelBundle.Load(model).Training.Epoch > 1);
    }

    [Fact]
    public async Task A_folder_with_both_kinds_of_features_is_read_as_asked_and_as_the_model_needs()
    {
        using TinyFolder tiny = new(), other = new(featureSize: 7);
        foreach (string split in (string[])["train", "val"])
        {
            File.Copy(
                Path.Combine(other.Data, $"{split}_features_pca.safetensors"),
                Path.Combine(tiny.Data, $"{split}_features.safetensors"));
        }

        string reduced = await tiny.TrainAsync("reduced"), raw = await tiny.TrainAsync("raw", "--features", "raw");
        Assert.Equal(5, ModelBundle.Load(reduced).Features.Size);
        Assert.Equal(7, ModelBundle.Load(raw).Features.Size);
        (await Command.RunAsync("sample", reduced, tiny.Data)).Succeeded();
        (await Command.RunAsync("sample", raw, tiny.Data)).Succeeded();
        (await Command.RunAsync("data", "info", other.Data, "--features", "raw")).Failed("train_features.safetensors");
    }

    [Fact]
    public async Task The_learning_rate_follows_the_update_rule()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        (await Command.RunAsync([.. tiny.TrainLine(model), "--optimizer", "sgd"])).Succeeded();
        Assert.Equal(1e-2, ModelBundle.Load(model).Training.LearningRate);
        (await Command.RunAsync([.. tiny.TrainLine(model), "--overwrite"])).Succeeded();
        Assert.Equal(1e-3, ModelBundle.Load(model).Training.LearningRate);
    }

    [Fact]
    public async Task What_to_try_next_can_be_copied_into_a_shell()
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("a name.safetensors");
        CommandResult result = (await Command.RunAsync(tiny.TrainLine(model))).Succeeded();
        Assert.Contains($"showtell sample \"{model}\" {tiny.Data} --count", result.Output, StringComparison.Ordinal);
        result = (await Command.RunAsync([.. tiny.TrainLine(model), "--max-train", "5", "--overwrite"])).Succeeded();
        Assert.Contains($" {tiny.Data} --split train --count", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_that_cannot_be_written_are_refused_before_work_begins()
    {
        using var tiny = new TinyFolder();
        string file = Path.Combine(tiny.Data, "vocabulary.json");
        CommandResult folder = await Command.RunAsync("train", tiny.Data, "--out", tiny.Images);
        folder.Failed(tiny.Images, "is a folder");
        Assert.Equal("", folder.Output);
        (await Command.RunAsync("train", tiny.Data, "--out", Path.Combine(file, "m.safetensors"))).Failed(
            file, "cannot be written");
        (await Command.RunAsync("train", tiny.Data, "--out", tiny.File("m.safetensors"), "--log", file)).Failed(
            file, "is a file");

        // Longer than a file's name may be with what is put behind it while the file is written.
        CommandResult tooLong = await Command.RunAsync("train", tiny.Data, "--out", tiny.File(new string('m', 250)));
        tooLong.Failed("cannot be written");
        Assert.Equal("", tooLong.Output);
    }
}
