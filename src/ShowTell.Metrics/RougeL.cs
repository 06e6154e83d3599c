namespace ShowTell.Metrics;

/// <summary>
/// ROUGE-L (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004) as coco-caption computes it:
/// <code>
/// P = max over references of lcs / |candidate|,  R = max over references of lcs / |reference|
/// ROUGE-L = (1 + beta^2) P R / (R + beta^2 P),  beta = 1.2
/// </code>
/// lcs is the length in words of the longest common subsequence. A corpus score is the mean of the captions' scores.
/// </summary>
public static class RougeL
{
    private const double SquaredBeta = 1.2 * 1.2;

    /// <summary>The score of a caption, in [0, 1].</summary>
    /// <param name="candidate">Word ids of the caption to score.</param>
    /// <param name="references">Word ids of its references, at least one.</param>
    public static double Score(ReadOnlySpan<int> candidate, IReadOnlyList<int[]> references)
    {
        ScoredImage.RequireReferences(references);

        (double precision, double recall) = (0, 0);
        foreach (int[] reference in references)
        {
            // coco-caption treats a caption without words as one empty word, which matches another such caption.
            double common = candidate.Length + reference.Length == 0 ? 1 : CommonSubsequence(candidate, reference);
            precision = Math.Max(precision, common / Math.Max(1, candidate.Length));
            recall = Math.Max(recall, common / Math.Max(1, reference.Length));
        }

        return precision > 0 && recall > 0
            ? (1 + SquaredBeta) * precision * recall / (recall + (SquaredBeta * precision))
            : 0;
    }

    /// <summary>The length of the longest common subsequence.</summary>
    private static int CommonSubsequence(ReadOnlySpan<int> candidate, ReadOnlySpan<int> reference)
    {
        const int MaxOnStack = 128;
        Span<int> lengths = reference.Length < MaxOnStack ? stackalloc int[MaxOnStack] : new int[reference.Length + 1];
        lengths.Clear();
        foreach (int word in candidate)
        {
            int diagonal = 0;
            for (int j = 0; j < reference.Length; j++)
            {
                int above = lengths[j + 1];
                lengths[j + 1] = word == reference[j] ? diagonal + 1 : Math.Max(above, lengths[j]);
                diagonal = above;
            }
        }

        return lengths[reference.Length];
    }
}
