using System.Text.Json;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class EvaluateCommandTests
{
    [Fact]
    public async Task People_get_a_table_and_its_signature()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        string text = (await Command.RunAsync("evaluate", model, tiny.Data, "--bootstrap", "10")).Succeeded().Output;
        Assert.Contains("CIDEr-D", text, StringComparison.Ordinal);
        Assert.Contains("images: 8 of val, in ", text, StringComparison.Ordinal);
        Assert.Contains("captions copied from the training set: ", text, StringComparison.Ordinal);
        Assert.Contains("|refs:dataset-words(2)|images:8|", text, StringComparison.Ordinal);
        Assert.Contains("|decoding:greedy,max5,without1words|", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_score_elsewhere_as_they_score_here()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), references = WriteReferences(tiny);
        JsonElement here = Assert.Single((await Command.RunAsync(
            "evaluate", model, tiny.Data, "--references", references, "--beam", "3", "--json", "--bootstrap", "10",
            "--results", tiny.File("results.json"), "--per-image", tiny.File("each.jsonl"))).Succeeded().JsonLines);
        JsonElement there = Assert.Single((await Command.RunAsync(
            "score", "--candidates", tiny.File("results.json"), "--references", references, "--json", "--bootstrap",
            "10")).Succeeded().JsonLines);
        Assert.Contains("|refs:3|images:8|", here.GetProperty("signature").GetString(), StringComparison.Ordinal);
        Assert.Contains(
            "|decoding:beam3,length-penalty0.7,max5,without1words|", here.GetProperty("signature").GetString(),
            StringComparison.Ordinal);
        foreach (string score in (string[])["Bleu_1", "Bleu_4", "METEOR", "ROUGE_L", "CIDEr"])
        {
            Assert.Equal(there.GetProperty(score).GetDouble(), here.GetProperty(score).GetDouble(), 1e-12);
        }

        JsonElement[] each =
            [.. File.ReadAllLines(tiny.File("each.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(
            Enumerable.Range(0, 8).Select(i => $"photo-{i}.png"),
            each.Select(line => line.GetProperty("file").GetString()));
        Assert.Equal(
            here.GetProperty("CIDEr").GetDouble(), each.Average(line => line.GetProperty("CIDEr").GetDouble()), 1e-9);
    }

    [Fact]
    public async Task Images_with_numbers_of_Coco_have_them_in_the_results()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        File.WriteAllLines(
            Path.Combine(tiny.Data, "val_images.txt"),
            Enumerable.Range(0, 8).Select(i => $"val2014/COCO_val2014_{i + 40:D12}.jpg"));
        string references = tiny.File("captions.json");
        File.WriteAllText(references, JsonSerializer.Serialize(new
        {
            images = Enumerable.Range(40, 8).Select(id => new { id, file_name = $"COCO_val2014_{id:D12}.jpg" }),
            annotations = Enumerable.Range(40, 8).Select(id => new { image_id = id, caption = "A cat runs." }),
        }));
        (await Command.RunAsync(
            "evaluate", model, tiny.Data, "--references", references, "--results", tiny.File("r.json"), "--images", "3",
            "--bootstrap", "1")).Succeeded();
        JsonElement[] results =
            [.. JsonDocument.Parse(File.ReadAllText(tiny.File("r.json"))).RootElement.EnumerateArray()];
        Assert.Equal(3, results.Select(result => result.GetProperty("image_id").GetInt32()).Distinct().Count(
            id => id is >= 40 and < 48));
        (await Command.RunAsync(
            "score", "--candidates", tiny.File("r.json"), "--references", references, "--bootstrap", "1")).Succeeded();
    }

    [Fact]
    public async Task A_dataset_imported_by_an_earlier_version_is_scored_against_its_file()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors"), references = WriteReferences(tiny);
        File.WriteAllText(Path.Combine(tiny.Data, "import.json"), JsonSerializer.Serialize(new
        {
            photos = tiny.Images,
            captions = references,
            maxWords = 15,
            keepCase = false,
            keepPunctuation = false,
            fingerprint = "0",
        }));
        string[] line = ["evaluate", model, tiny.Data, "--bootstrap", "1"];
        Assert.Contains(
            "|refs:3|images:8|", (await Command.RunAsync(line)).Succeeded().Output, StringComparison.Ordinal);
        File.Delete(references);
        (await Command.RunAsync(line)).Failed(references, "--references");
    }

    [Fact]
    public async Task Mistakes_are_reported()
    {
        using var tiny = new TinyFolder();
        using var other = new TinyFolder(["cow", "pig", "hen", "goat"]);
        string model = await tiny.TrainAsync("m.safetensors"), references = WriteReferences(tiny, images: 7);
        string[] line = ["evaluate", model, tiny.Data];
        (await Command.RunAsync("evaluate")).Failed("MODEL is missing");
        (await Command.RunAsync([.. line, "--references", references])).Failed(
            "captions.token", "lacks captions of 1", "photo-7.png");
        (await Command.RunAsync([.. line, "--references", "nowhere"])).Failed("nowhere: there is no such file");
        (await Command.RunAsync([.. line, "--n-best", "2"])).Failed("no option \"--n-best\"");
        (await Command.RunAsync([.. line, "--limit", "0"])).Failed("--limit is \"0\"");
        (await Command.RunAsync([.. line, "--results", tiny.Images])).Failed("is a folder");
        (await Command.RunAsync("evaluate", model, other.Data)).Failed("another vocabulary");
        (await Command.RunAsync("evaluate", references, tiny.Data)).Failed("captions.token");
    }

    private static string WriteReferences(TinyFolder tiny, int images = 8)
    {
        string path = tiny.File("captions.token");
        File.WriteAllLines(path, Enumerable.Range(0, 3 * images).Select(
            i => $"photo-{i / 3}.png#{i % 3}\t"
                + (i % 3 == 0 ? "A cat runs." : i % 3 == 1 ? "One bird, sleeping!" : $"Number {i}")));
        return path;
    }
}
