using System.CommandLine.Parsing;

namespace ShowTell.Cli.Options;

/// <summary>
/// The command line of a resumed run: that of the run, from its record, with what is given now. Options that would
/// make it another run are refused.
/// </summary>
internal static class ResumedRun
{
    public const string OptionName = "--resume";

    /// <summary>Names a file, or a preset.</summary>
    private const string Preprocessing = "--preprocessing";

    /// <summary>Options that change no iteration.</summary>
    private static readonly string[] s_changeable =
        ["--epochs", "--patience", "--checkpoint-every", "--keep-checkpoints", "--print-every"];

    /// <summary>Files and folders, which may have moved; what is in them is checked.</summary>
    private static readonly string[] s_paths =
        ["--out", "--captions", "--data", "--backbone", Preprocessing, "--references", "--train-list", "--val-list",
            "--test-list"];

    /// <summary>How a run begins, and its own folder.</summary>
    private static readonly string[] s_start = [OptionName, "--overwrite", "--log"];

    /// <summary>What the record does not keep; the options of a recipe are there themselves.</summary>
    private static readonly string[] s_unrecorded = [.. s_start, "--recipe"];

    /// <summary>The command line to run: the one given, unless it resumes a run.</summary>
    /// <param name="words">The command line as it was given.</param>
    /// <param name="parse">Parses a command line.</param>
    /// <exception cref="DataException">The folder is not that of a run, or the record is damaged.</exception>
    /// <exception cref="IncompatibleException">An option that is given would make it another run.</exception>
    public static string[] Apply(string[] words, Func<string[], ParseResult> parse)
    {
        ParseResult given = parse(words);
        Command command = given.CommandResult.Command;
        if (given.Action is HelpWithExamples
            || given.UnmatchedTokens.Count > 0
            || NewOption.MistypedIn(given) is not null
            || command.Options.FirstOrDefault(option => option.Name == OptionName) is not Option<string> resume
            || given.GetResult(resume)?.Tokens.LastOrDefault()?.Value is not string folder)
        {
            return words;
        }

        if (!Directory.Exists(folder))
        {
            throw new DataException(
                $"{OptionName} is \"{folder}\", but there is no such folder; the log folder of a run was expected.");
        }

        RunRecord record = RunRecord.Read(folder) ?? throw new DataException(
            $"{folder}: is not the log folder of a run that can be resumed: it has no {RunRecord.FileName}.");
        if (record.Command != command.Name)
        {
            throw new DataException(
                $"{folder}: is of a run of showtell {record.Command}, not of showtell {command.Name}.");
        }

        ParseResult recorded = parse([command.Name, .. record.Arguments.Select(word => Moved(word, record, folder))]);
        EnsureSame(folder, given, recorded, record.Preset);
        return [command.Name, .. WordsOf(recorded, except: given), .. WordsOf(given), .. WordsOf(given, s_start)];
    }

    /// <summary>Whether a command line resumes a run.</summary>
    public static bool IsIn(ParseResult result) => result.CommandResult.Children.OfType<OptionResult>()
        .Any(option => option.Option.Name == OptionName && !option.Implicit);

    /// <summary>Whether a word that a record keeps is an option of that name.</summary>
    public static bool IsOption(string word, string name) => word.StartsWith($"{name}=", StringComparison.Ordinal);

    /// <summary>The words of a command line that a record keeps, with full paths.</summary>
    public static string[] WordsOf(ParseResult result) => WordsOf(result, except: null);

    /// <summary>The values of all options that change a run, given or by default; those without a fixed default are
    /// left out unless they were given.</summary>
    public static SortedDictionary<string, string> OptionsOf(ParseResult result)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        string[] others = [.. s_unrecorded, .. s_paths, "--checkpoint-every", "--keep-checkpoints", "--print-every"];
        foreach (Option option in result.CommandResult.Command.Options.Where(option => !others.Contains(option.Name)))
        {
            if (result.GetResult(option) is { Implicit: false } given)
            {
                values.Add(option.Name, Text(given)!);
            }
            else if (option.HasDefaultValue)
            {
                values.Add(
                    option.Name, Convert.ToString(option.GetDefaultValue(), CultureInfo.InvariantCulture) ?? "");
            }
        }

