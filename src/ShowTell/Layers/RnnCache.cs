using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Layers;

/// <summary>
/// What <see cref="Rnn.Forward"/> saves for <see cref="Rnn.Backward"/>: the states. Reused, it stops allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class RnnCache<T> : RecurrentCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The hidden states themselves: activations turn into them in place.</summary>
    internal override Matrix<T> Activations => H;

    private protected override void ResizeCell(int hiddenSize)
    {
    }

    private protected override void StepForward(StepRows rows, PackedMatrix<T> wh) =>
        Rnn.StepForwardProjected(
            PreviousH.RowBlock(rows.Start, rows.Count), wh, H.RowBlock(rows.Start, rows.Count));

    private protected override void StepBackward(StepRows rows) =>
        Rnn.ActivateBackward<T>(
            DNextH.RowBlock(rows.Sequence, rows.Count),
            H.RowBlock(rows.Start, rows.Count),
            DA.RowBlock(rows.Start, rows.Count));
}
