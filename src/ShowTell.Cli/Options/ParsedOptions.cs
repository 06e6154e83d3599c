namespace ShowTell.Cli.Options;

/// <summary>What commands read from a parsed command line.</summary>
internal static class ParsedOptions
{
    /// <summary>The name of <see cref="NewOption.Seed"/>.</summary>
    public const string SeedName = "--seed";

    /// <summary>Lets a command's list of options name a group of them.</summary>
    public static void Add(this Command command, IEnumerable<Option> options)
    {
        foreach (Option option in options)
        {
            command.Add(option);
        }
    }

    /// <summary>Standard output.</summary>
    public static TextWriter Output(this ParseResult result) => result.InvocationConfiguration.Output;

    /// <summary>The value of <see cref="NewOption.Seed"/>.</summary>
    public static ulong Seed(this ParseResult result) => result.GetValue<ulong>(SeedName);

    /// <summary>Whether an option was given, on the command line or by a preset.</summary>
    public static bool IsGiven(this ParseResult result, Option option) =>
        result.GetResult(option) is { Implicit: false };

    /// <summary>The value of an option; null if it was not given.</summary>
    public static T? Given<T>(this ParseResult result, Option<T> option)
        where T : struct => result.IsGiven(option) ? result.GetValue(option) : null;

    /// <summary>The value of an option whose words are the names of an enumeration's values.</summary>
    public static T Parse<T>(this ParseResult result, Option<string> option)
        where T : struct, Enum => Enum.Parse<T>(result.GetRequiredValue(option), ignoreCase: true);
}
