using ShowTell.Exercises;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell check</c>: every check of the exercises.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        Option<bool> json = SharedOptions.Json();
        return new CommandWithExamples(
            "check",
            "Run every check of the exercises: expected values, gradients. Exit code 1 if one fails.",
            (result, _) => Run(result.Output(), result.GetValue(json)),
            "showtell check",
            "showtell check --json")
        {
            json,
        };
    }

    private static int Run(TextWriter output, bool isJson)
    {
        ExerciseCheck[] checks = [.. new RnnExercise().Run(), .. new LstmExercise().Run()];
        if (isJson)
        {
            Json.Print(output, new
            {
                Checks = checks.Select(check => new { check.Name, check.Error, check.Tolerance, check.Passed }),
            });
        }
        else
        {
            PrintTable(checks, output);
        }

        return checks.All(check => check.Passed) ? App.Success : App.Failure;
    }

    private static void PrintTable(ExerciseCheck[] checks, TextWriter output)
    {
        Table table = Terminal.NumberTable("check", "error", "tolerance").AddColumn("pass");
        foreach (ExerciseCheck check in checks)
        {
            table.AddRow(
                Markup.Escape(check.Name),
                Scientific(check.Error),
                Scientific(check.Tolerance),
                check.Passed ? "[green]yes[/]" : $"[red]NO[/] {Markup.Escape(check.Failure ?? "")}");
        }

        Terminal.For(output).Write(table);
        output.WriteLine($"{checks.Count(check => check.Passed)} of {checks.Length} checks passed.");
    }

    private static string Scientific(double value) =>
        value == 0 ? "0" : value.ToString("0.0e-00", CultureInfo.InvariantCulture);
}
