using ShowTell.Data;

namespace ShowTell.Decoding;

/// <summary>
/// How to decode captions. The default is greedy: the most probable word at every step. <see cref="Beam"/> searches for
/// more probable captions; <see cref="Temperature"/>, <see cref="TopK"/> or <see cref="TopP"/> sample. Lengths are in
/// tokens, the end token included. Every caption ends, at the latest at the maximum length.
/// </summary>
public sealed record DecodingOptions
{
    /// <summary>The maximum number of required words; each adds a beam.</summary>
    public const int MaxRequiredWords = 16;

    /// <summary>The default maximum length.</summary>
    internal const int DefaultMaxLength = 30;

    /// <summary>The beam width; at least 1; default 1: greedy.</summary>
    public int Beam { get; init; } = 1;

    /// <summary>
    /// α of the ranking score <c>log p / length^α</c> (after Wu et al., 2016); at least 0; default 0.7. 0 ranks by
    /// probability, which favors short captions; 1 by the mean log-probability per token.
    /// </summary>
    public double LengthPenalty { get; init; } = 0.7;

    /// <summary>
    /// The number of groups of a diverse beam search (Vijayakumar et al., 2018), a divisor of <see cref="Beam"/>;
    /// default 1. Each group avoids words that earlier groups chose at the same step.
    /// </summary>
    public int DiverseGroups { get; init; } = 1;

    /// <summary>
    /// λ, at least 0; default 0.5: subtracted from a word's log-probability for each earlier group that chose it at the
    /// same step (Hamming diversity). Final scores exclude it.
    /// </summary>
    public double DiversityStrength { get; init; } = 0.5;

    /// <summary>
    /// Samples words from <c>softmax(scores / temperature)</c>; at least 0; 0 takes the most probable word. Default
    /// null: no sampling, or 1 if <see cref="TopK"/> or <see cref="TopP"/> is set.
    /// </summary>
    public double? Temperature { get; init; }

    /// <summary>Samples among the K most probable words only; at least 1 (Fan et al., 2018).</summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Samples among the most probable words with this total probability, in (0, 1], after <see cref="Temperature"/>
    /// and <see cref="TopK"/> (nucleus sampling; Holtzman et al., 2020).
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>The random seed; default 231.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>N: no sequence of N words occurs twice in a caption; 0, the default, allows repeats.</summary>
    public int NoRepeatNGram { get; init; }

    /// <summary>The minimum length of a caption; default 1.</summary>
    public int MinLength { get; init; } = 1;

    /// <summary>The maximum length of a caption; by default that of the training captions if known, else 30.</summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// The ids of words that every caption must contain, in any order. Hypotheses with the same number of them share a
    /// beam (grid beam search; Hokamp and Liu, 2017).
    /// </summary>
    public IReadOnlyList<int> RequiredWords { get; init; } = [];

    /// <summary>The ids of words that no caption may contain; may include the unknown-word token.</summary>
    public IReadOnlyList<int> BannedWords { get; init; } = [];

    /// <summary>
    /// The number of captions to return per image; default 1; at most <see cref="Beam"/> with a beam. Duplicates count
    /// once, so there may be fewer.
    /// </summary>
    public int Captions { get; init; } = 1;

    /// <summary>
    /// Ranks all captions that a beam of at least 2 found, instead of <see cref="LengthPenalty"/>; null, the default,
    /// for none.
    /// </summary>
    public ICaptionRanking? Ranking { get; init; }

    /// <summary>Whether to return duplicate sampled captions, so that the number requested is exact.</summary>
    internal bool KeepDuplicates { get; init; }

    /// <summary>Whether <see cref="Ranking"/> has something to rank.</summary>
    internal bool IsRanked => Ranking is not null && Beam > 1;

    /// <summary>Whether words are sampled.</summary>
    internal bool IsStochastic => (Temperature, TopK, TopP) is not (null, null, null);

    /// <summary>The maximum number of captions decoded at once per image.</summary>
    internal int RowsPerImage => IsStochastic ? Captions : Beam * (RequiredWords.Count + 1);

