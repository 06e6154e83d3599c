namespace ShowTell.Exercises;

/// <summary>Reports the checks of a solution function by function.</summary>
public static class ExerciseReport
{
    private const int LineLength = 96;

    /// <summary>
    /// Writes every check with its error and tolerance, then a hint for the first function that fails: later ones often
    /// fail because of it.
    /// </summary>
    /// <param name="writer">Receives the report.</param>
    /// <param name="checks">The checks in the order of the exercise.</param>
    /// <param name="hints">The functions to implement, each with a hint.</param>
    /// <returns>Whether all checks passed.</returns>
    public static bool Write(
        TextWriter writer, IEnumerable<ExerciseCheck> checks, IReadOnlyList<(string Function, string Hint)> hints)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(checks);
        ArgumentNullException.ThrowIfNull(hints);
        ExerciseCheck[] all = [.. checks];
        int width = all.Max(check => check.Name.Length);
        foreach (ExerciseCheck check in all)
        {
            writer.WriteLine($"{check.Name.PadRight(width)}  {check.Outcome}");
        }

        string[] wrong = [.. all.Where(check => !check.Passed).Select(check => check.Function).Distinct()];
        writer.WriteLine();
        if (wrong.Length == 0)
        {
            writer.WriteLine($"All {hints.Count} functions are right. Well done!");
            return true;
        }

        writer.WriteLine($"{hints.Count - wrong.Length} of {hints.Count} functions are right. Next: {wrong[0]}");
        WriteWrapped(writer, $"Hint: {hints.First(hint => hint.Function == wrong[0]).Hint}");
        return false;
    }

    private static void WriteWrapped(TextWriter writer, string text)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Length + 1 + word.Length > LineLength)
            {
                writer.WriteLine(line);
                line = " ";
            }

            line += line.Length == 0 ? word : $" {word}";
        }

        writer.WriteLine(line);
    }
}