        return values;
    }

    private static string[] WordsOf(ParseResult result, ParseResult? except) =>
    [
        .. from argument in result.CommandResult.Children.OfType<ArgumentResult>()
           where except?.GetResult(argument.Argument) is not { Tokens.Count: > 0 }
           from token in argument.Tokens
           select Path.Exists(token.Value) ? Path.GetFullPath(token.Value) : token.Value,
        .. WordsOf(result, [
            .. result.CommandResult.Command.Options
                .Where(option => except?.GetResult(option) is not { Implicit: false })
                .Select(option => option.Name)
                .Except(s_unrecorded),
        ]),
    ];

    private static IEnumerable<string> WordsOf(ParseResult result, string[] options) =>
        from option in result.CommandResult.Children.OfType<OptionResult>()
        let name = option.Option.Name
        where !option.Implicit && options.Contains(name)
        from value in option.Tokens.Count > 0 ? option.Tokens.Select(token => token.Value)
            : [option.Option is Option<bool> ? "true" : ""]
        let isPath = s_paths.Contains(name) && (name != Preprocessing || File.Exists(value))
        select $"{name}={(isPath ? Path.GetFullPath(value) : value)}";

    /// <summary>A word of the record, in which a path beside the run's folder has moved with it.</summary>
    public static string Moved(string word, RunRecord record, string folder)
    {
        string name = word.StartsWith("--", StringComparison.Ordinal) ? word[..(word.IndexOf('=') + 1)] : "";
        string path = word[name.Length..], now = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        if (record.Folder is null || record.Folder == now || !Path.IsPathRooted(path))
        {
            return word;
        }

        string relative = Path.GetRelativePath(record.Folder, path), up = $"..{Path.DirectorySeparatorChar}";
        string moved = Path.GetFullPath(relative, now);
        bool isWritten = name is "--out=" or "--data=";
        bool isElsewhere = Path.IsPathRooted(relative)
            || $"{relative}{Path.DirectorySeparatorChar}".StartsWith(up + up, StringComparison.Ordinal);
        return !isElsewhere && (isWritten || Path.Exists(moved)) ? name + moved : word;
    }

    private static void EnsureSame(string folder, ParseResult given, ParseResult recorded, string? preset)
    {
        foreach (OptionResult option in given.CommandResult.Children.OfType<OptionResult>())
        {
            string name = option.Option.Name;
            bool isMoreSeeds = name == SeededRuns.OptionName && recorded.GetResult(option.Option) is not null;
            if (option.Implicit || isMoreSeeds || s_start.Contains(name) || s_changeable.Contains(name)
                || s_paths.Contains(name))
            {
                continue;
            }

            string now = Text(option)!;
            string? before = name == "--recipe" && Path.GetFileName(now) == preset ? now
                : recorded.GetResult(option.Option) is { Implicit: false } known ? Text(known)
                : option.Option.HasDefaultValue
                    ? FormattableString.Invariant($"{option.Option.GetDefaultValue()}").ToLowerInvariant()
                    : null;
            if (!AreSame(now, before))
            {
                throw new IncompatibleException(
                    $"{folder}: {name} {(before is null ? "was not given to this run" : $"was {before} in this run")}"
                    + $", and cannot become {now}. Leave it out, or start another run.");
            }
        }
    }

    private static string? Text(OptionResult option) =>
        option.Tokens.Count > 0 ? string.Join(' ', option.Tokens.Select(token => token.Value)) : "true";

    private static bool AreSame(string now, string? before) => now == before
        || (double.TryParse(now, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.TryParse(before, NumberStyles.Float, CultureInfo.InvariantCulture, out double other)
            && number == other);
}
