using ShowTell.Models;

namespace ShowTell.Benchmarks;

/// <summary>
/// The arithmetic that a model's matrix products ask for, whatever a program does of it or spares: the measure by which
/// speeds become percent of the machine's peak. A multiply-add counts as two operations.
/// </summary>
internal static class Work
{
    /// <summary>
    /// Operations of a training step. Every product of the forward pass has two of its size in the backward pass; the
    /// features have no gradient.
    /// </summary>
    /// <param name="options">The model.</param>
    /// <param name="captions">Captions of the minibatch.</param>
    /// <param name="words">Words that they say, markers of the end included.</param>
    public static double Training(CaptioningOptions options, int captions, int words) => 2.0 * (
        (captions * ((2 * Project(options)) + (3 * ProjectMemory(options))))
        + (3 * words * Word(options, captions, words)));

    /// <summary>Operations of greedy decoding.</summary>
    /// <param name="options">The model.</param>
    /// <param name="captions">Captions decoded together.</param>
    /// <param name="words">Words that they say, markers of the end included.</param>
    public static double Decoding(CaptioningOptions options, int captions, int words) => 2.0 * (
        (captions * (Project(options) + ProjectMemory(options))) + (words * Word(options, captions, words)));

    /// <summary>Multiply-adds that a photo's features ask for.</summary>
    private static double Project(CaptioningOptions o) => (double)o.FeatureSize * o.HiddenSize;

    /// <summary>Multiply-adds for the keys and values of a photo's regions in all layers of a transformer.</summary>
    private static double ProjectMemory(CaptioningOptions o) =>
        o.Architecture == Architecture.Transformer ? 2.0 * o.Layers * o.Regions * o.HiddenSize * o.HiddenSize : 0;

    /// <summary>Multiply-adds that a word asks for on average, where captions have equally many words.</summary>
    private static double Word(CaptioningOptions o, int captions, int words)
    {
        double h = o.HiddenSize, scores = h * o.VocabularySize;
        if (o.Architecture == Architecture.Transformer)
        {
            // Queries, keys, values and outputs of self-attention, queries and outputs of cross-attention, and the
            // feed-forward layer; then the scores of the words so far and of the regions, and the sums over them.
            double wordsBefore = (((double)words / captions) + 1) / 2;
            return (o.Layers * ((6 * h * h) + (2 * h * o.FeedForwardSize) + (2 * h * (wordsBefore + o.Regions))))
                + scores;
        }

        double attended = o.Architecture == Architecture.Attention ? h : 0;
        return ((o.WordVectorSize + h + attended) * o.Gates * h) + (2 * attended * o.Regions) + scores;
    }
}
