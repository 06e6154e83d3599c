using System.CommandLine.Parsing;

namespace ShowTell.Cli.Options;

/// <summary>Makes options and arguments that name, when they cannot be parsed, what was expected and found.</summary>
internal static class NewOption
{
    private const int MaxInteger = 1_000_000_000;

    private delegate bool TryParse<T>(string text, out T value);

    /// <summary>A whole number of at least 1.</summary>
    public static Option<int> Positive(
        string name, string description, int? defaultValue = null, int max = MaxInteger) => Parsed<int>(
        name,
        "N",
        description,
        defaultValue,
        (text, out value) => IsPositive(text, out value) && value <= max,
        $"a whole number from 1 to {max:N0}");

    /// <summary>A whole number of at least 1 that may be left out: then the option's value is 0.</summary>
    public static Option<int> OptionalPositive(string name, string helpName, string description)
    {
        Option<int> option = Parsed<int>(
            name,
            helpName,
            description,
            null,
            (text, out value) => IsPositive(text, out value) || text.Length == 0,
            "a whole number of at least 1, or nothing,");
        option.Arity = ArgumentArity.ZeroOrOne;
        return option;
    }

    /// <summary>A number; its range is the library's.</summary>
    public static Option<double> Number(string name, string description, double? defaultValue = null) =>
        Parsed<double>(
            name,
            "X",
            description,
            defaultValue,
            (text, out value) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value),
            "a number");

    public static Option<ulong> Seed() => Parsed<ulong>(
        ParsedOptions.SeedName,
        "N",
        "Seed of everything random: the same seed gives the same result.",
        231UL,
        (text, out value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value),
        "a whole number from 0 to 2^64 - 1");

    /// <summary>One of several words, given with | between them.</summary>
    public static Option<string> OneOf(
        string name, string words, string description, string? defaultValue = null, string? helpName = null) =>
        Parsed<string>(
            name,
            helpName ?? words,
            description,
            defaultValue,
            (text, out value) => words.Split('|').Contains(value = text),
            $"one of {words.Replace("|", ", ", StringComparison.Ordinal)}");

    /// <summary>A file or folder, which need not exist. It has no default.</summary>
    public static Option<string> Path(string name, string helpName, string description, bool isRequired = false)
    {
        Option<string> option = Parsed<string>(
            name,
            helpName,
            description,
            null,
            (text, out value) => (value = text).Length > 0,
            "the name of a file or folder");
        option.Required = isRequired;
        return option;
    }

    /// <summary>A file that exists.</summary>
    public static Option<string> ExistingFile(string name, string helpName, string description) =>
        Existing(Path(name, helpName, description), File.Exists, "file");

    /// <summary>A folder that exists.</summary>
    public static Option<string> ExistingFolder(string name, string description) =>
        Existing(Path(name, "DIR", description), Directory.Exists, "folder");

    /// <summary>An option that takes no value.</summary>
    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    /// <summary>An option that may be repeated, each time with a value that is not empty.</summary>
    public static Option<string[]> Repeated(string name, string helpName, string description)
    {
        var option = new Option<string[]>(name) { HelpName = helpName, Description = description };
        option.Check(
            result => result.Tokens.All(token => token.Value.Length > 0),
            _ => $"{name} is empty; a value was expected.");
        return option;
    }

    /// <summary>An argument that is not empty. Mistyped options, which it would swallow, are refused.</summary>
    public static Argument<string> Argument(string name, string description, bool isRequired = true)
    {
        var argument = new Argument<string>(name)
        {
            Description = description,
            Arity = isRequired ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne,
        };
        argument.Validators.Add(result => RefuseMistyped(result, $"{name} is empty. {description}"));
        return argument;
    }

    /// <summary>One name of a file or folder, or more. Mistyped options, which it would swallow, are refused.</summary>
    public static Argument<string[]> Files(string name, string description)
    {
        var argument = new Argument<string[]>(name) { Description = description, Arity = ArgumentArity.OneOrMore };
        argument.Validators.Add(
            result => RefuseMistyped(result, $"{name} is empty; the name of a file or folder was expected."));
        return argument;
    }

    /// <summary>Refuses an option unless another one has a certain value.</summary>
    public static void Needing(this Option option, Option<string> other, string value) => option.Check(
        result => ValueOf(other, result) == value,
        result => $"{option.Name} needs {other.Name} {value}; it is {ValueOf(other, result)}.");

    /// <summary>Refuses an option without another one.</summary>
    public static void Needing(this Option option, Option other) => option.Check(
        result => IsGiven(result, other), _ => $"{option.Name} needs {other.Name}: {other.Description}");

    /// <summary>Refuses an option together with another one.</summary>
    public static void Excluding(this Option option, Option other) => option.Check(
        result => !IsGiven(result, other), _ => $"{option.Name} excludes {other.Name}: give one of them.");

    /// <summary>Adds a check of an option, which is made if the option is given.</summary>
    public static void Check(this Option option, Predicate<OptionResult> isValid, Func<OptionResult, string> message) =>
        option.Validators.Add(result =>
        {
            if (!result.Implicit && !isValid(result))
            {
                result.AddError(message(result));
            }
        });

    public static bool IsGiven(SymbolResult result, Option option) =>
        result.GetResult(option) is { Implicit: false };

    /// <summary>What is wrong with a mistyped option that an argument has swallowed; null if there is none.</summary>
    public static string? MistypedIn(ParseResult parsed) => parsed.CommandResult.Children.OfType<ArgumentResult>()
        .SelectMany(argument => argument.Tokens)
        .Select(token => token.Value)
        .Where(IsMistyped)
        .Select(Mistyped)
        .FirstOrDefault();

    private static Option<string> Existing(Option<string> option, Predicate<string> exists, string kind)
    {
        option.Check(
            result => result.Tokens is not [{ Value: { Length: > 0 } path }] || exists(path),
            result => $"{option.Name} is \"{result.Tokens[0].Value}\", but there is no such {kind}.");
        return option;
    }

    private static void RefuseMistyped(ArgumentResult result, string ifEmpty)
    {
        foreach (string word in result.Tokens.Select(token => token.Value))
        {
            if (word.Length == 0)
            {
                result.AddError(ifEmpty);
            }
            else if (IsMistyped(word))
            {
                result.AddError(Mistyped(word));
            }
        }
    }

    private static bool IsMistyped(string word) => word is ['-', _, ..];

    private static string Mistyped(string word) =>
        $"there is no option \"{word}\" (for a file of that name, write ./{word}).";

    private static string? ValueOf(Option<string> option, SymbolResult result) =>
        result.GetValue(option) ?? (string?)option.GetDefaultValue();

    private static bool IsPositive(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1;

    private static Option<T> Parsed<T>(
        string name, string helpName, string description, object? defaultValue, TryParse<T> tryParse, string expected)
    {
        var option = new Option<T>(name)
        {
            HelpName = helpName,
            Description = description,
            CustomParser = result =>
            {
                string text = result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
                if (!tryParse(text, out T value))
                {
                    result.AddError($"{name} is \"{text}\"; {expected} was expected.");
                }

                return value;
            },
        };
        if (defaultValue is T value)
        {
            option.DefaultValueFactory = _ => value;
        }

        return option;
    }
}
