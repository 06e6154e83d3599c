using ShowTell.Data;

namespace ShowTell.Decoding;

/// <summary>
/// How captions are chosen. By default greedily: the most probable word at every step. A <see cref="Beam"/> searches
/// for captions that are more probable as a whole; <see cref="Temperature"/>, <see cref="TopK"/> or <see cref="TopP"/>
/// draw words at random. Lengths are in tokens (words, or characters for a model of characters), the end token
/// included. The null and start tokens are in no caption; every caption ends, at the greatest length at last.
/// </summary>
public sealed record DecodingOptions
{
    /// <summary>The most words that can be required: each makes the search that much wider.</summary>
    public const int MaxRequiredWords = 16;

    /// <summary>Greatest length where nothing else is said.</summary>
    internal const int DefaultMaxLength = 30;

    /// <summary>Beginnings of a caption that are followed at once; by default 1: greedily.</summary>
    public int Beam { get; init; } = 1;

    /// <summary>
    /// α, from 0: captions are ranked by their score <c>log p / length^α</c>. 0 goes by probability alone, which
    /// favours short captions; 1 is the mean of a token (Wu et al., 2016, with the length itself for their
    /// (5 + length) / 6). By default 0.7, with which captions of all models of docs/results.md had a greater CIDEr
    /// than with 0.
    /// </summary>
    public double LengthPenalty { get; init; } = 0.7;

    /// <summary>
    /// Diverse beam search (Vijayakumar et al., 2018): the beam is split into so many groups, each of which avoids the
    /// words that those before it chose at the same step. The captions are the best one of each group, then the second
    /// best, and so on. By default 1: no groups.
    /// </summary>
    public int DiverseGroups { get; init; } = 1;

    /// <summary>
    /// λ, from 0; by default 0.5: how much is taken from the log-probability of a word, where groups choose, for each
    /// time that a group before chose it (their Hamming diversity). Final scores are without it.
    /// </summary>
    public double DiversityStrength { get; init; } = 0.5;

    /// <summary>
    /// Draws words with probabilities <c>softmax(scores / temperature)</c>: below 1 more probable words still more
    /// often; 0 takes the most probable one. Null draws nothing, unless <see cref="TopK"/> or <see cref="TopP"/> is
    /// given, with which it is 1.
    /// </summary>
    public double? Temperature { get; init; }

    /// <summary>Draws among so many of the most probable words only (Fan et al., 2018).</summary>
    public int? TopK { get; init; }

    /// <summary>
    /// Draws among the most probable words that together have this probability, from (0, 1], after
    /// <see cref="Temperature"/> and <see cref="TopK"/> (nucleus sampling; Holtzman et al., 2020).
    /// </summary>
    public double? TopP { get; init; }

    /// <summary>Seed of what is drawn; by default 231.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>No sequence of so many words stands twice in a caption; 0, the default, allows all.</summary>
    public int NoRepeatNGram { get; init; }

    /// <summary>The least length of a caption; by default 1: it may end at once.</summary>
    public int MinLength { get; init; } = 1;

    /// <summary>
    /// The greatest length of a caption; by default 30, or where the model's training is known that of the captions
    /// that it was trained on.
    /// </summary>
    public int? MaxLength { get; init; }

    /// <summary>
    /// Ids of words that every caption must have, in any order: beginnings with equally many of them compete with each
    /// other, each in a beam of its own (grid beam search; Hokamp and Liu, 2017).
    /// </summary>
    public IReadOnlyList<int> RequiredWords { get; init; } = [];

    /// <summary>Ids of words that no caption may have, the unknown-word token among them where wanted.</summary>
    public IReadOnlyList<int> BannedWords { get; init; } = [];

    /// <summary>
    /// Captions wanted of an image, the best ones; by default 1. A beam gives at most as many as it is wide. Equal
    /// ones, which are drawn or come from several groups, count once, so that there may be fewer.
    /// </summary>
    public int Captions { get; init; } = 1;

    /// <summary>
    /// Whether drawn captions that come out equal are all given: then there are as many as are wanted.
    /// </summary>
    internal bool KeepDuplicates { get; init; }

    /// <summary>Whether words are drawn.</summary>
    internal bool IsStochastic => (Temperature, TopK, TopP) is not (null, null, null);

    /// <summary>Captions that an image takes at once, at most.</summary>
    internal int RowsPerImage => IsStochastic ? Captions : Beam * (RequiredWords.Count + 1);

    /// <summary>These options with words that must or must not appear.</summary>
    /// <param name="vocabulary">The model's words.</param>
    /// <param name="with">Words that must appear.</param>
    /// <param name="without">Words that must not; one that the vocabulary lacks never does.</param>
    /// <exception cref="DataException">A word that must appear is not in the vocabulary.</exception>
    public DecodingOptions Of(Vocabulary vocabulary, IEnumerable<string> with, IEnumerable<string> without)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(with);
        ArgumentNullException.ThrowIfNull(without);

        // The other markers are no words: decoding itself sees to them.
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
                $"\"{unknown}\" must appear, and is not among the model's {vocabulary.Count} "
                + $"{(vocabulary.Kind == TokenKind.Word ? "words" : "characters")}: it cannot say it.");
    }

    /// <summary>Checks that every value is in its range and that none contradict each other.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of range.</exception>
    /// <exception cref="IncompatibleException">Two contradict each other.</exception>
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

    /// <summary>An ended caption with its score.</summary>
    internal DecodedCaption Caption(int[] ids, double logProbability) =>
        new(ids, logProbability, logProbability / Math.Pow(ids.Length, LengthPenalty));

    private static void RequireNumber(double value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value, name);
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, "A finite number was expected.");
        }
    }

    private string? Contradiction()
    {
        int required = RequiredWords.Count;
        return this switch
        {
            { IsStochastic: true, Beam: > 1 } or { IsStochastic: true, DiverseGroups: > 1 } =>
                "Words are either drawn or searched by a beam: leave out the beam, or temperature, top-k and top-p.",
            { IsStochastic: true } when required > 0 =>
                "Words that must appear need a search: leave out temperature, top-k and top-p.",
            { IsStochastic: false } when Captions > Beam =>
                $"{Captions} captions of an image need a beam of {Captions} at least; it is {Beam}.",
            _ when Beam % DiverseGroups != 0 =>
                $"A beam of {Beam} cannot be split into {DiverseGroups} groups of one size.",
            _ when MinLength > MaxLength =>
                $"Captions of at least {MinLength} and at most {MaxLength} tokens (their end counts as one): no such "
                + "length is.",
            _ when required > MaxRequiredWords =>
                $"{required} words must appear; at most {MaxRequiredWords} can.",
            _ when required >= (MaxLength ?? DefaultMaxLength) =>
                $"{required} words must appear in captions of at most {MaxLength ?? DefaultMaxLength} tokens (
                    their end "
                + "counts as one).",
            _ when RequiredWords.Intersect(BannedWords).Any() => "A word must appear and must not appear.",
            _ => null,
        };
    }
}
