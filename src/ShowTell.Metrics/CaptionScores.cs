namespace ShowTell.Metrics;

/// <summary>The score of a set of candidates by one metric.</summary>
/// <param name="Name">
/// coco-caption's key: Bleu_1 to Bleu_4, METEOR, ROUGE_L, CIDEr (which is CIDEr-D); and CIDEr_cosine for CIDEr.
/// </param>
/// <param name="Value">The corpus score.</param>
/// <param name="Interval">Its 95% confidence interval; null if not requested.</param>
/// <param name="PerImage">The score of each image, in the order of <see cref="CaptionScores.Images"/>.</param>
public sealed record CaptionScore(
    string Name, double Value, ConfidenceInterval? Interval, IReadOnlyList<double> PerImage)
{
    /// <summary>The metric's name as papers print it: BLEU-1 to BLEU-4, METEOR, ROUGE-L, CIDEr-D, CIDEr.</summary>
    public string DisplayName => Name switch
    {
        "CIDEr" => "CIDEr-D",
        "CIDEr_cosine" => "CIDEr",
        "ROUGE_L" => "ROUGE-L",
        string name => name.Replace("Bleu_", "BLEU-", StringComparison.Ordinal),
    };
}

/// <summary>The scores of a set of candidates.</summary>
/// <param name="Scores">The scores in coco-caption's order.</param>
/// <param name="Images">The scored images.</param>
/// <param name="CandidateLength">Words of all candidates.</param>
/// <param name="ReferenceLength">Words of the references closest in length to their candidates.</param>
/// <param name="EmptyReferences">The number of references without words, which are left out.</param>
/// <param name="Variety">Statistics of the candidates that need no references.</param>
/// <param name="Signature">
/// Exactly what was computed; only scores with the same signature are comparable. For example
/// <c>BLEU+METEOR[exact,stem,wordnet]+ROUGE-L+CIDEr-D|tok:ptb-coco|refs:5|images:9|df:references|showtell:0.1</c>.
/// </param>
public sealed record CaptionScores(
    IReadOnlyList<CaptionScore> Scores,
    IReadOnlyList<string> Images,
    long CandidateLength,
    long ReferenceLength,
    int EmptyReferences,
    CaptionVariety Variety,
    string Signature)
{
    /// <summary>The score with a <see cref="CaptionScore.Name"/>.</summary>
    /// <exception cref="KeyNotFoundException">It was not computed.</exception>
    public CaptionScore this[string name] => Scores.FirstOrDefault(score => score.Name == name)
        ?? throw new KeyNotFoundException(
            $"There is no score {name}; computed were {string.Join(", ", Scores.Select(score => score.Name))}.");

    /// <summary>The CIDEr-D score, which coco-caption's output calls "CIDEr".</summary>
    /// <exception cref="KeyNotFoundException">It was not computed.</exception>
    public CaptionScore CiderD => this["CIDEr"];
}
