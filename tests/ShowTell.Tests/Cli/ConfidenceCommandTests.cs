using System.Text.Json;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;
using SkiaSharp;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>
/// A model that learns photos of four colors, whose captions name them, and of two whose captions are random words.
/// </summary>
public sealed class ConfidenceCommandTests
{
    private const int Kinds = 6;
    private const int SureKinds = 4;

    private static readonly string[] s_sure =
        ["a red wall in sun", "the green lawn after rain", "some blue water at night", "one white cloud above us"];

    [Fact]
    public async Task A_trained_model_says_how_sure_it_is()
    {
        using TemporaryFolder folder = TestData.Temporary();
        WriteDataset(folder, photos: 240);
        string model = folder.File("m.safetensors"), data = folder.File("m-data"), network = folder.File("net.onnx");
        string trained = (await Command.RunAsync(
            "train", folder.File("photos"), "--captions", folder.File("captions.csv"), "--backbone", network, "--out",
            model, "--hidden", "24", "--wordvec", "16", "--epochs", "20", "--batch", "8", "--lr", "1e-2",
            "--val-fraction", "0.4", "--min-count", "1")).Succeeded().Output;
        Assert.Contains("confidence: AUROC 0.", trained, StringComparison.Ordinal);

        JsonElement scores = Assert.Single((await Command.RunAsync(
            "evaluate", model, data, "--beam", "3", "--json", "--bootstrap", "10", "--per-image",
            folder.File("each.jsonl"))).Succeeded().JsonLines);
        JsonElement confidence = scores.GetProperty("confidence");
        Assert.InRange(confidence.GetProperty("auroc").GetDouble(), 0.8, 1);
        Assert.Equal(96, confidence.GetProperty("count").GetInt32());
        Assert.Contains("by-confidence", scores.GetProperty("signature").GetString(), StringComparison.Ordinal);
        Assert.All(
            File.ReadLines(folder.File("each.jsonl")),
            line => Assert.InRange(JsonDocument.Parse(line).RootElement.GetProperty("confidence").GetDouble(), 0, 1));
        string table = (await Command.RunAsync(
            "evaluate", model, data, "--beam", "3", "--rank", "probability", "--bootstrap", "10")).Succeeded().Output;
        Assert.Contains("of the surest 50% are good", table, StringComparison.Ordinal);
        Assert.DoesNotContain("by-confidence", table, StringComparison.Ordinal);

        string[] photos = [.. Enumerable.Range(0, Kinds).Select(kind => Photo(folder, $"new{kind}.png", kind, 999))];
        JsonElement[] captions = (await Command.RunAsync(
            ["caption", model, .. photos, "--backbone", network, "--json"])).Succeeded().JsonLines;
        double[] confidences = [.. captions.Select(line => line.GetProperty("confidence").GetDouble())];
        Assert.All(confidences[..SureKinds], value => Assert.InRange(value, 0.6, 1));
        Assert.All(confidences[SureKinds..], value => Assert.InRange(value, 0, 0.6));

        string[] lines = (await Command.RunAsync(
            ["caption", model, .. photos, "--backbone", network, "--min-confidence", "0.6"])).Succeeded().Output
            .TrimEnd().Split('\n');
        Assert.All(lines[..SureKinds], line => Assert.DoesNotContain("(not", line, StringComparison.Ordinal));
        Assert.All(lines[SureKinds..], line => Assert.EndsWith(": (not sure)", line, StringComparison.Ordinal));
        string page = folder.File("report.html");
        (await Command.RunAsync("report", model, data, "--out", page)).Succeeded();
        Assert.Contains("Risk and coverage", File.ReadAllText(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_without_confidence_gets_one_later_or_says_why_it_cannot()
    {
        using TemporaryFolder folder = TestData.Temporary();
        WriteDataset(folder, photos: 24);
        string model = folder.File("m.safetensors"), network = folder.File("net.onnx");
        string trained = (await Command.RunAsync(
            "train", folder.File("photos"), "--captions", folder.File("captions.csv"), "--backbone", network, "--out",
            model, "--epochs", "2", "--min-count", "1")).Succeeded().Output;
        Assert.Contains("confidence: none, as it takes at least 60 training photos", trained, StringComparison.Ordinal);
        string photo = Photo(folder, "new.png", 1, 5);
        (await Command.RunAsync("caption", model, photo, "--backbone", network, "--min-confidence", "0.5"))
            .Failed(model, "showtell calibrate");
        (await Command.RunAsync("caption", model, photo, "--backbone", network, "--min-confidence", "1.5"))
            .Failed("--min-confidence", "from 0 to 1");
        (await Command.RunAsync("calibrate", model, folder.File("m-data"))).Failed(model, "60 training photos");
        (await Command.RunAsync("calibrate", model, folder.File("m-data"), "--out", photo))
            .Failed(photo, "already exists");
        JsonElement line = Assert.Single(
            (await Command.RunAsync("caption", model, photo, "--backbone", network, "--json")).Succeeded().JsonLines);
        Assert.False(line.TryGetProperty("confidence", out _));
    }

    private static void WriteDataset(TemporaryFolder folder, int photos)
    {
        Directory.CreateDirectory(folder.File("photos"));
        File.WriteAllBytes(folder.File("net.onnx"), TinyNetwork.Bytes());
        var random = new SeededRandom(7);
        string[] words = [.. s_sure.SelectMany(caption => caption.Split(' ')).Distinct()];
        var lines = new List<string> { "photo,caption" };
        for (int i = 0; i < photos; i++)
        {
            Photo(folder, $"photos/{i}.png", i % Kinds, i);
            for (int caption = 0; caption < 2; caption++)
            {
                lines.Add($"{i}.png," + (i % Kinds < SureKinds ? s_sure[i % Kinds]
                    : string.Join(' ', Enumerable.Range(0, 5).Select(_ => words[random.NextInt(words.Length)]))));
            }
        }

        File.WriteAllLines(folder.File("captions.csv"), lines);
    }

    /// <summary>A photo of a color, with noise.</summary>
    private static string Photo(TemporaryFolder folder, string name, int kind, int seed)
    {
        const int Size = 32;
        var random = new SeededRandom((ulong)seed);
        using var bitmap = new SKBitmap(Size, Size, SKColorType.Rgba8888, SKAlphaType.Opaque);
        int[] color =
        [
            kind is 0 or 3 or 4 ? 220 : 40, kind is 1 or 3 or 5 ? 220 : 40, kind is 2 or 3 or 4 or 5 ? 220 : 40,
        ];
        byte Near(int value) => (byte)(value + random.NextInt(31));
        for (int i = 0; i < Size * Size; i++)
        {
            bitmap.SetPixel(i % Size, i / Size, new SKColor(Near(color[0]), Near(color[1]), Near(color[2])));
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(folder.File(name), data.ToArray());
        return folder.File(name);
    }
}
