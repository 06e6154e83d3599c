using System.CommandLine;
using ShowTell.Evaluation;

namespace ShowTell.Cli.Support;

/// <summary>The options of commands that score captions.</summary>
/// <param name="seed">The command's seed.</param>
internal sealed class ScoringFlags(Option<ulong> seed)
{
    private const int DefaultSamples = 1000;
    private const int MostSamples = 1_000_000;

    private readonly Option<int> _bootstrap = Options.Positive(
        "--bootstrap", "How often images are drawn for confidence intervals.", DefaultSamples, MostSamples);

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command) => command.Add(_bootstrap);

    /// <summary>What is computed.</summary>
    public ScoringOptions Read(ParseResult result) => new()
    {
        BootstrapSamples = result.GetValue(_bootstrap),
        Seed = result.GetValue(seed),
    };
}
