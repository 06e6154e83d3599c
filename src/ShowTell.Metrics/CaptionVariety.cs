namespace ShowTell.Metrics;

/// <summary>
/// What candidates look like, without their references: whether a captioner says different things of different images,
/// in whole sentences, and in its own words.
/// </summary>
/// <param name="DistinctCaptions">Captions that differ from each other.</param>
/// <param name="Vocabulary">Words that differ from each other.</param>
/// <param name="Distinct1">
/// Distinct-1 (Li et al., "A Diversity-Promoting Objective Function", 2016): the share of different ones among all
/// words. It shrinks as captions are added: compare it for the same number of captions only.
/// </param>
/// <param name="Distinct2">Distinct-2: the same of all pairs of neighbours.</param>
/// <param name="MeanLength">Words of a caption, mean.</param>
/// <param name="Empty">Share of captions without a word.</param>
/// <param name="OpenEndings">Share of captions that end in a word such as "a", "of" or "with"
/// (<see cref="FunctionWords.LeavesCaptionOpen"/>).</param>
/// <param name="InTraining">Share of captions that stand word for word among the train captions; null if none were
/// given.</param>
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
    /// <summary>Measures captions.</summary>
    /// <param name="captions">The words of each, one at least, as <see cref="CaptionTokenizer"/> gives them.</param>
    /// <param name="trainCaptions">The captions of the training set, words with a space between them; null if unknown.
    /// </param>
    public static CaptionVariety Of(IReadOnlyList<string[]> captions, IReadOnlySet<string>? trainCaptions = null)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentOutOfRangeException.ThrowIfZero(captions.Count);
        string[] texts = [.. captions.Select(words => string.Join(' ', words))];
        double Share(Func<int, bool> has) => (double)Enumerable.Range(0, texts.Length).Count(has) / texts.Length;
        return new CaptionVariety(
            DistinctCaptions: texts.Distinct(StringComparer.Ordinal).Count(),
            Vocabulary: captions.SelectMany(words => words).Distinct(StringComparer.Ordinal).Count(),
            Distinct1: Distinct([.. captions.SelectMany(words => words)]),
            Distinct2: Distinct([.. captions.SelectMany(words => words.Zip(words.Skip(1)))]),
            MeanLength: captions.Average(words => words.Length),
            Empty: Share(i => captions[i].Length == 0),
            OpenEndings: Share(i => captions[i] is [.., string last] && FunctionWords.LeavesCaptionOpen(last)),
            InTraining: trainCaptions is null ? null : Share(i => trainCaptions.Contains(texts[i])));
    }

    private static double Distinct<T>(IReadOnlyCollection<T> items) =>
        items.Count == 0 ? 0 : (double)items.Distinct().Count() / items.Count;
}
