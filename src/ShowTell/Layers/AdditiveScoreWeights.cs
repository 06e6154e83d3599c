using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Layers;

/// <summary>The weights of an <see cref="AttentionLstm"/>'s additive score, or their gradients.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class AdditiveScoreWeights<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Puts weights together.</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public AdditiveScoreWeights(Matrix<T> key, Matrix<T> keyBias, Matrix<T> query, Matrix<T> v)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(keyBias);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentNullException.ThrowIfNull(v);
        MatrixShape.Require<T>(keyBias, 1, key.Columns, nameof(keyBias));
        MatrixShape.Require<T>(query, key.Rows, key.Columns, nameof(query));
        MatrixShape.Require<T>(v, key.Columns, 1, nameof(v));
        (Key, KeyBias, Query, V) = (key, keyBias, query, v);
    }

    /// <summary>Wkey, from a place to its key, H x U.</summary>
    public Matrix<T> Key { get; }

    /// <summary>bkey, 1 x U.</summary>
    public Matrix<T> KeyBias { get; }

    /// <summary>Wquery, from the hidden state to the query, H x U.</summary>
    public Matrix<T> Query { get; }

    /// <summary>v, U x 1.</summary>
    public Matrix<T> V { get; }
}
