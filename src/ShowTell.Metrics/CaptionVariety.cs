namespace ShowTell.Metrics;

/// <summary>
/// Statistics of candidates that need no references: how varied captions and vocabulary are, how many captions are
/// incomplete, and how many are copies of training captions.
/// </summary>
/// <param name="DistinctCaptions">The number of distinct captions.</param>
/// <param name="Vocabulary">The number of distinct words.</param>
/// <param name="Distinct1">
/// Distinct-1 (Li et al., "A Diversity-Promoting Objective Function", 2016): distinct words as a fraction of all words.
/// It falls with the number of captions; compare it for equal numbers only.
/// </param>
/// <param name="Distinct2">Distinct-2: the same of bigrams.</param>
/// <param name="MeanLength">Mean number of words per caption.</param>
/// <param name="Empty">Fraction of captions without words.</param>
/// <param name="OpenEndings">
/// Fraction of incomplete captions: those that end in a word such as "a", "of" or "with"
/// (<see cref="FunctionWords.LeavesCaptionOpen"/>).
/// </param>
/// <param name="InTraining">Fraction of captions that equal a training caption; null if none were given.</param>
public sealed record CaptionVariety(
    int DistinctCaptions,
    int Vocabulary,
    double Distinct1,
    double Distinct2,
    double MeanLength,
    double Empty,
    double OpenEndings,
    double? InTraining)
{
    /// <summary>Computes the statistics of captions.</summary>
    /// <param name="captions">The words of each caption, as from <see cref="CaptionTokenizer"/>; at least one caption.
    /// </param>
    /// <param name="trainCaptions">The training captions, their words joined by spaces; null if unknown.</param>
    public static CaptionVariety Of(IReadOnlyList<string[]> captions, IReadOnlySet<string>? trainCaptions = null)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentOutOfRangeException.ThrowIfZero(captions.Count);
        string[] texts = [.. captions.Select(words => string.Join(' ', words))];
        string[] words = [.. captions.SelectMany(caption => caption)];
        return new CaptionVariety(
            DistinctCaptions: texts.Distinct(StringComparer.Ordinal).Count(),
            Vocabulary: words.Distinct(StringComparer.Ordinal).Count(),
            Distinct1: DistinctFraction(words),
            Distinct2: DistinctFraction([.. captions.SelectMany(caption => caption.Zip(caption.Skip(1)))]),
            MeanLength: captions.Average(caption => caption.Length),
            Empty: Fraction(captions, caption => caption.Length == 0),
            OpenEndings: Fraction(
                captions, caption => caption is [.., string last] && FunctionWords.LeavesCaptionOpen(last)),
            InTraining: trainCaptions is null ? null : Fraction(texts, trainCaptions.Contains));
    }

    private static double Fraction<T>(IReadOnlyCollection<T> items, Func<T, bool> condition) =>
        (double)items.Count(condition) / items.Count;

    private static double DistinctFraction<T>(IReadOnlyCollection<T> items) =>
        items.Count == 0 ? 0 : (double)items.Distinct().Count() / items.Count;
}
