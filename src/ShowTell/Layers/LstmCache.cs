using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Layers;

/// <summary>
/// What <see cref="Lstm.Forward"/> saves for <see cref="Lstm.Backward"/>: states and gates. Reused, it stops
/// allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public class LstmCache<T> : RecurrentCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The cell states of all timesteps, T·N x H.</summary>
    private readonly Matrix<T> _c = new(0, 0);

    /// <summary>The gradient that reaches the cell states of one timestep from the one after it, N x H.</summary>
    private readonly Matrix<T> _dNextC = new(0, 0);

    /// <summary>The gates, T·N x 4H: activations turn into them in place.</summary>
    internal override Matrix<T> Activations { get; } = new(0, 0);

    /// <summary>
    /// The cell states before the first timestep, N x H: zeros, unless something else is put there between making room
    /// and <see cref="RecurrentCache{T}.Forward"/>.
    /// </summary>
    internal Matrix<T> C0 { get; } = new(0, 0);

    /// <summary>The gradient of these, which <see cref="RecurrentCache{T}.Backward"/> leaves.</summary>
    internal Matrix<T> DC0 => _dNextC;

    private protected override void ResizeCell(int hiddenSize)
    {
        Reshape(Activations, Lstm.Gates * hiddenSize);
        Reshape(_c, hiddenSize);
        C0.Reshape(Steps.BatchSize, hiddenSize);
        C0.Span.Clear();
        _dNextC.Reshape(Steps.BatchSize, hiddenSize);
    }

    private protected override void StepForward(StepRows rows, PackedMatrix<T> wh) =>
        Lstm.StepForwardProjected(
            PreviousH.RowBlock(rows.Start, rows.Count),
            PreviousC(rows),
            wh,
            Activations.RowBlock(rows.Start, rows.Count),
            _c.RowBlock(rows.Start, rows.Count),
            H.RowBlock(rows.Start, rows.Count));

    private protected override void BeginBackward() => _dNextC.Span.Clear();

    private protected override void StepBackward(StepRows rows)
    {
        MatrixSpan<T> dC = _dNextC.RowBlock(rows.Sequence, rows.Count);
        Lstm.ActivateBackward(
            DNextH.RowBlock(rows.Sequence, rows.Count),
            dC,
            Activations.RowBlock(rows.Start, rows.Count),
            PreviousC(rows),
            _c.RowBlock(rows.Start, rows.Count),
            dC,
            DA.RowBlock(rows.Start, rows.Count));
    }

    private ReadOnlyMatrixSpan<T> PreviousC(StepRows rows) =>
        rows.Before < 0 ? C0.RowBlock(rows.Sequence, rows.Count) : _c.RowBlock(rows.Before, rows.Count);
}
