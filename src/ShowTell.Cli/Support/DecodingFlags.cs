using System.CommandLine;
using ShowTell.Data;
using ShowTell.Decoding;

namespace ShowTell.Cli.Support;

/// <summary>The options of a command that say how captions are chosen.</summary>
/// <param name="seed">The command's seed.</param>
/// <param name="hasUnknown">Whether captions have &lt;UNK&gt; unless it is turned off, rather than the reverse.</param>
/// <param name="beam">The beam where none is given, and words are not drawn.</param>
internal sealed class DecodingFlags(Option<ulong> seed, bool hasUnknown, int beam = 1)
{
    private const int WidestBeam = 1000;
    private const int MostWords = 10_000;

    private readonly Option<int> _beam = Options.Positive(
        "--beam", "Beginnings of a caption that are searched at once; 1 is greedy.", beam, WidestBeam);

    private readonly Option<double> _lengthPenalty = Options.Number(
        "--length-penalty",
        "Rank captions by log p / length^X: the greater, the longer they are. [default: 0.7]",
        null,
        value => value is >= 0 and <= 10,
        "a number from 0 to 10");

    private readonly Option<int> _groups = Options.Positive(
        "--groups", "Split the beam into groups that avoid each other's words.", 1, WidestBeam);

    private readonly Option<double> _diversity = Options.Number(
        "--diversity",
        "How much groups avoid words of others. [default: 0.5]",
        null,
        value => value is >= 0 and <= 1000,
        "a number from 0 to 1000");

    private readonly Option<double> _temperature = Options.Number(
        "--temperature",
        "Draw words at random: below 1 more probable ones more often.",
        null,
        value => value is >= 0 and <= 1000,
        "a number from 0 to 1000");

    private readonly Option<int> _topK = Options.Positive(
        "--top-k", "Draw among the N most probable words only.", null);

    private readonly Option<double> _topP = Options.Number(
        "--top-p",
        "Draw among the most probable words that together have the probability X.",
        null,
        value => value is > 0 and <= 1,
        "a number above 0, at most 1");

    private readonly Option<int> _noRepeat = Options.Positive(
        "--no-repeat", "No N words in a row stand twice in a caption.", null);

    private readonly Option<int> _minWords = Options.Positive(
        "--min-words", "The least words of a caption.", null, MostWords);

    private readonly Option<int> _maxWords = Options.Positive(
        "--max-words", "The most words of a caption. [default: as many as in training]", null, MostWords);

    private readonly Option<string[]> _with = Words("--with", "A word that captions must have; may be repeated.");

    private readonly Option<string[]> _without =
        Words("--without", "A word that captions must not have; may be repeated.");

    private readonly Option<bool> _unknown = new(hasUnknown ? "--no-unknown" : "--unknown")
    {
        Description = (hasUnknown ? "No caption has" : "Captions may have")
            + " <UNK>, the mark of words that the model does not know.",
    };

    private readonly Option<int> _nBest = Options.Positive(
        "--n-best", "Captions for each image, the best first.", 1, WidestBeam);

    private readonly Option<string[]> _ensemble = new("--ensemble")
    {
        HelpName = "MODEL",
        Description = "Another model that decodes together with the first; may be repeated.",
    };

    public IReadOnlyList<string> With(ParseResult result) => result.GetValue(_with) ?? [];

    public IReadOnlyList<string> Without(ParseResult result)
    {
        string[] without = result.GetValue(_without) ?? [];
        return AllowsUnknown(result) ? without : [.. without, Vocabulary.Unknown];
    }

    public bool AllowsUnknown(ParseResult result) => hasUnknown != result.GetValue(_unknown);

    public IReadOnlyList<string> Ensemble(ParseResult result) => result.GetValue(_ensemble) ?? [];

    public void AddTo(Command command, bool withNBest = true)
    {
        Option[] all =
        [
            _beam, _lengthPenalty, _groups, _diversity, _temperature, _topK, _topP, _noRepeat, _minWords, _maxWords,
            _with, _without, _unknown, .. withNBest ? [_nBest] : Array.Empty<Option>(), _ensemble,
        ];
        Array.ForEach(all, command.Add);
    }

    /// <summary>How captions are chosen, but for <see cref="With"/> and <see cref="Without"/>.</summary>
    /// <exception cref="PairingException">Options contradict each other.</exception>
    public DecodingOptions Read(ParseResult result)
    {
        var usual = new DecodingOptions();
        var options = new DecodingOptions
        {
            Beam = IsDrawn(result) && result.GetResult(_beam) is not { Implicit: false } ? 1 : result.GetValue(_beam),
            LengthPenalty = Given(_lengthPenalty) ?? usual.LengthPenalty,
            DiverseGroups = result.GetValue(_groups),
            DiversityStrength = Given(_diversity) ?? usual.DiversityStrength,
            Temperature = Given(_temperature),
            TopK = Given(_topK),
            TopP = Given(_topP),
            Seed = result.GetValue(seed),
            NoRepeatNGram = Given(_noRepeat) ?? usual.NoRepeatNGram,
            MinLength = 1 + (Given(_minWords) ?? 0),
            MaxLength = 1 + Given(_maxWords),
            Captions = Given(_nBest) ?? usual.Captions,
        };
        options.Validate();
        return options;

        T? Given<T>(Option<T> option)
            where T : struct => result.GetResult(option) is null ? null : result.GetValue(option);
    }

    private bool IsDrawn(ParseResult result) => Array.Exists<Option>(
        [_temperature, _topK, _topP], option => result.GetResult(option) is { Implicit: false });

    private static Option<string[]> Words(string name, string description)
    {
        var words = new Option<string[]>(name) { HelpName = "WORD", Description = description };
        words.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError($"{name} is empty; a word was expected.");
            }
        });
        return words;
    }
}
