using System.CommandLine.Parsing;

namespace ShowTell.Cli.Output;

/// <summary>Describes in one line what is wrong with a command line, and what may have been meant.</summary>
internal static class CommandLineProblem
{
    private const int MaxTypos = 2;

    public static string Describe(ParseResult parsed)
    {
        string problem = parsed.UnmatchedTokens is [string word, ..]
            ? DescribeUnknown(word, parsed.CommandResult.Command)
            : NewOption.MistypedIn(parsed) ?? DescribeMissing(parsed) ?? parsed.Errors[0].Message;
        return $"{problem} Help: {string.Join(' ', ["showtell", .. NamesOf(parsed.CommandResult), "--help"])}";
    }

    private static string DescribeUnknown(string word, Command command)
    {
        bool isOption = word.StartsWith('-');
        string[] known = isOption
            ? [.. command.Options.Select(option => option.Name)]
            : [.. command.Subcommands.Select(subcommand => subcommand.Name)];
        if (!isOption && known.Length == 0)
        {
            return $"\"{word}\" is one argument too many.";
        }

        string? meant = known.Where(other => Typos(word, other) <= MaxTypos).MinBy(other => Typos(word, other));
        string hint = meant is not null ? $" Did you mean {meant}?"
            : isOption ? ""
            : $" Commands: {string.Join(", ", known)}.";
        return $"there is no {(isOption ? "option" : "command")} \"{word}\".{hint}";
    }

    private static string? DescribeMissing(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        Symbol? missing =
            command.Arguments.FirstOrDefault(argument => parsed.GetResult(argument) is null or { Tokens: [] })
            ?? (Symbol?)command.Options.FirstOrDefault(
                option => option.Required && parsed.GetResult(option) is null or { Implicit: true });
        return missing is null ? null : $"{missing.Name} is missing: {missing.Description}";
    }

    private static IEnumerable<string> NamesOf(CommandResult result) =>
        result.Parent is CommandResult parent ? [.. NamesOf(parent), result.Command.Name] : [];

    /// <summary>The edit distance of two words (Levenshtein, 1966).</summary>
    private static int Typos(string from, string to)
    {
        int[] distances = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = distances[0];
            distances[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = distances[j];
                distances[j] = Math.Min(replaced, Math.Min(distances[j], distances[j - 1]) + 1);
            }
        }

        return distances[^1];
    }
}
