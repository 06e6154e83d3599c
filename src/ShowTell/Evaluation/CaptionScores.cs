namespace ShowTell.Evaluation;

/// <summary>A score of candidates.</summary>
/// <param name="Name">What COCO calls it: Bleu_1, METEOR, ROUGE_L, CIDEr ...</param>
/// <param name="Value">The score of all captions together.</param>
/// <param name="Interval">Where it lies with 95% confidence; null if that was not asked for.</param>
/// <param name="PerImage">The score of each image, in the order of <see cref="CaptionScores.Images"/>.</param>
public sealed record CaptionScore(
    string Name, double Value, ConfidenceInterval? Interval, IReadOnlyList<double> PerImage);

/// <summary>The scores of candidates, and what they were computed of.</summary>
public sealed record CaptionScores
{
    /// <summary>The scores in COCO's order.</summary>
    public required IReadOnlyList<CaptionScore> Scores { get; init; }

    /// <summary>The images that were scored.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>Words of all candidates.</summary>
    public required long CandidateLength { get; init; }

    /// <summary>Words of the references closest in length to their candidates.</summary>
    public required long ReferenceLength { get; init; }

    /// <summary>What the candidates look like.</summary>
    public required CaptionVariety Variety { get; init; }

    /// <summary>
    /// What exactly was computed: scores are worth comparing only where this line is the same, such as
    /// <c>BLEU+METEOR[exact,stem,wordnet]+ROUGE-L+CIDEr-D|tok:ptb-coco|refs:5|images:9|df:references|showtell:0.1</c>.
    /// </summary>
    public required string Signature { get; init; }

    /// <summary>A score by its name.</summary>
    /// <exception cref="KeyNotFoundException">It was not computed.</exception>
    public CaptionScore this[string name] => Scores.FirstOrDefault(score => score.Name == name)
        ?? throw new KeyNotFoundException($"There is no score {name}; there are {Names}.");

    private string Names => string.Join(", ", Scores.Select(score => score.Name));
}