    /// <summary>These options with required and banned words.</summary>
    /// <param name="vocabulary">The model's vocabulary.</param>
    /// <param name="with">Words to require.</param>
    /// <param name="without">Words to ban; unknown ones are ignored.</param>
    /// <exception cref="DataException">A required word is not in the vocabulary.</exception>
    public DecodingOptions Of(Vocabulary vocabulary, IEnumerable<string> with, IEnumerable<string> without)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(with);
        ArgumentNullException.ThrowIfNull(without);

        // Decoding handles the other markers itself.
        bool IsKnown(string word) => word == Vocabulary.Unknown
            || (word is not (Vocabulary.Null or Vocabulary.Start or Vocabulary.End)
                && vocabulary.IdOf(word) != vocabulary.UnknownId);
        string? unknown = with.FirstOrDefault(word => !IsKnown(word));
        return unknown is null
            ? this with
            {
                RequiredWords = [.. RequiredWords.Concat(with.Select(vocabulary.IdOf)).Distinct()],
                BannedWords = [.. BannedWords.Concat(without.Where(IsKnown).Select(vocabulary.IdOf)).Distinct()],
            }
            : throw new DataException(
                $"The required word \"{unknown}\" is not among the model's {vocabulary.Count} "
                + $"{(vocabulary.Kind == TokenKind.Word ? "words" : "characters")}.");
    }

    /// <summary>Checks that all values are in range and compatible.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    /// <exception cref="IncompatibleException">Values contradict each other.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Beam);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(DiverseGroups);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MinLength);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxLength ?? 1, nameof(MaxLength));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TopK ?? 1, nameof(TopK));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Captions);
        ArgumentOutOfRangeException.ThrowIfNegative(NoRepeatNGram);
        RequireNumber(LengthPenalty, nameof(LengthPenalty));
        RequireNumber(DiversityStrength, nameof(DiversityStrength));
        RequireNumber(Temperature ?? 0, nameof(Temperature));
        RequireNumber(TopP ?? 0, nameof(TopP));
        ArgumentOutOfRangeException.ThrowIfZero(TopP ?? 1, nameof(TopP));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(TopP ?? 1, 1, nameof(TopP));
        if (Contradiction() is string message)
        {
            throw new IncompatibleException(message);
        }
    }

    /// <summary>A finished caption with its score.</summary>
    internal DecodedCaption Caption(int[] ids, double logProbability) =>
        new(ids, logProbability, logProbability / Math.Pow(ids.Length, LengthPenalty));

    private static void RequireNumber(double value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "Must be finite.");
        }
    }

    private string? Contradiction()
    {
        int required = RequiredWords.Count;
        return this switch
        {
            { IsStochastic: true, Beam: > 1 } or { IsStochastic: true, DiverseGroups: > 1 } =>
                "Sampling and beam search are incompatible: omit the beam, or temperature, top-k and top-p.",
            { IsStochastic: true } when required > 0 =>
                "Required words need a search: omit temperature, top-k and top-p.",
            { IsStochastic: false } when Captions > Beam =>
                $"{Captions} captions per image need a beam of at least {Captions}, not {Beam}.",
            _ when Beam % DiverseGroups != 0 =>
                $"A beam of {Beam} is not divisible into {DiverseGroups} groups.",
            _ when MinLength > (MaxLength ?? DefaultMaxLength) =>
                $"The minimum length {MinLength} exceeds the maximum length {MaxLength ?? DefaultMaxLength} (both in "
                + "tokens, the end token included).",
            _ when required > MaxRequiredWords =>
                $"{required} words are required; at most {MaxRequiredWords} can be.",
            _ when required >= (MaxLength ?? DefaultMaxLength) =>
                $"{required} required words do not fit in captions of at most {MaxLength ?? DefaultMaxLength} tokens, "
                + "the end token included.",
            _ when RequiredWords.Intersect(BannedWords).Any() => "A word is both required and banned.",
            _ => null,
        };
    }
}
