using System.Text;
using System.Text.Json;
using ShowTell.Datasets;
using ShowTell.Tests.Datasets.Features;
using ShowTell.Tests.ModelFiles;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class VerifyCommandTests
{
    [Fact]
    public async Task A_damaged_tensor_of_a_model_is_named()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string model = folder.File("m.safetensors"), damaged = folder.File("damaged.safetensors");
        SmallModel.Bundle().Save(model);
        Assert.Equal(
            $"intact   {model} (8 tensors)\n1 file: 0 damaged, 0 without checksums\n",
            (await Command.RunAsync("verify", model)).Succeeded().Output);

        byte[] bytes = File.ReadAllBytes(model);
        bytes[ModelFileBytes.RangeOf(bytes, "Wh").Start.Value + 5] ^= 1;
        bytes[ModelFileBytes.RangeOf(bytes, "b_vocab").Start.Value] ^= 128;
        File.WriteAllBytes(damaged, bytes);
        CommandResult result = await Command.RunAsync("verify", model, damaged);
        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        string[] lines = result.Output.Split('\n');
        Assert.Equal($"intact   {model} (8 tensors)", lines[0]);
        Assert.StartsWith($"DAMAGED  {damaged}: the tensor Wh is damaged: its checksum is ", lines[1]);
        Assert.StartsWith($"DAMAGED  {damaged}: the tensor b_vocab is damaged: its checksum is ", lines[2]);
        Assert.Equal("2 files: 1 damaged, 0 without checksums", lines[3]);

        bytes[10] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        result = await Command.RunAsync("verify", damaged, "--json");
        Assert.Equal(1, result.ExitCode);
        JsonElement file = Assert.Single(result.JsonLines).GetProperty("files")[0];
        Assert.Equal((damaged, 1), (file.GetProperty("file").GetString(), file.GetProperty("problemCount").GetInt32()));
        (await Command.RunAsync("verify", folder.File("absent"))).Failed(folder.File("absent"), "no such file");
        Directory.CreateDirectory(folder.File("empty"));
        (await Command.RunAsync("verify", folder.File("empty"))).Failed("contains no model, checkpoint or dataset");
    }

    [Fact]
    public async Task Damaged_features_are_named_by_their_photos()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        string features = Path.Combine(data, "features", "f.safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(features)!);
        pile.Extract(features);
        string intact = (await Command.RunAsync("verify", data)).Succeeded().Output;
        Assert.Contains($"intact   {Path.Combine(data, "dataset.json")}\n", intact, StringComparison.Ordinal);
        Assert.Contains($"intact   {features} (2 tensors)\n", intact, StringComparison.Ordinal);

        byte[] bytes = File.ReadAllBytes(features);
        Range rows = ModelFileBytes.RangeOf(bytes, "features");
        int row = (rows.End.Value - rows.Start.Value) / PhotoPile.Count;
        bytes[rows.Start.Value + (3 * row)] ^= 1;
        bytes[rows.Start.Value + (17 * row) + row - 1] ^= 1;
        File.WriteAllBytes(features, bytes);
        File.AppendAllText(Path.Combine(data, "captions.jsonl"), "\n");
        CommandResult result = await Command.RunAsync("verify", data);
        Assert.Equal((1, ""), (result.ExitCode, result.Error));
        Assert.Contains("captions.jsonl: is damaged or was changed", result.Output, StringComparison.Ordinal);
        foreach (int photo in new[] { 3, 17 })
        {
            string named = $"row {photo} of features, the photo {PhotoPile.Names[photo]}, is damaged";
            Assert.Contains($"DAMAGED  {features}: {named}: it does not match its checksum;", result.Output);
        }

        Assert.Contains("2 files: 2 damaged, 0 without checksums", result.Output, StringComparison.Ordinal);

        // A header that still can be read.
        bytes[8 + Encoding.Latin1.GetString(bytes, 8, 500).IndexOf("recipe", StringComparison.Ordinal)] ^= 1;
        File.WriteAllBytes(features, bytes);
        Assert.Contains(
            $"{features}: its header is damaged: its checksum is ", (await Command.RunAsync("verify", data)).Output);
    }

    [Fact]
    public async Task Files_of_the_exercises_can_only_be_read()
    {
        using var tiny = new TinyFolder();
        string exercises = tiny.File("cs231n");
        (await Command.RunAsync("data", "export", tiny.Data, "--cs231n", "--out", exercises)).Succeeded();
        string text = (await Command.RunAsync("verify", exercises, tiny.Data)).Succeeded().Output;
        string captions = Path.Combine(exercises, DatasetLayout.Cs231n.CaptionsFile);
        Assert.Contains($"readable {captions} (4 tensors): has no checksums\n", text, StringComparison.Ordinal);
        Assert.Contains("intact   " + Path.Combine(tiny.Data, "captions.safetensors"), text, StringComparison.Ordinal);
        File.WriteAllBytes(captions, File.ReadAllBytes(captions)[..300]);
        CommandResult result = await Command.RunAsync("verify", exercises);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains($"DAMAGED  {captions}", result.Output, StringComparison.Ordinal);
    }
}
