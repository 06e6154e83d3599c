using System.CommandLine;
using System.Text.Json;
using ShowTell.Cli.Options;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>The command line of a resumed run, from its record and what is given now.</summary>
public sealed class ResumedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = TestData.Temporary();
    private readonly System.CommandLine.Command _root;

    public ResumedRunTests() => _root = new System.CommandLine.Command("showtell")
    {
        new System.CommandLine.Command("train")
        {
            new Argument<string[]>("DATA") { Arity = ArgumentArity.ZeroOrMore },
            new Option<string>("--resume"), new Option<string>("--out"), new Option<string>("--data"),
            new Option<string>("--captions"), new Option<string>("--log"), new Option<bool>("--flag"),
            new Option<int>("--epochs"), new Option<double>("--lr") { DefaultValueFactory = _ => 0.5 },
        },
        new System.CommandLine.Command("other"),
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("other")]
    [InlineData("train", "--out", "m")]
    [InlineData("train", "--resume")]
    [InlineData("other", "--resume", "x")]
    public void Command_lines_that_resume_nothing_stay_as_they_are(params string[] words) =>
        Assert.Same(words, ResumedRun.Apply(words, words => _root.Parse(words)));

    /// <summary>What is written beside the folder moves with it; what is read, only if it is there.</summary>
    [Fact]
    public void Paths_beside_the_folder_move_with_it()
    {
        string now = Run(_folder.File("b/m-log"), folder: _folder.File("a/m-log"), [
            _folder.File("a/data"), $"--out={_folder.File("a/m")}", $"--data={_folder.File("a/made")}",
            $"--captions={_folder.File("elsewhere/c.csv")}",
        ]);
        string line = string.Join(' ', Apply(now));
        Assert.Contains(_folder.File("a/data"), line, StringComparison.Ordinal);
        Assert.Contains($"--out={_folder.File("b/m")} ", line, StringComparison.Ordinal);
        Assert.Contains($"--data={_folder.File("b/made")}", line, StringComparison.Ordinal);
        Assert.Contains($"--captions={_folder.File("elsewhere/c.csv")}", line, StringComparison.Ordinal);
        Directory.CreateDirectory(_folder.File("b/data"));
        Assert.Contains(_folder.File("b/data"), Apply(now));

        // The folder above is beside it too; names that begin with dots are names.
        now = Run(_folder.File("b/m-log"), folder: _folder.File("a/m-log"), [
            _folder.File("a"), $"--out={_folder.File("a/..m")}", $"--data={_folder.Path}",
        ]);
        Assert.Equal(
            [$"--data={_folder.Path}", $"--out={_folder.File("b/..m")}", $"--resume={now}", _folder.File("b"), "train"],
            Apply(now).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Paths_of_a_folder_that_stayed_or_is_not_known_stay(bool isKnown)
    {
        string folder = _folder.File("m-log");
        Run(folder, isKnown ? folder : null, [_folder.File("x/data"), $"--out={_folder.File("x/m")}"]);
        Assert.Equal(
            ["train", _folder.File("x/data"), $"--out={_folder.File("x/m")}", $"--resume={folder}"], Apply(folder));
    }

    [Fact]
    public void Options_may_be_given_again_as_they_were_and_some_may_change()
    {
        string folder = Run(_folder.File("m-log"), null, ["data", "--flag=true", "--epochs=3"]);
        Assert.Equal(
            ["--epochs=5", "--flag=true", "--lr=0.50", $"--resume={folder}", "data", "train"],
            Apply(folder, "--flag", "--epochs", "5", "--lr", "0.50").Order(StringComparer.Ordinal));
        Refused(folder, "--flag was true in this run, and cannot become false", "--flag", "false");
        Refused(folder, "--lr was 0.5 in this run, and cannot become 0.25", "--lr", "0.25");
        folder = Run(_folder.File("n-log"), null, ["data"]);
        Assert.Contains("--flag=false", Apply(folder, "--flag=false"));
        Refused(folder, "--flag was false in this run, and cannot become true", "--flag");
    }

    [Theory]
    [InlineData("{\"command\": null, \"arguments\": []}")]
    [InlineData("{\"command\": \"train\"}")]
    [InlineData("{\"command\": \"train\", \"arguments\": null}")]
    [InlineData("{\"command\": \"train\", \"arguments\": [null]}")]
    [InlineData("{\"command\": \"train\", \"arguments\": [\"a\\u0000b\"]}")]
    [InlineData("{\"command\": \"train\", \"arguments\": [\"/a\"], \"folder\": \"\"}")]
    [InlineData("{\"command\": \"train\", \"arguments\": [\"/a\"], \"folder\": \"b\"}")]
    [InlineData("{\"command\": \"train\", \"arguments\": [\"/a\"], \"folder\": \"/\\u0000\"}")]
    [InlineData("{\"command\": \"train\", \"arguments\": [], \"id\": null}")]
    [InlineData("null")]
    [InlineData("[")]
    public void Damaged_records_are_refused(string record)
    {
        File.WriteAllText(_folder.File("run.json"), record);
        Assert.StartsWith(
            $"{_folder.File("run.json")}: is not an intact record of a training run: ",
            Assert.Throws<DataException>(() => Apply(_folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_may_have_the_root_as_its_folder()
    {
        string folder = Run(_folder.File("m-log"), Path.GetPathRoot(_folder.Path), [_folder.File("nowhere")]);
        Assert.Equal(["train", _folder.File("nowhere"), $"--resume={folder}"], Apply(folder));
    }

    private string[] Apply(string folder, params string[] more) =>
        ResumedRun.Apply(["train", "--resume", folder, .. more], words => _root.Parse(words));

    private void Refused(string folder, string said, params string[] more) => Assert.Contains(
        said, Assert.Throws<IncompatibleException>(() => Apply(folder, more)).Message, StringComparison.Ordinal);

    private static string Run(string path, string? folder, string[] arguments)
    {
        Directory.CreateDirectory(path);
        File.WriteAllText(
            Path.Combine(path, "run.json"), JsonSerializer.Serialize(new { command = "train", arguments, folder }));
        return path;
    }
}
