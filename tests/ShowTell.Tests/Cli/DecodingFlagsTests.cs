using System.Text.Json;
using ShowTell.Tests.Captioning;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>The options of <c>sample</c> and <c>caption</c> that say how captions are chosen.</summary>
public sealed class DecodingFlagsTests
{
    [Fact]
    public async Task A_beam_gives_alternatives()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        string[] line = ["sample", model, tiny.Data, "--count", "100"];
        string[][] greedy = Captions(await Command.RunAsync([.. line, "--json"]));
        Assert.All(greedy, captions => Assert.Single(captions));
        Assert.Equal(greedy, Captions(await Command.RunAsync([.. line, "--json", "--beam", "1"])));

        CommandResult result = await Command.RunAsync([.. line, "--json", "--beam", "4", "--n-best", "3"]);
        string[][] beam = Captions(result);
        Assert.All(beam, captions => Assert.Equal(3, captions.Distinct().Count()));
        Assert.All(result.JsonLines, json => Assert.Equal(
            ["image", "caption", "alternatives", "references"],
            json.EnumerateObject().Select(property => property.Name)));
        string text = (await Command.RunAsync([.. line, "--beam", "4", "--n-best", "3"])).Succeeded().Output;
        Assert.All(beam, captions => Assert.Contains(
            $"  {captions[0]}\n    or: {captions[1]}\n    or: {captions[2]}\n    ground truth: ", text,
            StringComparison.Ordinal));
        Assert.All(
            Captions(await Command.RunAsync(
                [
                    .. line, "--json", "--beam", "4", "--n-best", "4", "--groups", "2", "--diversity", "3",
                    "--length-penalty", "0.7",
                ])),
            captions => Assert.InRange(captions.Distinct().Count(), 2, 4));
    }

    [Fact]
    public async Task Words_and_lengths_are_respected()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        string[] line = ["sample", model, tiny.Data, "--json", "--count", "100"];
        string[][] captions = Captions(await Command.RunAsync(
            [
                .. line, "--with", "horse", "--with", "sleeps", "--without", "a", "--without", "zebra", "--no-unknown",
                "--min-words", "4", "--max-words", "4", "--no-repeat", "1",
            ]));
        foreach (string[] words in captions.Select(caption => caption[0].Split(' ')))
        {
            Assert.Equal((4, 4), (words.Length, words.Distinct().Count()));
            Assert.Contains("horse", words);
            Assert.Contains("sleeps", words);
            Assert.DoesNotContain("a", words);
            Assert.DoesNotContain("<UNK>", words);
        }

        (await Command.RunAsync([.. line, "--with", "zebra"])).Failed("\"zebra\"", "12 words");
    }

    [Fact]
    public async Task A_seed_decides_what_is_drawn()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        string[] line =
        [
            "sample", model, tiny.Data, "--json", "--temperature", "1.5", "--top-k", "6", "--top-p", "0.95", "--n-best",
            "2",
        ];
        Dictionary<string, string> first = await Drawn("231"), second = await Drawn("231"), other = await Drawn("5"),
            few = await Drawn("231", count: "3");
        Assert.Equal(first, second);
        Assert.NotEqual(first, other);

        // What is drawn for an image does not depend on how many there are.
        Assert.Equal((8, 3), (first.Count, few.Count));
        Assert.All(few, pair => Assert.Equal(first[pair.Key], pair.Value));

        async Task<Dictionary<string, string>> Drawn(string seed, string count = "100") =>
            (await Command.RunAsync([.. line, "--seed", seed, "--count", count])).Succeeded().JsonLines
                .ToDictionary(json => json.GetProperty("image").GetString()!, json => json.GetRawText());
    }

    [Fact]
    public async Task Models_decode_together_if_they_say_the_same_words_of_the_same_features()
    {
        using var tiny = new TinyFolder();
        using var otherWords = new TinyFolder(["cat", "dog", "bird", "mouse"]);
        using var otherSize = new TinyFolder(featureSize: 6);
        string first = await tiny.TrainAsync("1.safetensors"),
            second = await tiny.TrainAsync("2.safetensors", "--seed", "2", "--cell", "rnn");
        string[] line = ["sample", first, tiny.Data, "--json", "--count", "100"];
        string[][] alone = Captions(await Command.RunAsync(line));
        Assert.Equal(alone, Captions(await Command.RunAsync([.. line, "--ensemble", first])));
        Assert.Equal(8, Captions(
            await Command.RunAsync([.. line, "--ensemble", second, "--ensemble", first, "--beam", "2"])).Length);
        string foreign = await otherWords.TrainAsync("3.safetensors"),
            larger = await otherSize.TrainAsync("4.safetensors");
        (await Command.RunAsync([.. line, "--ensemble", foreign])).Failed(foreign, "vocabulary", first);
        (await Command.RunAsync([.. line, "--ensemble", larger])).Failed(larger, "other features", first);
        (await Command.RunAsync([.. line, "--ensemble", tiny.File("absent")])).Failed(
            "absent: there is no such model file");
    }

    [Theory]
    [InlineData("--beam 0", "--beam is \"0\"")]
    [InlineData("--temperature -1", "--temperature is -1")]
    [InlineData("--top-p 0", "--top-p is 0")]
    [InlineData("--length-penalty x", "--length-penalty is \"x\"")]
    [InlineData("--n-best 3", "3 captions")]
    [InlineData("--beam 3 --temperature 1", "temperature")]
    [InlineData("--beam 4 --groups 3", "3 groups")]
    [InlineData("--min-words 5 --max-words 4", "maximum")]
    [InlineData("--with cat --without cat", "banned")]
    [InlineData("--min-words 50", "51")]
    [InlineData("--no-repeat 1 --min-words 30 --max-words 40", "No caption satisfies")]
    public async Task What_cannot_be_is_one_line(string flags, string said)
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        (await Command.RunAsync(["sample", model, tiny.Data, .. flags.Split(' ')])).Failed(said);
    }

    [Fact]
    public async Task Photos_have_alternatives_too()
    {
        using var model = new PhotoModel();
        string photo = model.Photos(1)[0];
        CommandResult result = (await Command.RunAsync(
            "caption", model.Path, photo, "--beam", "3", "--n-best", "3", "--with", "cat", "--json")).Succeeded();
        JsonElement json = result.JsonLines.Single();
        Assert.Equal(
            ["file", "caption", "logProbability", "alternatives"],
            json.EnumerateObject().Select(property => property.Name));
        double[] logs =
        [
            json.GetProperty("logProbability").GetDouble(),
            .. json.GetProperty("alternatives").EnumerateArray().Select(
                other => other.GetProperty("logProbability").GetDouble()),
        ];
        Assert.Equal(logs.OrderDescending(), logs);
        Assert.Equal(3, logs.Length);
        string text = (await Command.RunAsync(
            "caption", model.Path, photo, "--beam", "3", "--n-best", "3", "--with", "cat")).Succeeded().Output;
        Assert.Equal(
            Captions(result).Single().Select(caption => $"{photo}: {caption}\n"),
            text.Split('\n')[..^1].Select(line => line + "\n"));
        string drawn = (await Command.RunAsync(
            "caption", model.Path, photo, "--temperature", "2", "--seed", "4")).Succeeded().Output;
        Assert.Equal(
            drawn, (await Command.RunAsync("caption", model.Path, photo, "--temperature", "2", "--seed", "4")).Output);
        Assert.NotEqual(
            drawn, (await Command.RunAsync("caption", model.Path, photo, "--temperature", "2", "--seed", "5")).Output);
        (await Command.RunAsync("caption", model.Path, photo, "--with", "zebra")).Failed("zebra");
    }

    /// <summary>The captions of each image, the best first.</summary>
    private static string[][] Captions(CommandResult result) =>
    [
        .. result.Succeeded().JsonLines.Select(json => (string[])
        [
            json.GetProperty("caption").GetString()!,
            .. json.TryGetProperty("alternatives", out JsonElement others)
                ? others.EnumerateArray().Select(other => other.ValueKind == JsonValueKind.String
                    ? other.GetString()!
                    : other.GetProperty("caption").GetString()!)
                : [],
        ]),
    ];
}
