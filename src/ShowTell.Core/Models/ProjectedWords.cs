using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>A cache of the products W_embed[word] Wx + b for decoding, computed when a word is first read.</summary>
internal sealed class ProjectedWords<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Matrix<T> _wEmbed;
    private readonly Matrix<T> _b;
    private readonly PackedMatrix<T> _wx = new();

    /// <summary>The products, V x M.</summary>
    private readonly Matrix<T> _products;
    private readonly bool[] _isKnown;
    private readonly int[] _newWords;
    private readonly Matrix<T> _newVectors = new(0, 0);
    private readonly Matrix<T> _newProducts = new(0, 0);

    /// <summary>Packs the current Wx.</summary>
    public ProjectedWords(Matrix<T> wEmbed, Matrix<T> wx, Matrix<T> b)
    {
        (_wEmbed, _b) = (wEmbed, b);
        _wx.Pack(wx);
        _products = new Matrix<T>(wEmbed.Rows, wx.Columns);
        _isKnown = new bool[wEmbed.Rows];
        _newWords = new int[wEmbed.Rows];
    }

    /// <summary>Computes the products of new words.</summary>
    public void Add(ReadOnlySpan<int> words)
    {
        int count = 0;
        foreach (int word in words)
        {
            if (!_isKnown[word] && !_newWords.AsSpan(0, count).Contains(word))
            {
                _newWords[count++] = word;
            }
        }

        if (count == 0)
        {
            return;
        }

        _newVectors.Reshape(count, _wEmbed.Columns);
        _newProducts.Reshape(count, _products.Columns);
        WordEmbedding.Forward<T>(_newWords.AsSpan(0, count), _wEmbed, _newVectors);
        Affine.Forward(_newVectors, _wx, _b.Span, _newProducts);
        for (int i = 0; i < count; i++)
        {
            _newProducts.Row(i).CopyTo(_products.Row(_newWords[i]));
            _isKnown[_newWords[i]] = true;
        }
    }

    /// <summary>Reads the products of words that have been added, one row of M elements each.</summary>
    public void Read(ReadOnlySpan<int> words, MatrixSpan<T> output) =>
        WordEmbedding.Forward<T>(words, _products, output);
}
