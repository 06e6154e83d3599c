namespace ShowTell.Layers;

/// <summary>
/// Word vectors: row i of the output is row words[i] of W.
/// <para>Shapes: words R ids in [0, V) (R is N·T for captions), W V x D, out R x D.</para>
/// </summary>
public static class WordEmbedding
{
    /// <summary>out[i] = W[words[i]].</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public static void Forward<T>(ReadOnlySpan<int> words, ReadOnlyMatrixSpan<T> w, MatrixSpan<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.Require<T>(output, words.Length, w.Columns, nameof(output));
        for (int i = 0; i < words.Length; i++)
        {
            w.Row(words[i]).CopyTo(output.Row(i));
        }
    }

    /// <summary>dW[v] = the sum of the rows of dOut whose word is v. Overwrites dW. Words have no gradient.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public static void Backward<T>(ReadOnlyMatrixSpan<T> dOut, ReadOnlySpan<int> words, MatrixSpan<T> dW)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.Require(dOut, words.Length, dW.Columns, nameof(dOut));
        dW.Clear();
        for (int i = 0; i < words.Length; i++)
        {
            Span<T> row = dW.Row(words[i]);
            TensorPrimitives.Add(row, dOut.Row(i), row);
        }
    }
}
