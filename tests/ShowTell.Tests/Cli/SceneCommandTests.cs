using System.Text.Json;
using ShowTell.ModelFiles;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>The commands on drawn scenes. Making them takes seconds, so there are few tests.</summary>
public sealed class SceneCommandTests
{
    [Fact]
    public async Task Captions_of_scenes_are_checked_for_truth()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string model = folder.File("scenes.safetensors"), page = folder.File("page.html");
        (await Command.RunAsync(
            "train", "scenes", "--out", model, "--max-train", "400", "--hidden", "16", "--wordvec", "8", "--epochs",
            "2", "--batch", "50")).Succeeded();
        JsonElement[] lines = (await Command.RunAsync(
            "sample", model, "scenes", "--count", "40", "--json", "--out", page)).Succeeded().JsonLines;
        Assert.Equal(40, lines.Length);
        Assert.All(lines, line => Assert.Equal(
            ["image", "caption", "references", "isTrue"], line.EnumerateObject().Select(property => property.Name)));
        Assert.Contains(lines, line => !line.GetProperty("isTrue").GetBoolean());
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        DataCommandTests.AssertSelfContained(html);
        Assert.Contains("true captions: ", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupted_demo_keeps_its_model()
    {
        using TemporaryFolder folder = TestData.Temporary();
        CommandResult result = await Command.RunAsync(
            ["demo", "--out", folder.File("demo")], interruptAt: "(Iteration 1 /");
        Assert.Equal(130, result.ExitCode);
        string model = folder.File("demo/scenes.safetensors");
        Assert.Contains($"model: {model}", result.Output, StringComparison.Ordinal);
        Assert.Equal("scenes", ModelBundle.Load(model).Training.Dataset);
        Assert.False(File.Exists(folder.File("demo/report.html")));
    }

    [Fact]
    public async Task A_demo_that_cannot_write_says_so_at_once() =>
        (await Command.RunAsync("demo", "--out", Path.Combine(AppContext.BaseDirectory, "ShowTell.Cli.dll"))).Failed(
            "ShowTell.Cli.dll", "is a file");
}
