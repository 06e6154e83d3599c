using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>Help, and command lines that are wrong in themselves.</summary>
public sealed class CommandLineTests
{
    private static readonly string[] s_commands =
    [
        "demo", "check", "data info", "data sample", "data import", "backbone", "train", "refine", "sample", "caption",
        "reproduce", "compare", "report",
    ];

    [Fact]
    public async Task Alone_it_prints_its_help()
    {
        CommandResult help = (await Command.RunAsync()).Succeeded();
        Assert.Equal((await Command.RunAsync("--help")).Output, help.Output);
        Assert.All(s_commands, command => Assert.Contains(command, help.Output, StringComparison.Ordinal));
        Assert.Contains("data info", (await Command.RunAsync("data")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_ends_with_examples_that_are_command_lines()
    {
        foreach (string command in s_commands)
        {
            string help = (await Command.RunAsync([.. command.Split(' '), "--help"])).Succeeded().Output;
            string[] examples =
                [.. help[help.IndexOf("Examples:", StringComparison.Ordinal)..].Split('\n').Skip(1).Where(
                    line => line.Length > 0)];
            Assert.NotEmpty(examples);
            foreach (string example in examples)
            {
                Assert.StartsWith($"  showtell {command}", example, StringComparison.Ordinal);
                Assert.InRange(example.Length, 1, 80);
                string[] words = example.Split(" > ")[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);

                // A word too many is the only problem of a good command line that gets it.
                string problem = (await Command.RunAsync([.. words.Skip(1), "--bogus"])).Error;
                Assert.Contains("no option \"--bogus\"", problem, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("data sample", "--photos", "--limit")]
    [InlineData("sample", "--photos", "--limit")]
    [InlineData("evaluate", "--limit", "--photos")]
    [InlineData("report", "--limit", "")]
    [InlineData("doctor", "--limit", "")]
    public async Task Folders_and_numbers_of_photos_have_names_of_their_own(string command, string name, string absent)
    {
        string help = (await Command.RunAsync([.. command.Split(' '), "--help"])).Succeeded().Output;
        Assert.Contains(name, help, StringComparison.Ordinal);
        Assert.DoesNotContain("--images", help, StringComparison.Ordinal);
        Assert.True(absent.Length == 0 || !help.Contains(absent, StringComparison.Ordinal));

        // The name that both had before still works.
        Assert.DoesNotContain(
            "no option", (await Command.RunAsync([.. command.Split(' '), "--images", "1"])).Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_is_printed() =>
        Assert.Matches(@"^\d+\.\d+\.\d+", (await Command.RunAsync("--version")).Succeeded().Output);

    [Theory]
    [InlineData(
        "bogus", "no command \"bogus\"", "demo, check, data, backbone, features, train, refine", "showtell --help")]
    [InlineData("trian scenes", "no command \"trian\"", "Did you mean train?", "showtell --help")]
    [InlineData("data inf", "no command \"inf\"", "Did you mean info?", "showtell data --help")]
    [InlineData(
        "train scenes --out m --hiden 3", "no option \"--hiden\"", "Did you mean --hidden?", "showtell train --help")]
    [InlineData("train scenes extra --out m", "\"extra\" is one argument too many", "", "showtell train --help")]
    [InlineData("train", "DATASET is missing", "CS231n", "showtell train --help")]
    [InlineData("train scenes", "--out is missing", "model file", "showtell train --help")]
    [InlineData("sample", "MODEL is missing", "", "showtell sample --help")]
    [InlineData("data sample scenes", "--out is missing", "page", "showtell data sample --help")]
    [InlineData("caption m", "PHOTO is missing", "folders", "showtell caption --help")]
    [InlineData("caption m x.jpg --jsn", "no option \"--jsn\"", "./--jsn", "showtell caption --help")]
    [InlineData("train scenes --out", "--out", "", "")]
    [InlineData("train scenes --out m --hidden 0", "--hidden is \"0\"", "a whole number from 1", "")]
    [InlineData("train scenes --out m --hidden 99999999999", "--hidden is \"99999999999\"", "to 16,384", "")]
    [InlineData("train scenes --out m --hidden 3 --hidden 4", "--hidden", "2 were provided", "")]
    [InlineData("train scenes --out m --lr abc", "--lr is \"abc\"", "a number", "")]
    [InlineData("train scenes --out m --lr nan", "--lr is NaN", "positive", "")]
    [InlineData("train scenes --out m --lr 0,5", "--lr is \"0,5\"", "a number", "")]
    [InlineData("train scenes --out m --lr-decay 1.5", "--lr-decay is 1.5", "1]", "")]
    [InlineData("train scenes --out m --cell cnn", "--cell is \"cnn\"", "rnn, lstm, gru", "")]
    [InlineData("train scenes --out m --keep first", "--keep is \"first\"", "best, last", "")]
    [InlineData("train scenes --out m --seed -1", "--seed is \"-1\"", "a whole number from 0", "")]
    [InlineData("train scenes --out m --max-train 0", "--max-train is \"0\"", "a whole number from 1", "")]
    [InlineData("sample m scenes --split dev", "--split is \"dev\"", "train, val, test", "")]
    [InlineData("sample m scenes --photos no-such-folder", "--photos is \"no-such-folder\"", "no such folder", "")]
    [InlineData("evaluate m scenes --limit 0", "--limit is \"0\"", "a whole number from 1", "")]
    [InlineData("data info scenes:x", "scenes:x", "scenes:7", "")]
    [InlineData("data info @file", "@file", "is not a folder", "")]
    public async Task What_is_wrong_is_named(string line, string problem, string more, string help) =>
        (await Command.RunAsync(line.Split(' '))).Failed(problem, more, help);

    [Fact]
    public async Task Empty_names_are_refused()
    {
        (await Command.RunAsync("data", "info", "")).Failed("DATASET is empty");
        (await Command.RunAsync("train", "scenes", "--out", "")).Failed("--out is \"\"");
        (await Command.RunAsync("caption", "m", "x.jpg", "")).Failed("PHOTO is empty");
        (await Command.RunAsync("sample", "", "scenes")).Failed("MODEL is empty");
    }
}
