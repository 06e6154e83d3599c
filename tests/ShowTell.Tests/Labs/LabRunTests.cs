using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace ShowTell.Tests.Labs;

/// <summary>The labs and exercises, run as a reader runs them: <c>dotnet run labs/rnn-captioning.cs</c>.</summary>
public sealed partial class LabRunTests
{
    private const string BeginsHere = "    // YOUR CODE\n";
    private const string EndsHere = "    // END OF YOUR CODE\n";

    private static readonly string s_labs = Path.Combine(TestData.RepositoryRoot, "labs");

    [Theory]
    [InlineData("rnn-captioning", "next_h error: 6.29e-09", "expected loss: 9.83235591003", 26)]
    [InlineData("lstm-captioning", "next_c error: 5.81e-09", "expected loss: 9.82445935443", 22)]
    public void A_lab_prints_the_exercises_numbers_and_writes_pages(string lab, string error, string loss, int errors)
    {
        using TemporaryFolder folder = TestData.Temporary();
        (int exit, string output) = Run(Path.Combine(s_labs, $"{lab}.cs"), "--quick", "--out", folder.Path);

        Assert.True(exit == 0, output);
        string[] lines = output.Split('\n');
        Assert.Contains(error, lines);
        Assert.Contains(loss, lines);
        double[] found = [.. ErrorLine().Matches(output).Select(match => Number(match.Groups[1].Value))];
        Assert.Equal(errors, found.Length);
        Assert.All(found, value => Assert.InRange(value, 0, 5e-6));
        Assert.StartsWith("<svg", File.ReadAllText(folder.File("loss.svg")), StringComparison.Ordinal);
        Assert.Equal(16, File.ReadAllText(folder.File("samples.html")).Split("<img ").Length - 1);
    }

    [Fact]
    public void The_measurement_of_gates_runs()
    {
        (int exit, string output) = Run(Path.Combine(s_labs, "gates.cs"));
        Assert.True(exit == 0, output);
        Assert.InRange(LargestCell(output, "sigmoid      3  64"), 0.1, 64);
        Assert.InRange(LargestCell(output, "ReLU         3  16"), 1e20, double.MaxValue);
    }

    [Fact]
    public void The_comparison_of_words_and_characters_runs()
    {
        using TemporaryFolder folder = TestData.Temporary();
        (int exit, string output) = Run(
            Path.Combine(s_labs, "words-or-characters.cs"), "--quick", "--out", folder.Path);
        Assert.True(exit == 0, output);
        Assert.Equal(2, output.Split("training speed:").Length - 1);
    }

    [Theory]
    [InlineData("rnn", "0 of 8 functions are right. Next: rnn_step_forward")]
    [InlineData("lstm", "0 of 6 functions are right. Next: lstm_step_forward")]
    public void An_untouched_exercise_says_where_to_begin(string exercise, string line)
    {
        (int exit, string output) = Run(Path.Combine(s_labs, "exercises", $"{exercise}.cs"));
        Assert.Equal(1, exit);
        Assert.Contains(line, output.Split('\n'));
    }

    [Theory]
    [InlineData("rnn", "RnnSolution.cs")]
    [InlineData("lstm", "LstmSolution.cs")]
    public void A_solved_exercise_is_right_and_trains(string exercise, string solution)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string solved = folder.File($"{exercise}.cs");
        File.WriteAllText(solved, Solve(
            Path.Combine(s_labs, "exercises", $"{exercise}.cs"),
            Path.Combine(TestData.RepositoryRoot, "tests", "ShowTell.Tests", "Labs", solution)));
        File.WriteAllText(folder.File("Directory.Build.props"), Importing("exercises", "Directory.Build.props"));
        File.WriteAllText(folder.File("Directory.Build.targets"), Importing("Directory.Build.targets"));

        (int exit, string output) = Run(solved);
        Assert.True(exit == 0, output);
        Assert.Contains("Well done!", output, StringComparison.Ordinal);
        Assert.Contains(
            "sampled: two dogs run on the beach   (learned: two dogs run on the beach)", output,
            StringComparison.Ordinal);
    }

    /// <summary>The exercise with the bodies of the solution's functions between its markers.</summary>
    private static string Solve(string exercisePath, string solutionPath)
    {
        string exercise = File.ReadAllText(exercisePath), solution = File.ReadAllText(solutionPath);
        var solved = new StringBuilder();
        int at = 0;
        foreach (Match function in Function().Matches(exercise))
        {
            int begin = exercise.IndexOf(BeginsHere, function.Index, StringComparison.Ordinal);
            int end = exercise.IndexOf(EndsHere, function.Index, StringComparison.Ordinal);
            solved.Append(exercise.AsSpan(at, begin - at)).Append(BodyOf(function.Groups[1].Value, solution));
            at = end + EndsHere.Length;
        }

        string library = Path.Combine(
            TestData.RepositoryRoot, "src", "ShowTell.Exercises", "ShowTell.Exercises.csproj");
        return solved.Append(exercise.AsSpan(at))
            .Replace("../../src/ShowTell.Exercises/ShowTell.Exercises.csproj", library)
            .ToString();
    }

    private static string BodyOf(string function, string solution)
    {
        int start = solution.IndexOf($" {function}(\n", StringComparison.Ordinal);
        start = start >= 0 ? start : solution.IndexOf($" {function}(Matrix", StringComparison.Ordinal);
        start = start >= 0 ? start : solution.IndexOf($" {function}(int[]", StringComparison.Ordinal);
        Assert.True(start >= 0, $"{function} has no solution.");
        int begin = solution.IndexOf("\n    {\n", start, StringComparison.Ordinal) + "\n    {\n".Length;
        return solution[begin..(solution.IndexOf("\n    }\n", begin, StringComparison.Ordinal) + 1)];
    }

    private static double LargestCell(string output, string row)
    {
        string line = output.Split('\n').Single(line => line.StartsWith(row + " ", StringComparison.Ordinal));
        string cell = line[row.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return Number(cell);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Importing(params string[] path) =>
        $"""<Project><Import Project="{Path.Combine([s_labs, .. path])}" /></Project>""";

    /// <summary>Runs a C# file; what it wrote comes with line feeds.</summary>
    private static (int Exit, string Output) Run(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["run", file, "--", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };

        // No build server stays behind: it would hold the output open.
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, (output + errors.Result).ReplaceLineEndings("\n"));
    }

    [GeneratedRegex(@"^\S+ (?:relative )?error: (\d\.\d+e-\d+)$", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();

    [GeneratedRegex(@"^static \S+ (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Function();
}
