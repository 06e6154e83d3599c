using ShowTell.Metrics;

namespace ShowTell.Cli.Support;

/// <summary>The options of commands that score captions.</summary>
internal sealed class ScoringFlags
{
    private const int MostSamples = 1_000_000;

    public Option<int> Bootstrap { get; } = Options.Positive(
        "--bootstrap", "How often images are drawn for confidence intervals.", 1000, MostSamples);

    /// <summary>What is computed.</summary>
    public ScoringOptions Read(ParseResult result) => new()
    {
        BootstrapSamples = result.GetValue(Bootstrap),
        Seed = Options.SeedOf(result),
    };
}
