using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Layers;

/// <summary>
/// What <see cref="Gru.Forward"/> saves for <see cref="Gru.Backward"/>: states and gates. Reused, it stops allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GruCache<T> : RecurrentCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The products of the hidden states, u, with bh added to u_n, T·N x 3H.</summary>
    private readonly Matrix<T> _hidden = new(0, 0);

    /// <summary>The gradients of u, T·N x 3H.</summary>
    private readonly Matrix<T> _dU = new(0, 0);

    private Matrix<T>? _bh;

    /// <summary>The gates, T·N x 3H: activations turn into them in place.</summary>
    internal override Matrix<T> Activations { get; } = new(0, 0);

    private protected override Matrix<T> DU => _dU;

    private protected override bool StateGoesOn => true;

    private protected override void ResizeCell(int hiddenSize)
    {
        Reshape(Activations, Gru.Gates * hiddenSize);
        Reshape(_hidden, Gru.Gates * hiddenSize);
        Reshape(_dU, Gru.Gates * hiddenSize);
    }

    private protected override void BeginForward(RecurrentWeights<T> weights) => _bh = weights.HiddenBias;

    private protected override void StepForward(StepRows rows, PackedMatrix<T> wh) =>
        Gru.StepForwardProjected(
            PreviousH.RowBlock(rows.Start, rows.Count),
            wh,
            _bh!.Span,
            Activations.RowBlock(rows.Start, rows.Count),
            _hidden.RowBlock(rows.Start, rows.Count),
            H.RowBlock(rows.Start, rows.Count));

    private protected override void StepBackward(StepRows rows)
    {
        MatrixSpan<T> dH = DNextH.RowBlock(rows.Sequence, rows.Count);
        Gru.ActivateBackward(
            dH,
            Activations.RowBlock(rows.Start, rows.Count),
            _hidden.RowBlock(rows.Start, rows.Count),
            PreviousH.RowBlock(rows.Start, rows.Count),
            dH,
            DA.RowBlock(rows.Start, rows.Count),
            _dU.RowBlock(rows.Start, rows.Count));
    }

    private protected override void EndBackward(RecurrentWeights<T> gradients) =>
        Gru.BackwardHiddenBias<T>(_dU, gradients);
}
