using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// What a model remembers of N captions while they are decoded word by word. Captions may leave, or go on several
/// times.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class DecodingState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Matrix<T> _spareH;
    private Matrix<T> _spareC;

    internal DecodingState(CaptioningOptions options, int count)
    {
        H = new Matrix<T>(count, options.HiddenSize);
        C = new Matrix<T>(options.Cell == CellKind.Lstm ? count : 0, options.HiddenSize);
        _spareH = new Matrix<T>(H.Rows, H.Columns);
        _spareC = new Matrix<T>(C.Rows, C.Columns);
    }

    /// <summary>Number of captions, N.</summary>
    public int Count => H.Rows;

    /// <summary>Hidden state, N x H.</summary>
    public Matrix<T> H { get; private set; }

    /// <summary>Cell state of an LSTM, N x H; without rows for other cells.</summary>
    public Matrix<T> C { get; private set; }

    /// <summary>
    /// Goes on with these captions alone, in this order; one that is named twice goes on twice.
    /// </summary>
    /// <param name="captions">Which of the captions so far, each in [0, N).</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such caption.</exception>
    public void Keep(ReadOnlySpan<int> captions)
    {
        Gather(H, captions, _spareH);
        if (C.Rows > 0)
        {
            Gather(C, captions, _spareC);
            (C, _spareC) = (_spareC, C);
        }

        (H, _spareH) = (_spareH, H);
    }

    /// <summary>Room for the next hidden state, which <see cref="Advance"/> makes the state.</summary>
    internal Matrix<T> NextH()
    {
        _spareH.Reshape(H.Rows, H.Columns);
        return _spareH;
    }

    internal void Advance() => (H, _spareH) = (_spareH, H);

    private static void Gather(Matrix<T> source, ReadOnlySpan<int> rows, Matrix<T> target)
    {
        target.Reshape(rows.Length, source.Columns);
        for (int i = 0; i < rows.Length; i++)
        {
            source.Row(rows[i]).CopyTo(target.Row(i));
        }
    }
}
