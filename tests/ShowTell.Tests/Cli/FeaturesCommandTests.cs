using System.Text.Json;
using ShowTell.Backbones;
using ShowTell.Datasets.Features;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class FeaturesCommandTests
{
    [Fact]
    public async Task A_folder_of_photos_becomes_a_file_of_features()
    {
        using var pile = new PhotoPile();
        string path = pile.File("f.safetensors");
        string[] line = ["features", pile.Photos, "--backbone", pile.Network, "--out", path];
        string text = (await Command.RunAsync(line)).Succeeded().Output;
        Assert.StartsWith("0 / 20 photos\n", text, StringComparison.Ordinal);
        Assert.Contains("\n20 photos, 8 features\n20 computed in ", text, StringComparison.Ordinal);
        Assert.EndsWith($"features: {path}\n", text, StringComparison.Ordinal);
        Assert.Contains(
            "nothing to compute", (await Command.RunAsync(line)).Succeeded().Output, StringComparison.Ordinal);

        pile.Spoil(2);
        JsonElement json = Assert.Single((await Command.RunAsync(
            [.. line, "--grid", "--pca", "3", "--float16", "--threads", "2", "--photo-batch", "4", "--json"]))
            .Succeeded().JsonLines);
        Assert.Equal(
            ["photos", "unreadable", "features", "places", "computed", "seconds", "photosPerSecond", "out"],
            json.EnumerateObject().Select(property => property.Name));
        Assert.Equal(
            (19, 3, 4, 19),
            (Number(json, "photos"), Number(json, "features"), Number(json, "places"), Number(json, "computed")));
        JsonElement unreadable = Assert.Single(json.GetProperty("unreadable").EnumerateArray());
        Assert.Equal(PhotoPile.NameOf(2), unreadable.GetProperty("file").GetString());
        Assert.StartsWith(
            "is a text file", unreadable.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal(path, json.GetProperty("out").GetString());
    }

    [Fact]
    public async Task A_grid_may_have_a_side()
    {
        using var pile = new PhotoPile();
        string[] line = ["features", pile.Photos, "--backbone", pile.Network, "--json"];
        foreach ((string[] grid, int places) in ((string[], int)[])[(["--grid"], 4), (["--grid", "1"], 1), (
            ["--grid", "2"], 4)])
        {
            string path = pile.File($"{string.Concat(grid)}.safetensors");
            JsonElement json = Assert.Single(
                (await Command.RunAsync([.. line, "--out", path, .. grid])).Succeeded().JsonLines);
            Assert.Equal((8, places), (Number(json, "features"), Number(json, "places")));
            Assert.True(FeatureFile.ReadPipeline(path)!.IsGrid);
        }

        (await Command.RunAsync([.. line, "--out", pile.File("f.safetensors"), "--grid", "3"])).Failed(
            "cannot be averaged to a grid of 3 x 3");
        foreach (string wrong in (string[])["0", "-1", "x"])
        {
            (await Command.RunAsync([.. line, "--out", pile.File("f.safetensors"), "--grid", wrong])).Failed(
                $"\"{wrong}\"", "whole number");
        }
    }

    [Fact]
    public async Task Unreadable_photos_are_named_ten_at_most()
    {
        using var pile = new PhotoPile();
        for (int photo = 0; photo < 12; photo++)
        {
            pile.Spoil(photo);
        }

        CommandResult result = await Command.RunAsync(
            "features", pile.Photos, "--backbone", pile.Network, "--out", pile.File("f.safetensors"),
            "--output", "grid");
        Assert.Equal(0, result.ExitCode);
        string[] lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(11, lines.Length);
        Assert.StartsWith($"showtell: left out {PhotoPile.NameOf(0)}: is a text", lines[0], StringComparison.Ordinal);
        Assert.Contains("left out 12 photos in all", lines[^1], StringComparison.Ordinal);
        Assert.Contains("8 photos, 8 features; 12 left out\n", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Features_of_new_photos_are_transformed_as_those_of_the_old()
    {
        using var pile = new PhotoPile();
        string first = pile.File("first.safetensors"), second = pile.File("second.safetensors");
        string[] line = ["features", pile.Photos, "--backbone", pile.Network, "--out"];
        (await Command.RunAsync([.. line, first, "--pca", "3", "--standardize"])).Succeeded();
        File.Delete(pile.PathOf(PhotoPile.NameOf(0)));
        (await Command.RunAsync([.. line, second, "--transform-of", first])).Succeeded();
        Assert.Equal(FeatureFile.ReadPipeline(first), FeatureFile.ReadPipeline(second));

        (await Command.RunAsync([.. line, second, "--transform-of", first, "--pca", "2"])).Failed(
            "--transform-of excludes --pca");
        (await Command.RunAsync([.. line, second, "--transform-of", first, "--grid"])).Failed(first, "was expected");
        (await Command.RunAsync([.. line, pile.File("raw.safetensors")])).Succeeded();
        (await Command.RunAsync([.. line, second, "--transform-of", pile.File("raw.safetensors")])).Failed(
            "raw.safetensors", "without --pca");
    }

    [Fact]
    public async Task Preprocessing_may_be_given()
    {
        using var pile = new PhotoPile();
        string described = pile.File("p.json");
        File.WriteAllText(
            described, """{"channel_order":"BGR","value_range":"0..255","mean":[1,2,3],"std":[4,5,6],"size":32}""");
        string[] line =
            ["features", pile.Photos, "--backbone", pile.Network, "--out", pile.File("f.safetensors"),
            "--preprocessing"];
        (await Command.RunAsync([.. line, described])).Succeeded();
        Assert.True(FeatureFile.ReadPipeline(pile.File("f.safetensors"))?.Preprocessing.BlueFirst);
        (await Command.RunAsync([.. line, "caffe"])).Succeeded();
        Assert.Equal(32, FeatureFile.ReadPipeline(pile.File("f.safetensors"))?.Preprocessing.Size);
        File.WriteAllText(described, File.ReadAllText(described).Replace("32", "33"));
        (await Command.RunAsync([.. line, described])).Failed("n x 3 x 32 x 32", "n x 3 x 33 x 33");
        (await Command.RunAsync([.. line, "cafe"])).Failed("There is no preprocessing cafe");
        (await Command.RunAsync([.. line, pile.File("absent.json")])).Failed("absent.json");
    }

    [Fact]
    public async Task Layout_and_class_token_may_be_given()
    {
        using var pile = new PhotoPile();
        File.WriteAllBytes(pile.Network, NetworkKindTests.Tokens(5).Output("tokens", "n", 5, 3).ToBytes());
        string[] line = ["features", pile.Photos, "--backbone", pile.Network, "--out", pile.File("f.npy"), "--json"];
        foreach ((string option, int places) in new[] { ("keep", 5), ("drop", 4) })
        {
            JsonElement json = Assert.Single(
                (await Command.RunAsync([.. line, "--grid", "--class-token", option])).Succeeded().JsonLines);
            Assert.Equal((3, places), (Number(json, "features"), Number(json, "places")));
            File.Delete(pile.File("f.npy"));
        }

        (await Command.RunAsync([.. line, "--class-token", "only"])).Succeeded();
        Assert.Equal(ClassToken.Only, FeatureFile.ReadPipeline(pile.File("f.npy"))!.ClassToken);
        (await Command.RunAsync([.. line, "--class-token", "none"])).Failed("--class-token is \"none\"");
        (await Command.RunAsync([.. line, "--layout", "CHW"])).Failed("--layout is \"CHW\"", "NCHW, NHWC");
        File.Delete(pile.File("f.npy"));
        (await Command.RunAsync([.. line, "--layout", "NCHW", "--class-token", "keep"])).Succeeded();
        Assert.Equal(OutputLayout.ChannelsFirst, FeatureFile.ReadPipeline(pile.File("f.npy"))!.Layout);
    }

    [Fact]
    public async Task Interrupted_it_reports_where_it_would_continue()
    {
        using var pile = new PhotoPile();
        string[] line = ["features", pile.Photos, "--backbone", pile.Network, "--out", pile.File("f.safetensors")];
        CommandResult result = await Command.RunAsync(line, interruptAt: "0 / 20 photos");
        Assert.Equal(130, result.ExitCode);
        Assert.Equal("showtell: interrupted; run again to continue from 0 of 20 photos\n", result.Error);
        (await Command.RunAsync(line)).Succeeded();
    }

    [Fact]
    public async Task Mistakes_on_the_command_line_are_reported()
    {
        using var pile = new PhotoPile();
        string path = pile.File("f.safetensors"), absent = pile.File("absent");
        string[] net = ["--backbone", pile.Network];
        (await Command.RunAsync("features")).Failed("PHOTOS is missing");
        (await Command.RunAsync("features", pile.Photos)).Failed("--backbone is missing");
        (await Command.RunAsync(["features", pile.Photos, .. net])).Failed("--out is required");
        (await Command.RunAsync(["features", absent, .. net])).Failed(absent, "there is no such folder");
        (await Command.RunAsync(["features", absent, .. net, "--out", path])).Failed(absent, "there is no such folder");
        Directory.CreateDirectory(absent);
        (await Command.RunAsync(["features", absent, .. net, "--out", path])).Failed(absent, "no photos");
        string photo = pile.PathOf(PhotoPile.NameOf(0));
        (await Command.RunAsync("features", pile.Photos, "--out", path, "--backbone", pile.File("no.onnx"))).Failed(
            "no.onnx");
        (await Command.RunAsync("features", pile.Photos, "--out", path, "--backbone", photo)).Failed(photo);
        (await Command.RunAsync(["features", pile.Photos, .. net, "--out", path, "--pca", "9"])).Failed(
            "at most 8 principal components");
        (await Command.RunAsync(["features", pile.Photos, .. net, "--out", path, "--output", "fc9"])).Failed("fc9");
        (await Command.RunAsync(["features", pile.Photos, .. net, "--out", pile.Photos])).Failed("is a folder");
        (await Command.RunAsync(
            ["features", pile.Photos, .. net, "--out", Path.Combine(photo, "f.safetensors")])).Failed(
            "cannot be written");
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task A_model_finds_those_features_of_a_dataset_that_it_was_trained_on()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        string[] line = ["features", data, "--backbone", pile.Network];
        (await Command.RunAsync([.. line, "--out", pile.File("f.safetensors")])).Failed(data, "is a dataset");
        (await Command.RunAsync(line)).Succeeded();
        Assert.Contains(
            $"features: {Path.Combine(data, "features", "tiny-")}",
            (await Command.RunAsync([.. line, "--pca", "2", "--standardize"])).Succeeded().Output,
            StringComparison.Ordinal);
        foreach (string kind in new[] { "pca", "raw" })
        {
            string model = pile.File($"{kind}.safetensors");
            (await Command.RunAsync(
                "train", data, "--features", kind, "--out", model, "--hidden", "8", "--wordvec", "4", "--epochs",
                "1")).Succeeded();
            (await Command.RunAsync("sample", model, data, "--count", "2")).Succeeded();
        }

        (await Command.RunAsync([.. line, "--pca", "3"])).Succeeded();
        (await Command.RunAsync("sample", pile.File("raw.safetensors"), data)).Succeeded();
        (await Command.RunAsync("sample", pile.File("pca.safetensors"), data)).Succeeded();
        (await Command.RunAsync("train", data, "--features", "pca", "--out", pile.File("x"))).Failed(
            "contains several; choose one with --features");
        Directory.Delete(Path.Combine(data, "features"), recursive: true);
        (await Command.RunAsync([.. line, "--pca", "3"])).Succeeded();
        (await Command.RunAsync("sample", pile.File("pca.safetensors"), data)).Failed(
            "contains no features of the model's pipeline");
    }

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
