namespace ShowTell.Metrics;

/// <summary>An image's candidate and references as word ids and as n-grams.</summary>
internal sealed class ScoredImage
{
    private ScoredImage(int[] candidate, int[][] references)
    {
        (Candidate, References) = (candidate, references);
        CandidateGrams = NGram.AllOf(candidate);
        ReferenceGrams = [.. references.Select(reference => NGram.AllOf(reference))];
    }

    public int[] Candidate { get; }

    public int[][] References { get; }

    public NGram[] CandidateGrams { get; }

    public NGram[][] ReferenceGrams { get; }

    /// <exception cref="ArgumentException">There is no reference.</exception>
    public static void RequireReferences<T>(IReadOnlyList<T> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0)
        {
            throw new ArgumentException("At least one reference is required.", nameof(references));
        }
    }

    /// <summary>Splits captions into words and assigns word ids. References without words are left out.</summary>
    /// <returns>The named images, and each candidate's words.</returns>
    public static (ScoredImage[] Images, string[][] Candidates) Tokenize(
        IReadOnlyList<string> names, CaptionSet candidates, CaptionSet references, WordIds words)
    {
        int count = names.Count;
        var tokens = new string[count][][];
        Parallel.For(0, count, i =>
        {
            string image = names[i];
            tokens[i] =
            [
                CaptionTokenizer.Tokenize(candidates.Of(image)[0]),
                .. references.Of(image).Select(CaptionTokenizer.Tokenize).Where(caption => caption.Length > 0),
            ];
        });

        // Sequentially: ids do not depend on the threads.
        int[][][] ids = [.. tokens.Select(captions => (int[][])[.. captions.Select(words.AddAll)])];
        var images = new ScoredImage[count];
        Parallel.For(0, count, i => images[i] = new ScoredImage(ids[i][0], ids[i][1..]));
        return (images, [.. tokens.Select(captions => captions[0])]);
    }
}
