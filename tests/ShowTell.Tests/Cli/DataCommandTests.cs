using System.Text.Json;
using System.Text.RegularExpressions;
using ShowTell.Tests.Files;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class DataCommandTests
{
    [Fact]
    public async Task Info_says_what_there_is()
    {
        using var tiny = new TinyFolder();
        string text = (await Command.RunAsync("data", "info", tiny.Data)).Succeeded().Output;
        Assert.Contains("train: <START> a cat runs <END>", text, StringComparison.Ordinal);
        JsonElement info = Assert.Single(
            (await Command.RunAsync("data", "info", tiny.Data, "--json")).Succeeded().JsonLines);
        Assert.Equal(tiny.Data, info.GetProperty("dataset").GetString());
        Assert.Equal(12, info.GetProperty("words").GetInt32());
        JsonElement[] splits = [.. info.GetProperty("splits").EnumerateArray()];
        Assert.Equal(["train", "val"], splits.Select(split => split.GetProperty("split").GetString()));
        Assert.All(splits, split => Assert.Equal(16, split.GetProperty("captions").GetInt32()));
        Assert.All(splits, split => Assert.Equal(8, split.GetProperty("images").GetInt32()));
        Assert.All(splits, split => Assert.Equal(3.0, split.GetProperty("meanLength").GetDouble()));
    }

    [Fact]
    public async Task Sample_writes_a_page_that_needs_nothing_else()
    {
        using var tiny = new TinyFolder();
        string page = tiny.File("deep/page.html");
        string[] args = ["data", "sample", tiny.Data, "--count", "5", "--photos", tiny.Images, "--out", page];
        Assert.Equal($"page: {page}\n", (await Command.RunAsync(args)).Succeeded().Output);
        string html = await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken);
        AssertSelfContained(html);
        Assert.InRange(Regex.Count(html, "src=\"data:image/png"), 5, int.MaxValue);
        await Command.RunAsync(args);
        Assert.Equal(html, await File.ReadAllTextAsync(page, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Damaged_folders_are_named()
    {
        using var tiny = new TinyFolder();
        string captions = Path.Combine(tiny.Data, "captions.safetensors");
        string features = Path.Combine(tiny.Data, "train_features_pca.safetensors");
        byte[] good = await File.ReadAllBytesAsync(features, TestContext.Current.CancellationToken);
        async Task Fails(params string[] said) => (await Command.RunAsync("data", "info", tiny.Data)).Failed(said);

        await File.WriteAllBytesAsync(features, good[..^100], TestContext.Current.CancellationToken);
        await Fails(features, "truncated");
        await File.WriteAllTextAsync(features, "no tensors", TestContext.Current.CancellationToken);
        await Fails(features, "intact safetensors file");
        float[] values = new float[40];
        values[7] = float.NaN;
        Tensors.Write(features, file => file.Add<float>("features", [8, 5], values));
        await Fails(features, "row 1 (photo-1.png)", "NaN");
        await File.WriteAllBytesAsync(features, good, TestContext.Current.CancellationToken);

        Tensors.Write(captions, file => file.Add<int>("train_captions", [1, 3], [1, 99, 2]));
        await Fails(captions, "train_image_idxs");
        File.Delete(captions);
        await Fails(tiny.Data, "lacks captions.safetensors");
        (await Command.RunAsync("data", "info", features)).Failed(features, "is not a folder");
    }

    /// <summary>A page may link to the web, but must not fetch anything from there.</summary>
    internal static void AssertSelfContained(string html)
    {
        Assert.StartsWith("<!doctype html>", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(
            @"(?i)<script|<iframe|<link|@import|(src|srcset|poster)\s*=\s*[""']?\s*(https?:)?//"
            + @"|url\(\s*[""']?\s*(https?:)?//",
            html);
    }
}
