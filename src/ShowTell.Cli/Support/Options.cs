using System.CommandLine;
using System.Globalization;

namespace ShowTell.Cli.Support;

/// <summary>
/// Options that several commands share, and the kinds of options there are: each says what it expected.
/// </summary>
internal static class Options
{
    private const int MostOfAnything = 1_000_000_000;

    private delegate bool TryParse<T>(string text, out T value);

    public const string DatasetDescription =
        "A dataset folder, of data import or of the CS231n exercises, or scenes (scenes:SEED) for drawn scenes.";

    public static Argument<string> Dataset() => Named("DATASET", DatasetDescription);

    public static Argument<string> Model() => Named("MODEL", "A model file of showtell train.");

    public static Option<string> Split(string defaultValue) =>
        OneOf("--split", "train|val", "The half of the dataset.", defaultValue, "train", "val");

    public static Option<string> Features() => OneOf(
        "--features",
        "pca|raw",
        "The features of a folder: reduced ones, or the network's. [default: reduced, if they are there]",
        defaultValue: null,
        "pca",
        "raw");

    /// <summary>Where a training writes its log.</summary>
    /// <param name="plot">File name of its plot.</param>
    public static Option<string> Log(string plot) => Path(
        "--log", "DIR", $"Folder for metrics.jsonl and {plot}. [default: beside FILE, its name with -log]");

    /// <summary>Whether reduced features were asked for; null if nothing was.</summary>
    public static bool? IsPca(ParseResult result, Option<string> features) =>
        result.GetValue(features) is string chosen ? chosen == "pca" : null;

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

    /// <summary>The value of an option without a default; null where it was not given.</summary>
    public static T? Given<T>(ParseResult result, Option<T> option)
        where T : struct => result.GetResult(option) is null ? null : result.GetValue(option);

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for scripts." };

    public static Option<string?> Images()
    {
        Option<string?> images = Path(
            "--images",
            "DIR",
            "Folder of the pictures, found by file name. [default: where an imported dataset has its photos; else they "
            + "are fetched from their URLs]")!;
        images.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: { Length: > 0 } folder }] && !Directory.Exists(folder))
            {
                result.AddError($"--images is \"{folder}\", and there is no such folder.");
            }
        });
        return images;
    }

    public static Option<bool> Offline() => new("--offline")
    {
        Description = "Fetch no pictures; draw a placeholder instead.",
    };

    /// <summary>A file or folder. It has no default.</summary>
    public static Option<string> Path(string name, string helpName, string description) => Parsed<string>(
        name,
        helpName,
        description,
        null,
        (text, out value) => (value = text).Length > 0,
        "the name of a file or folder");

    public static Option<int> Positive(
        string name, string description, int? defaultValue, int greatest = MostOfAnything) => Parsed<int>(
        name,
        "N",
        description,
        defaultValue,
        (text, out value) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value)
            && value >= 1
            && value <= greatest,
        string.Create(CultureInfo.InvariantCulture, $"a whole number from 1 to {greatest:N0}"));

    /// <summary>A number that may be left out: then the option's value is 0.</summary>
    public static Option<int> OptionalPositive(string name, string helpName, string description)
    {
        Option<int> option = Parsed<int>(
            name,
            helpName,
            description,
            null,
            (text, out value) =>
                text.Length == 0
                    ? (value = 0) == 0
                    : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value >= 1,
            "a whole number from 1 on, or nothing,");
        option.Arity = ArgumentArity.ZeroOrOne;
        return option;
    }

    public static Option<double> Number(
        string name,
        string description,
        double? defaultValue,
        Predicate<double> isValid,
        string range) => Parsed<double>(
        name,
        "X",
        description,
        defaultValue,
        (text, out value) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && isValid(value),
        range);

    public static Option<string> OneOf(
        string name,
        string helpName,
        string description,
        string? defaultValue,
        params string[] values) => Parsed<string>(
            name,
            helpName,
            description,
            defaultValue,
            (text, out value) => values.Contains(value = text),
            $"one of {string.Join(", ", values)}");

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
