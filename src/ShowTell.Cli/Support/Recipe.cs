using System.CommandLine.Parsing;
using System.Reflection;

namespace ShowTell.Cli.Support;

/// <summary>
/// A recipe of training: a JSON object whose keys are names of options without their dashes. What stands on the command
/// line comes first. It is applied by reading the command line anew, with the recipe's options behind it.
/// </summary>
internal static class Recipe
{
    private const string OptionName = "--recipe";
    private const string ResourcePrefix = "recipe:";

    /// <summary>What a recipe cannot say: it is the same for any dataset and any place.</summary>
    private static readonly string[] s_excluded =
    [
        OptionName, "--out", "--log", "--data", "--captions", "--references", "--backbone", "--train-list",
        "--val-list",
    ];

    private static readonly JsonDocumentOptions s_json = new()
    {
        CommentHandling = JsonCommentHandling.Skip,
        AllowDuplicateProperties = false,
    };

    /// <summary>Names of the recipes that the command has.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            .Select(name => name[ResourcePrefix.Length..])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The option that names a recipe.</summary>
    public static Option<string> Option() => Options.Path(
        OptionName,
        "NAME",
        $"Options of a recipe, where they are not given: {string.Join(", ", Names)}, or a JSON file of them.");

    /// <summary>The command line with its recipe's options, if it has a recipe.</summary>
    /// <param name="parsed">The command line as it was given.</param>
    /// <param name="parseWith">Reads it anew with these words behind it.</param>
    /// <exception cref="DataException">The recipe cannot be used.</exception>
    public static ParseResult Apply(ParseResult parsed, Func<IReadOnlyList<string>, ParseResult> parseWith)
    {
        Command command = parsed.CommandResult.Command;
        if (parsed.Action is HelpWithExamples
            || command.Options.FirstOrDefault(option => option.Name == OptionName) is not Option<string> option
            || parsed.GetResult(option) is not { Tokens: [.., { Value: { Length: > 0 } recipe }] })
        {
            return parsed;
        }

        Option[] known = [.. command.Options.Where(IsOfRecipes)];
        ParseResult whole = parseWith(Read(recipe, known, known => parsed.GetResult(known) is { Implicit: false }));

        // What is wrong with the recipe is told of with its name; mistakes of the command line were there before.
        return whole.Errors.Count > 0 && parsed.Errors.Count == 0
            ? throw new DataException($"{recipe}: {whole.Errors[0].Message}")
            : whole;
    }

    /// <summary>The options that were given and that a recipe could say, by their names without dashes.</summary>
    public static IReadOnlyDictionary<string, string>? GivenOptions(ParseResult result)
    {
        var given = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (OptionResult option in result.CommandResult.Children.OfType<OptionResult>())
        {
            if (!option.Implicit && IsOfRecipes(option.Option))
            {
                given.Add(KeyOf(option.Option), option.Tokens is [.., Token last] ? last.Value : "true");
            }
        }

        return given.Count > 0 ? given : null;
    }

    private static bool IsOfRecipes(Option option) => !s_excluded.Contains(option.Name);

    private static string KeyOf(Option option) => option.Name.TrimStart('-');

    private static List<string> Read(string recipe, Option[] known, Predicate<Option> isGiven)
    {
        using JsonDocument document = Open(recipe);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw new DataException($"{recipe}: an object of options was expected, such as {{\"epochs\": 10}}.");
        }

        var words = new List<string>();
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            Option option = Array.Find(known, option => KeyOf(option) == property.Name) ?? throw new DataException(
                $"{recipe}: \"{property.Name}\" is no option of a recipe; there are "
                + $"{string.Join(", ", known.Select(KeyOf).Order(StringComparer.Ordinal))}.");
            string value = property.Value.ValueKind switch
            {
                JsonValueKind.String => property.Value.GetString()!,
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => property.Value.GetRawText(),
                _ => throw new DataException(
                    $"{recipe}: \"{property.Name}\" must be a number, a text, true or false."),
            };
            if (!isGiven(option))
            {
                words.Add($"{option.Name}={value}");
            }
        }

        return words;
    }

    private static JsonDocument Open(string recipe)
    {
        try
        {
            using Stream stream =
                Assembly.GetExecutingAssembly().GetManifestResourceStream($"{ResourcePrefix}{recipe}")
                ?? (File.Exists(recipe) ? File.OpenRead(recipe) : throw new DataException(
                    $"{recipe}: there is no recipe of that name, and no such file. "
                    + $"Recipes: {string.Join(", ", Names)}."));
            return JsonDocument.Parse(stream, s_json);
        }
        catch (JsonException error)
        {
            throw new DataException($"{recipe}: is not valid JSON: {error.Message}", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{recipe}: cannot be read: {error.Message}", error);
        }
    }
}
