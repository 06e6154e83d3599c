namespace ShowTell.Metrics;

/// <summary>A score of candidates.</summary>
/// <param name="Name">What COCO calls it: Bleu_1, METEOR, ROUGE_L, CIDEr ...</param>
/// <param name="Value">The score of all captions together.</param>
/// <param name="Interval">Where it lies with 95% confidence; null if that was not asked for.</param>
/// <param name="PerImage">The score of each image, in the order of <see cref="CaptionScores.Images"/>.</param>
public sealed record CaptionScore(
    string Name, double Value, ConfidenceInterval? Interval, IReadOnlyList<double> PerImage);

/// <summary>The scores of candidates, and what they were computed of.</summary>
/// <param name="Scores">The scores in COCO's order.</param>
/// <param name="Images">The images that were scored.</param>
/// <param name="CandidateLength">Words of all candidates.</param>
/// <param name="ReferenceLength">Words of the references closest in length to their candidates.</param>
/// <param name="Variety">What the candidates look like.</param>
/// <param name="Signature">
/// What exactly was computed: scores are worth comparing only where this line is the same, such as
/// <c>BLEU+METEOR[exact,stem,wordnet]+ROUGE-L+CIDEr-D|tok:ptb-coco|refs:5|images:9|df:references|showtell:0.1</c>.
/// </param>
public sealed record CaptionScores(
    IReadOnlyList<CaptionScore> Scores,
    IReadOnlyList<string> Images,
    long CandidateLength,
    long ReferenceLength,
    CaptionVariety Variety,
    string Signature)
{
    /// <summary>A score by its name.</summary>
    /// <exception cref="KeyNotFoundException">It was not computed.</exception>
    public CaptionScore this[string name] => Scores.FirstOrDefault(score => score.Name == name)
        ?? throw new KeyNotFoundException($"There is no score {name}; there are {Names}.");

    private string Names => string.Join(", ", Scores.Select(score => score.Name));
}
