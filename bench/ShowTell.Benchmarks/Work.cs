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
    public static double Training(CaptioningOptions options, int captions, int words) =>
        2.0 * ((2 * captions * Begin(options)) + (3 * words * Word(options)));

    /// <summary>Operations of greedy decoding.</summary>
    /// <param name="options">The model.</param>
    /// <param name="captions">Captions decoded together.</param>
    /// <param name="words">Words that they say, markers of the end included.</param>
    public static double Decoding(CaptioningOptions options, int captions, int words) =>
        2.0 * ((captions * Begin(options)) + (words * Word(options)));

    private static double Begin(CaptioningOptions o) => (double)o.FeatureSize * o.HiddenSize;

    private static double Word(CaptioningOptions o) =>
        ((double)(o.WordVectorSize + o.HiddenSize) * o.Gates * o.HiddenSize)
        + ((double)o.HiddenSize * o.VocabularySize);
}
