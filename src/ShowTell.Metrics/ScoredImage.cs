namespace ShowTell.Metrics;

/// <summary>An image's candidate and references as numbers of words and as n-grams.</summary>
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

    /// <summary>Checks that there is a reference.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static void RequireReferences<T>(IReadOnlyList<T> references)
    {
        ArgumentNullException.ThrowIfNull(references);
        if (references.Count == 0)
        {
            throw new ArgumentException("There must be a reference.", nameof(references));
        }
    }

    /// <summary>Splits captions into words and numbers the words.</summary>
    /// <returns>The images in the order of the candidates, and the words of each candidate.</returns>
    public static (ScoredImage[] Images, string[][] Candidates) Tokenize(
        CaptionSet candidates, CaptionSet references, WordIds words)
    {
        int count = candidates.Images.Count;
        var tokens = new string[count][][];
        Parallel.For(0, count, i =>
        {
            string image = candidates.Images[i];
            tokens[i] = [.. candidates.Of(image).Concat(references.Of(image)).Select(CaptionTokenizer.Tokenize)];
        });

        // Words get their numbers in one order, whatever the threads do.
        int[][][] numbers = [.. tokens.Select(captions => (int[][])[.. captions.Select(words.AddAll)])];
        var images = new ScoredImage[count];
        Parallel.For(0, count, i => images[i] = new ScoredImage(numbers[i][0], numbers[i][1..]));
        return (images, [.. tokens.Select(captions => captions[0])]);
    }
}
