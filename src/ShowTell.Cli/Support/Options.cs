using System.CommandLine;
using System.CommandLine.Parsing;

namespace ShowTell.Cli.Support;

/// <summary>Options with their defaults and the ranges of their values.</summary>
internal static class Options
{
    public static Argument<string> Dataset() => new("DATASET")
    {
        Description = "A folder in the CS231n layout (coco2014_captions.h5 ...), or the word scenes (or scenes:SEED) for drawn scenes.",
    };

    public static Option<string> Split() => OneOf("--split", "Which half of the dataset.", "val", "train", "val");

    public static Option<int> Count(int defaultValue) => Positive("--count", "How many.", defaultValue);

    public static Option<ulong> Seed() => new("--seed")
    {
        Description = "Seed of everything random: the same seed gives the same result.",
        DefaultValueFactory = _ => 231,
        HelpName = "N",
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON, for scripts." };

    public static Option<string?> Images() => new("--images")
    {
        Description = "Folder with the pictures, found by their file names. Without it they are fetched from their URLs.",
        HelpName = "DIR",
    };

    public static Option<bool> Offline() => new("--offline") { Description = "Fetch no pictures from their URLs." };

    public static Option<int> Positive(string name, string description, int defaultValue)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => defaultValue, HelpName = "N" };
        option.Validators.Add(result => RequireRange(result, name, int.TryParse, (int value) => value >= 1, "a whole number from 1 on"));
        return option;
    }

    public static Option<double> Number(string name, string description, double defaultValue, Predicate<double> isValid, string range)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            HelpName = "X",
            DefaultValueFactory = _ => defaultValue,
        };
        option.Validators.Add(result => RequireRange(result, name, ParseInvariant, isValid, range));
        return option;
    }

    public static Option<string> OneOf(string name, string description, string defaultValue, params string[] values)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            DefaultValueFactory = _ => defaultValue,
            HelpName = string.Join('|', values),
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }, ..] && !values.Contains(value))
            {
                result.AddError($"{name} is \"{value}\"; one of {string.Join(", ", values)} was expected.");
            }
        });
        return option;
    }

    private delegate bool TryParse<T>(string text, out T value);

    private static bool ParseInvariant(string text, out double value) =>
        double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out value);

    private static void RequireRange<T>(OptionResult result, string name, TryParse<T> tryParse, Predicate<T> isValid, string range)
    {
        if (result.Tokens is [{ Value: var text }, ..] && !(tryParse(text, out T value) && isValid(value)))
        {
            result.AddError($"{name} is \"{text}\"; {range} was expected.");
        }
    }
}
