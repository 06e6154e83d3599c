namespace ShowTell.Cli.Support;

/// <summary>The numbers that an option takes, and what they are called.</summary>
internal sealed record NumberRange(string Name, Predicate<double> Contains)
{
    public static readonly NumberRange Positive = new("a number above 0", x => x > 0 && double.IsFinite(x));
    public static readonly NumberRange Factor = new("a number above 0, at most 1", x => x is > 0 and <= 1);
    public static readonly NumberRange BetweenZeroAndOne = new("a number between 0 and 1", x => x is > 0 and < 1);
    public static readonly NumberRange BelowOne = new("a number from 0 to below 1", x => x is >= 0 and < 1);

    public static NumberRange UpTo(double greatest) =>
        new($"a number from 0 to {greatest}", x => x >= 0 && x <= greatest);
}

/// <summary>
/// Options that several commands share, and the kinds of options there are: each says what it expected.
/// </summary>
internal static class Options
{
    private const int MostOfAnything = 1_000_000_000;

    private delegate bool TryParse<T>(string text, out T value);

    public const string DatasetDescription =
        "A dataset folder, of data import or of the CS231n exercises, or scenes (scenes:SEED) for drawn scenes.";

    /// <summary>Lets a command's list of options name a group of them.</summary>
    public static void Add(this Command command, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            command.Add(option);
        }
    }

    /// <summary>The value of an option without a default; null where it was not given.</summary>
    public static T? Given<T>(this ParseResult result, Option<T> option)
        where T : struct => result.GetResult(option) is null ? null : result.GetValue(option);

    /// <summary>The value of <see cref="Seed"/>.</summary>
    public static ulong SeedOf(ParseResult result) => result.GetValue<ulong>("--seed");

    /// <summary>Whether reduced features were asked for; null if nothing was.</summary>
    public static bool? IsPca(ParseResult result, Option<string> features) =>
        result.GetValue(features) is string chosen ? chosen == "pca" : null;

    /// <summary>Checks that there are the files or folders that options name.</summary>
    /// <exception cref="ShowTellException">One is missing.</exception>
    public static void RequirePlaces(ParseResult result, params (Option<string> Option, bool IsFile)[] places)
    {
        foreach ((Option<string> option, bool isFile) in places)
        {
            if (result.GetValue(option) is string path && !(isFile ? File.Exists(path) : Directory.Exists(path)))
            {
                throw new ShowTellException(
                    $"{option.Name} is \"{path}\", and there is no such {(isFile ? "file" : "folder")}.");
            }
        }
    }

    public static Argument<string> Dataset() => Named("DATASET", DatasetDescription);

    public static Argument<string> Model() => Named("MODEL", "A model file of showtell train.");

    public static Option<string> Split(string defaultValue) =>
        OneOf("--split", "train|val", "The half of the dataset.", defaultValue);

    public static Option<string> Features() => OneOf(
        "--features",
        "pca|raw",
        "The features of a folder: reduced ones, or the network's. [default: reduced, if they are there]");

    /// <summary>Where a training writes its log, and a plot of that name.</summary>
    public static Option<string> Log(string plot) => Path(
        "--log", "DIR", $"Folder for metrics.jsonl and {plot}. [default: beside FILE, its name with -log]");

    public static Option<ulong> Seed() => Parsed<ulong>(
        "--seed",
        "N",
        "Seed of everything random: the same seed gives the same result.",
        231UL,
        (text, out value) => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value),
        "a whole number from 0 to 2^64 - 1");

    public static Option<string> References() => Path(
        "--references",
        "FILE",
        "The true captions, by photos' names: any file of captions. [default: the file that an imported dataset was "
        + "made of, else the dataset's own words]");

    public static Option<int> EvaluatedImages() => Positive(
        "--images", "Images to caption, at most, drawn at random. [default: all that have captions]");

    public static Option<int> PrintEvery() =>
        Positive("--print-every", "Iterations from line to line, where there is no progress bar.", 10);

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for scripts." };

    public static Option<string> Images()
    {
        Option<string> images = Pictures("--images");
        images.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { Length: > 0 } folder }] && !Directory.Exists(folder))
            {
                result.AddError($"--images is \"{folder}\", and there is no such folder.");
            }
        });
        return images;
    }

    public static Option<string> Pictures(string name) => Path(
        name,
        "DIR",
        "Folder of the pictures, found by file name. [default: where an imported dataset has its photos; else they "
        + "are fetched from their URLs]");

    public static Option<bool> Offline() => new("--offline")
    {
        Description = "Fetch no pictures; draw a placeholder instead.",
    };

    /// <summary>A file or folder. It has no default.</summary>
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

    public static Option<int> Positive(
        string name, string description, int? defaultValue = null, int greatest = MostOfAnything) => Parsed<int>(
        name,
        "N",
        description,
        defaultValue,
        (text, out value) => IsPositive(text, out value) && value <= greatest,
        $"a whole number from 1 to {greatest:N0}");

    /// <summary>A number that may be left out: then the option's value is 0.</summary>
    public static Option<int> OptionalPositive(string name, string helpName, string description)
    {
        Option<int> option = Parsed<int>(
            name,
            helpName,
            description,
            null,
            (text, out value) => IsPositive(text, out value) || text.Length == 0,
            "a whole number from 1 on, or nothing,");
        option.Arity = ArgumentArity.ZeroOrOne;
        return option;
    }

    public static Option<double> Number(
        string name, NumberRange range, string description, double? defaultValue = null) => Parsed<double>(
        name,
        "X",
        description,
        defaultValue,
        (text, out value) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && range.Contains(value),
        range.Name);

    /// <summary>One of some words, which stand with | between them.</summary>
    public static Option<string> OneOf(
        string name, string words, string description, string? defaultValue = null, string? helpName = null) =>
        Parsed<string>(
            name,
            helpName ?? words,
            description,
            defaultValue,
            (text, out value) => words.Split('|').Contains(value = text),
            $"one of {words.Replace("|", ", ", StringComparison.Ordinal)}");

    public static Argument<string> Named(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError($"{name} is empty. {description}");
            }
        });
        return argument;
    }

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
