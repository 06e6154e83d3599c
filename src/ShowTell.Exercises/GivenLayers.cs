using System.Numerics.Tensors;
using ShowTell.Layers;

namespace ShowTell.Exercises;

/// <summary>
/// The layers that the exercises provide, in the exercises' form: results are returned, and a sequence has one matrix
/// per timestep.
/// </summary>
public static class GivenLayers
{
    /// <summary>Scores of all words at every timestep: scores[t] = h[t] w + b.</summary>
    /// <param name="h">The hidden states, T matrices N x H.</param>
    /// <param name="w">W_vocab, H x V.</param>
    /// <param name="b">b_vocab, 1 x V.</param>
    /// <returns>T matrices N x V.</returns>
    public static Matrix<double>[] TemporalAffineForward(Matrix<double>[] h, Matrix<double> w, Matrix<double> b)
    {
        ArgumentNullException.ThrowIfNull(h);
        ArgumentNullException.ThrowIfNull(w);
        ArgumentNullException.ThrowIfNull(b);
        Matrix<double> joined = Sequence.Join(h);
        var scores = new Matrix<double>(joined.Rows, w.Columns);
        Affine.Forward<double>(joined, w, b.Span, scores);
        return Sequence.Cut(scores, h.Length);
    }

    /// <summary>The gradients of <see cref="TemporalAffineForward"/>.</summary>
    /// <param name="dScores">The gradient of the scores, T matrices N x V.</param>
    /// <param name="h">The hidden states, T matrices N x H.</param>
    /// <param name="w">W_vocab, H x V.</param>
    public static (Matrix<double>[] DH, Matrix<double> DW, Matrix<double> DB) TemporalAffineBackward(
        Matrix<double>[] dScores, Matrix<double>[] h, Matrix<double> w)
    {
        ArgumentNullException.ThrowIfNull(dScores);
        ArgumentNullException.ThrowIfNull(h);
        ArgumentNullException.ThrowIfNull(w);
        Matrix<double> joined = Sequence.Join(h);
        var dH = new Matrix<double>(joined.Rows, joined.Columns);
        var (dW, dB) = (new Matrix<double>(w.Rows, w.Columns), new Matrix<double>(1, w.Columns));
        Affine.Backward<double>(Sequence.Join(dScores), joined, w, dH, dW, dB.Span);
        return (Sequence.Cut(dH, h.Length), dW, dB);
    }

    /// <summary>
    /// The softmax loss of the target words, summed over time and averaged over the N captions, and its gradient. Null
    /// words (id 0) do not count.
    /// </summary>
    /// <param name="scores">T matrices N x V.</param>
    /// <param name="words">The target words of every timestep, T arrays of N ids.</param>
    /// <returns>The loss, and T matrices N x V.</returns>
    public static (double Loss, Matrix<double>[] DScores) TemporalSoftmaxLoss(Matrix<double>[] scores, int[][] words)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(words);
        Matrix<double> joined = Sequence.Join(scores);
        int[] targets = [.. words.SelectMany(ids => ids)];
        bool[] mask = [.. targets.Select(id => id != 0)];
        double loss = Layers.TemporalSoftmaxLoss.ForwardBackward<double>(joined, targets, mask, scores[0].Rows, joined);
        return (loss, Sequence.Cut(joined, scores.Length));
    }

    /// <summary>Word vectors: row i of the result is row words[i] of <paramref name="w"/>.</summary>
    /// <param name="words">R ids in [0, V).</param>
    /// <param name="w">W_embed, V x W.</param>
    /// <returns>R x W.</returns>
    public static Matrix<double> WordEmbeddingForward(int[] words, Matrix<double> w)
    {
        var output = new Matrix<double>(words.Length, w.Columns);
        WordEmbedding.Forward<double>(words, w, output);
        return output;
    }

    /// <summary>The gradient of <c>W_embed</c>, V x W.</summary>
    /// <param name="dOut">The gradient of the word vectors, R x W.</param>
    /// <param name="words">R ids in [0, V).</param>
    /// <param name="w">W_embed, V x W.</param>
    public static Matrix<double> WordEmbeddingBackward(Matrix<double> dOut, int[] words, Matrix<double> w)
    {
        var dW = new Matrix<double>(w.Rows, w.Columns);
        WordEmbedding.Backward<double>(dOut, words, dW);
        return dW;
    }

    /// <summary>The words of all captions at timestep t: column t of <paramref name="captions"/>, N ids.</summary>
    public static int[] WordsAt(int[,] captions, int t)
    {
        ArgumentNullException.ThrowIfNull(captions);
        return [.. Enumerable.Range(0, captions.GetLength(0)).Select(n => captions[n, t])];
    }

    /// <summary>The word with the highest score in each row, N ids.</summary>
    public static int[] BestWords(Matrix<double> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        return [.. Enumerable.Range(0, scores.Rows).Select(n => TensorPrimitives.IndexOfMax<double>(scores.Row(n)))];
    }
}
