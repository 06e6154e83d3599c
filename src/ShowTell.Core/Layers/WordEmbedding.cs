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

/// <summary>
/// Word embedding followed by the input product of a recurrent layer: out[i] = W_embed[words[i]] Wx + b. Each distinct
/// word of a minibatch is multiplied only once:
/// <code>
/// P = E Wx + b      E: the vectors of the distinct words       out[i] = P[word i]
/// dP = the rows of dOut summed by word      dE = dP Wxᵀ      dWx = Eᵀ dP      dB = the sum of dP's rows
/// </code>
/// Dropout applies to E: a word has the same mask everywhere.
/// Shapes: words R ids in [0, V), W_embed V x W, Wx W x M, b M, out R x M.
/// </summary>
internal static class ProjectedEmbedding
{
    /// <summary>out[i] = W_embed[words[i]] Wx + b.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible, or an id is not in [0, V).</exception>
    public static void Forward<T>(
        ReadOnlySpan<int> words,
        Matrix<T> wEmbed,
        Matrix<T> wx,
        ReadOnlySpan<T> b,
        DropoutMask mask,
        ProjectedEmbeddingCache<T> cache,
        Matrix<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.Require<T>(output, words.Length, wx.Columns, nameof(output));
        cache.Find(words, wEmbed.Rows);
        cache.Reshape(cache.E, wEmbed.Columns);
        cache.Reshape(cache.P, wx.Columns);
        WordEmbedding.Forward<T>(cache.Distinct, wEmbed, cache.E);
        Dropout.InPlace<T>(cache.E, mask);
        Affine.Forward(cache.E, wx, b, cache.P);
        cache.Spread(output);
    }

    /// <summary>The gradients of all three weights, overwritten.</summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Backward<T>(
        Matrix<T> dOut,
        Matrix<T> wx,
        DropoutMask mask,
        ProjectedEmbeddingCache<T> cache,
        Matrix<T> dWEmbed,
        Matrix<T> dWx,
        Span<T> dB)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.Require<T>(dOut, cache.Rows, wx.Columns, nameof(dOut));
        cache.Gather(dOut);
        cache.Reshape(cache.DE, cache.E.Columns);
        Affine.Backward(cache.P, cache.E, wx, cache.DE, dWx, dB);
        Dropout.InPlace<T>(cache.DE, mask);
        dWEmbed.Span.Clear();
        for (int i = 0; i < cache.Distinct.Length; i++)
        {
            cache.DE.Row(i).CopyTo(dWEmbed.Row(cache.Distinct[i]));
        }
    }
}

/// <summary>The distinct words of a minibatch and their vectors. Reusable without allocating.</summary>
internal sealed class ProjectedEmbeddingCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RowsJob _job = new();
    private int[] _distinct = [];

    /// <summary>For each word of the vocabulary, the index of its distinct word plus 1; 0 if absent.</summary>
    private int[] _number = [];

    /// <summary>For each row, the index of its distinct word.</summary>
    private int[] _wordOfRow = [];
    private int _distinctCount;

    /// <summary>R, the number of words.</summary>
    public int Rows { get; private set; }

    /// <summary>The distinct words, in order of first occurrence.</summary>
    public ReadOnlySpan<int> Distinct => _distinct.AsSpan(0, _distinctCount);

    /// <summary>Their vectors.</summary>
    public Matrix<T> E { get; } = new(0, 0);

    /// <summary>The gradient of E.</summary>
    public Matrix<T> DE { get; } = new(0, 0);

    /// <summary>Their products; in the backward pass, the gradient.</summary>
    public Matrix<T> P { get; } = new(0, 0);

    /// <summary>Finds the distinct words.</summary>
    public void Find(ReadOnlySpan<int> words, int vocabularySize)
    {
        ReusedArray.Reserve(ref _number, vocabularySize);
        ReusedArray.Reserve(ref _distinct, vocabularySize);
        ReusedArray.Reserve(ref _wordOfRow, words.Length);
        foreach (int word in Distinct)
        {
            _number[word] = 0;
        }

        Rows = words.Length;
        _distinctCount = 0;
        for (int i = 0; i < words.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)words[i], (uint)vocabularySize, nameof(words));
            ref int number = ref _number[words[i]];
            if (number == 0)
            {
                _distinct[_distinctCount++] = words[i];
                number = _distinctCount;
            }

            _wordOfRow[i] = number - 1;
        }
    }

    /// <summary>Resizes a matrix to one row per distinct word, with room for twice as many.</summary>
    public void Reshape(Matrix<T> matrix, int columns)
    {
        matrix.Reserve(Math.Min(2 * _distinctCount, _number.Length), columns);
        matrix.Reshape(_distinctCount, columns);
    }

    /// <summary>output[i] = P[word of row i].</summary>
    public void Spread(Matrix<T> output) => _job.Run(this, output, gather: false);

    /// <summary>P[word] = the sum of the rows of that word, in their order.</summary>
    public void Gather(Matrix<T> rows) => _job.Run(this, rows, gather: true);

    /// <summary>Copies between words and rows. Each part has its own columns.</summary>
    private sealed class RowsJob : WorkerJob
    {
        private ProjectedEmbeddingCache<T>? _cache;
        private Matrix<T>? _rows;
        private bool _gather;
        private int _parts;

        public void Run(ProjectedEmbeddingCache<T> cache, Matrix<T> rows, bool gather)
        {
            (_cache, _rows, _gather) = (cache, rows, gather);
            _parts = Math.Min(Workers.Count, rows.Columns);
            Workers.Run(this, _parts);
        }

        public override void Run(int part)
        {
            (int start, int end) = Share(_rows!.Columns, part, _parts);
            MatrixSpan<T> rows = _rows.AsSpan().ColumnBlock(start, end - start);
            MatrixSpan<T> p = _cache!.P.AsSpan().ColumnBlock(start, end - start);
            if (_gather)
            {
                p.Clear();
            }

            for (int i = 0; i < rows.Rows; i++)
            {
                Span<T> row = rows.Row(i), word = p.Row(_cache._wordOfRow[i]);
                if (_gather)
                {
                    TensorPrimitives.Add(word, row, word);
                }
                else
                {
                    word.CopyTo(row);
                }
            }
        }
    }
}
