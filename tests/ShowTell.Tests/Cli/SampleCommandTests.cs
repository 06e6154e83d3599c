using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ShowTell.Tests.ModelFiles;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class SampleCommandTests
{
    [Fact]
    public async Task Captions_come_as_text_as_JSON_and_as_a_page()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors", "--lr", "2e-2"), page = tiny.File("page.html");
        string text = (await Command.RunAsync("sample", model, tiny.Data, "--count", "3")).Succeeded().Output;
        Assert.Equal(
            3, Regex.Count(text, @"(?m)^photo-\d\.png\n  \S.*\n    ground truth: a .*\n    ground truth: one .*\n"));
        Assert.Matches(@"captions among the ground truth, word for word: \d / 3 \(\d+\.\d%\)\n", text);

        string[] args =
            ["sample", model, tiny.Data, "--count", "100", "--json", "--images", tiny.Images, "--out", page];
        JsonElement[] lines = (await Command.RunAsync(args)).Succeeded().JsonLines;
        Assert.Equal(8, lines.Length);
        Assert.All(lines, line => Assert.Equal(
            ["image", "caption", "references"], line.EnumerateObject().Select(property => property.Name)));
        Assert.All(lines, line => Assert.Equal(2, line.GetProperty("references").GetArrayLength()));
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        DataCommandTests.AssertSelfContained(html);
        Assert.All(
            lines, line => Assert.Contains(line.GetProperty("image").GetString()!, html, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("word")]
    [InlineData("char")]
    public async Task A_model_can_overfit_a_few_captions(string tokens)
    {
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        (await Command.RunAsync(
            [
                .. tiny.TrainLine(model, epochs: 300, printEvery: 1000), "--tokens", tokens, "--max-train", "5",
                "--lr-decay", "1", "--lr", "5e-3", "--average", "0",
            ])).Succeeded();
        CommandResult result = (await Command.RunAsync(
            "sample", model, tiny.Data, "--split", "train", "--count", "100", "--json")).Succeeded();

        // Exactly the five captions that were drawn for training are there, and the model knows them.
        Assert.Equal(5, result.JsonLines.Sum(line => line.GetProperty("references").GetArrayLength()));
        Assert.All(result.JsonLines, line => Assert.Contains(
            line.GetProperty("caption").GetString(),
            line.GetProperty("references").EnumerateArray().Select(reference => reference.GetString())));
    }

    [Fact]
    public async Task Control_characters_in_a_dataset_do_not_reach_the_terminal()
    {
        using var tiny = new TinyFolder(["cat\u202e", "dog", "bird", "fish"]);
        string model = await tiny.TrainAsync("m.safetensors");
        foreach (string list in Directory.GetFiles(tiny.Data, "*_images.txt"))
        {
            File.WriteAllText(list, File.ReadAllText(list).Replace("photo-", "\u001b[31mphoto-"));
        }

        string text = (await Command.RunAsync("sample", model, tiny.Data, "--count", "100")).Succeeded().Output
            + (await Command.RunAsync("data", "info", tiny.Data)).Succeeded().Output;
        Assert.Contains("\uFFFD[31mphoto-", text, StringComparison.Ordinal);
        Assert.Contains("cat\uFFFD", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202e', text);
        JsonElement line = (await Command.RunAsync("sample", model, tiny.Data, "--count", "1", "--json")).JsonLines[0];
        Assert.StartsWith("\u001b[31mphoto-", line.GetProperty("image").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(text, letter => char.IsControl(letter) && letter != '\n');

        string words = Path.Combine(tiny.Data, "vocabulary.json");
        File.WriteAllText(words, File.ReadAllText(words).Replace("bird", "b\\u001b[2J", StringComparison.Ordinal));
        (await Command.RunAsync("data", "info", tiny.Data)).Failed(words, "\"b\\u001b[2J\"", "control character");
        CommandResult result = await Command.RunAsync("sample", "no\nsuch\u001b[2Jmodel", tiny.Data);
        Assert.Equal(
            (1, "showtell: no\uFFFDsuch\uFFFD[2Jmodel: there is no such model file.\n"),
            (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Incompatible_models_and_datasets_are_refused()
    {
        using var tiny = new TinyFolder();
        using var otherWords = new TinyFolder(["cat", "dog", "bird", "mouse"]);
        using var otherSize = new TinyFolder(featureSize: 6);
        string model = await tiny.TrainAsync("m.safetensors");
        (await Command.RunAsync("sample", model, otherWords.Data)).Failed(
            model, "another vocabulary", otherWords.Data, "imported again with other captions or options",
            "or train again");
        string renamed = Path.Combine(Path.GetDirectoryName(otherWords.Data)!, "renamed");
        Directory.Move(otherWords.Data, renamed);
        (await Command.RunAsync("sample", model, renamed)).Failed("another vocabulary", "trained on, tiny.");
        (await Command.RunAsync("sample", model, otherSize.Data)).Failed(model, "5 features", "has 6", otherSize.Data);
        (await Command.RunAsync("sample", model, tiny.File("absent"))).Failed(tiny.File("absent"), "is not a folder");
    }

    [Fact]
    public async Task Pages_that_cannot_be_written_are_refused_before_work_begins()
    {
        using var tiny = new TinyFolder();
        CommandResult result = await Command.RunAsync(
            "sample", await tiny.TrainAsync("m.safetensors"), tiny.Data, "--out", tiny.Images);
        result.Failed(tiny.Images, "is a folder");
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task Pages_replace_only_pages()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), page = tiny.File("page.html");
        byte[] before = File.ReadAllBytes(model);
        (await Command.RunAsync("sample", model, tiny.Data, "--out", model)).Failed(model, "is no page");
        (await Command.RunAsync("data", "sample", tiny.Data, "--out", model)).Failed(model, "is no page");
        (await Command.RunAsync("report", model, tiny.Data, "--out", model)).Failed(model, "is no page");
        Assert.Equal(before, File.ReadAllBytes(model));
        (await Command.RunAsync("sample", model, tiny.Data, "--out", page)).Succeeded();
        (await Command.RunAsync("sample", model, tiny.Data, "--out", page)).Succeeded();
    }

    [Fact]
    public async Task Damaged_and_foreign_model_files_are_named()
    {
        using var tiny = new TinyFolder();
        byte[] good = await File.ReadAllBytesAsync(
            await tiny.TrainAsync("m.safetensors"), TestContext.Current.CancellationToken);
        string bad = tiny.File("bad.safetensors");
        async Task Fails(byte[] bytes, params string[] said)
        {
            await File.WriteAllBytesAsync(bad, bytes, TestContext.Current.CancellationToken);
            CommandResult result = await Command.RunAsync("sample", bad, tiny.Data);
            result.Failed([bad, .. said]);
            Assert.Equal("", result.Output);
        }

        byte[] Forge(string from, string to) => ModelFileBytes.Reseal(Replace(good, from, to));
        await Fails([], "safetensors");
        await Fails(good[..1000], "safetensors");
        await Fails(good[..^1], "truncated");
        await Fails([.. good, 0], "bytes");
        await Fails(Encoding.UTF8.GetBytes("this is a text, not a model"), "safetensors");
        await Fails(Replace(good, "\"W_proj\"", "\"X_proj\""), "header is damaged: its checksum is ");
        await Fails(Forge("\"format\":\"showtell\"", "\"format\":\"someelse\""), "someelse");
        await Fails(Forge("\"format_version\":\"2\"", "\"format_version\":\"9\""), "version 9");
        await Fails(Forge("\"W_proj\"", "\"X_proj\""), "tensor", "_proj");
        await Fails(Forge("hiddenSize\\\":24", "hiddenSize\\\":25"), "shape", "expected [5, 25]");
        await Fails(Replace(good, "\"dtype\":\"F32\"", "\"dtype\":\"F64\""), "F64");
        byte[] nan = [.. good];
        BitConverter.TryWriteBytes(nan.AsSpan(ModelFileBytes.RangeOf(nan, "reference.features")), float.NaN);
        await Fails(nan, "reference.features is damaged: its checksum is ");
        await Fails(ModelFileBytes.Reseal(nan), "reference.features", "NaN");
        (await Command.RunAsync("sample", tiny.File("absent"), tiny.Data)).Failed(
            tiny.File("absent"), "no such model file");
        (await Command.RunAsync("sample", tiny.Data, tiny.Data)).Failed(tiny.Data, "is a folder");
    }

    private static byte[] Replace(byte[] bytes, string from, string to)
    {
        byte[] replaced = [.. bytes];
        int at = bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(from));
        Assert.True(at >= 0, $"The model file has no {from}.");
        Encoding.UTF8.GetBytes(to).CopyTo(replaced, at);
        return replaced;
    }
}
