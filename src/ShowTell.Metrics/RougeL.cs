namespace ShowTell.Metrics;

/// <summary>
/// ROUGE-L (Lin, "ROUGE: A Package for Automatic Evaluation of Summaries", 2004) as coco-caption has it:
/// <code>
/// P = max over references of lcs / |candidate|,  R = max over references of lcs / |reference|
/// ROUGE-L = (1 + beta^2) P R / (R + beta^2 P),  beta = 1.2
/// </code>
/// lcs is the length in words of the longest common subsequence. The score of many captions is the mean.
/// </summary>
public static class RougeL
{
    private const double SquaredBeta = 1.2 * 1.2;

    /// <summary>The score of a caption, in [0, 1].</summary>
    /// <param name="candidate">Numbers of the words of the caption to score.</param>
    /// <param name="references">The same for its references, one at least.</param>
    public static double Score(ReadOnlySpan<int> candidate, IReadOnlyList<int[]> references)
    {
        ScoredImage.RequireReferences(references);

        (double precision, double recall) = (0, 0);
        foreach (int[] reference in references)
        {
            // coco-caption takes a caption without words for one empty word, which another such caption has, too.
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
        const int OnStack = 128;
        Span<int> lengths = reference.Length < OnStack ? stackalloc int[OnStack] : new int[reference.Length + 1];
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
