using System.CommandLine.Parsing;
using System.Reflection;

namespace ShowTell.Cli.Options;

/// <summary>
/// A preset of training options: a JSON object whose keys are names of options without their dashes. Options on the
/// command line take precedence. A preset is applied by parsing the command line again, with its options appended.
/// </summary>
internal static class Preset
{
    private const string OptionName = "--recipe";
    private const string Alias = "--preset";
    private const string ResourcePrefix = "preset:";

    /// <summary>Options that depend on files, or say how a run is kept, which a preset cannot set.</summary>
    private static readonly string[] s_excluded =
    [
        OptionName, "--out", "--log", "--data", "--captions", "--references", "--backbone", "--train-list",
        "--val-list", "--test-list", SeededRuns.OptionName, "--resume", "--overwrite", "--checkpoint-every",
        "--keep-checkpoints",
    ];

    private static readonly JsonDocumentOptions s_json = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
    };

    /// <summary>Names of the built-in presets.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The option that names a preset.</summary>
    public static Option<string> Option()
    {
        Option<string> option = NewOption.Path(
            OptionName,
            "NAME",
            $"Options of a preset, unless they are given: {string.Join(", ", Names)}, or a JSON file of options.");
        option.Aliases.Add(Alias);
        return option;
    }

    /// <summary>The command line with the options of its preset, if it has one.</summary>
    /// <param name="parsed">The command line as it was given.</param>
    /// <param name="parseWith">Parses it again with these words appended.</param>
    /// <exception cref="DataException">The preset cannot be used.</exception>
    public static ParseResult Apply(ParseResult parsed, Func<IReadOnlyList<string>, ParseResult> parseWith)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.Action is HelpWithExamples
            || command.Options.FirstOrDefault(option => option.Name == OptionName) is not Option<string> option
            || parsed.GetResult(option)?.Tokens.LastOrDefault()?.Value is not { Length: > 0 } preset)
        {
            return parsed;
        }

        ParseResult whole = parseWith(Read(preset, [.. command.Options.Where(IsAllowed)], parsed.IsGiven));

        // New errors are the preset's; those of the command line were there before.
        return whole.Errors.Count > 0 && parsed.Errors.Count == 0
            ? throw new DataException($"{preset}: {whole.Errors[0].Message}")
            : whole;
    }

    /// <summary>
    /// The given options that a preset could set, by their names without dashes, files without their folders; null for
    /// none.
    /// </summary>
    public static IReadOnlyDictionary<string, string>? GivenOptions(ParseResult result)
    {
        var given = new SortedDictionary<string, string>(
            result.CommandResult.Children.OfType<OptionResult>()
                .Where(option => !option.Implicit && IsAllowed(option.Option) && option.Option.Name != "--print-every")
                .ToDictionary(
                    option => KeyOf(option.Option),
                    option => option.Tokens.LastOrDefault()?.Value is string value ? NameOf(value) : "true"),
            StringComparer.Ordinal);
        return given.Count > 0 ? given : null;
    }

    private static bool IsAllowed(Option option) => !s_excluded.Contains(option.Name);

    // Model files do not tell where files were.
    private static string NameOf(string value) => Path.Exists(value) || Path.IsPathRooted(value)
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(value))
        : value;

    private static string KeyOf(Option option) => option.Name.TrimStart('-');

    private static List<string> Read(string preset, Option[] known, Predicate<Option> isGiven)
    {
        try
        {
            return ReadWords(preset, known, isGiven);
        }
        catch (InvalidOperationException error)
        {
            throw new DataException($"{preset}: is not valid Unicode.", error);
        }
    }

    private static List<string> ReadWords(string preset, Option[] known, Predicate<Option> isGiven)
    {
        using JsonDocument document = Open(preset);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new DataException($"{preset}: an object of options was expected, such as {{\"epochs\": 10}}.");
        }

        var words = new List<string>();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            Option option = Array.Find(known, option => KeyOf(option) == property.Name) ?? throw new DataException(
                $"{preset}: \"{property.Name}\" is not an option that a preset can set; these are: "
                + $"{string.Join(", ", known.Select(KeyOf).Order(StringComparer.Ordinal))}.");
            string value = property.Value.ValueKind switch
            {
                JsonValueKind.String => property.Value.GetString()!,
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => property.Value.GetRawText(),
                _ => throw new DataException(
                    $"{preset}: \"{property.Name}\" must be a number, a string, true or false."),
            };
            if (!isGiven(option))
            {
                words.Add($"{option.Name}={value}");
            }
        }

        return words;
    }

    private static JsonDocument Open(string preset)
    {
        try
        {
            using Stream stream =
                Assembly.GetExecutingAssembly().GetManifestResourceStream($"{ResourcePrefix}{preset}")
                ?? (File.Exists(preset) ? File.OpenRead(preset) : throw new DataException(
                    $"{preset}: there is no preset and no file of that name. Presets: {string.Join(", ", Names)}."));
            return JsonDocument.Parse(stream, s_json);
        }
        catch (JsonException error)
        {
            throw new DataException($"{preset}: is not valid JSON: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{preset}: cannot be read: {error.Message}", error);
        }
    }
}
