namespace ShowTell.Layers;

/// <summary>
/// The vanilla recurrent layer:
/// <code>
/// h_t = tanh(x_t Wx + h_{t-1} Wh + b)
/// </code>
/// Shapes: x_t N x D, h_t N x H, Wx D x H, Wh H x H, b H. Over time, the N samples of timestep t are rows t·N to
/// t·N + N - 1 of a matrix (time-major), so that all timesteps go through one product wherever no state is in the way.
/// </summary>
public static class Rnn
{
    /// <summary>Gates of this layer: Wx and Wh are H columns wide.</summary>
    public const int Gates = 1;

    /// <summary>One timestep: nextH = tanh(x Wx + prevH Wh + b).</summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void StepForward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> prevH, RecurrentWeights<T> weights, MatrixSpan<T> nextH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(weights);
        Affine.Forward(x, weights.Wx, weights.B.Span, nextH);
        Gemm.NN(prevH, weights.Wh, nextH, accumulate: true);
        Activate(nextH);
    }

    /// <summary>
    /// One timestep back. With a = x Wx + prevH Wh + b and dA = dNextH ⊙ (1 - nextH²):
    /// dX = dA Wxᵀ, dPrevH = dA Whᵀ, dWx = xᵀ dA, dWh = prevHᵀ dA, dB = the sum of dA's rows. Overwrites all five.
    /// Allocates N x H elements.
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void StepBackward<T>(
        ReadOnlyMatrixSpan<T> dNextH,
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> prevH,
        ReadOnlyMatrixSpan<T> nextH,
        RecurrentWeights<T> weights,
        MatrixSpan<T> dX,
        MatrixSpan<T> dPrevH,
        RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(gradients);
        MatrixShape.Require(nextH, dNextH.Rows, dNextH.Columns, nameof(nextH));
        var dA = new Matrix<T>(dNextH.Rows, dNextH.Columns);
        ActivateBackward(dNextH, nextH, dA);
        Gemm.NT(dA, weights.Wh, dPrevH);
        Gemm.TN(prevH, dA, gradients.Wh);
        Affine.Backward(dA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <summary>
    /// All timesteps. The states are found in <see cref="RecurrentCache{T}.HiddenStates"/> afterwards. Allocates only
    /// where the cache must grow.
    /// </summary>
    /// <param name="x">Inputs, T·N x D.</param>
    /// <param name="h0">The hidden state before the first timestep, N x H.</param>
    /// <param name="weights">Wx, Wh and b, and bh of a <see cref="Gru"/>.</param>
    /// <param name="cache">Takes the states, and gates where there are any, which <see cref="Backward"/> needs.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, RnnCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        RecurrentCache<T>.ForwardInputs(x, h0, weights, cache);

    /// <summary>
    /// Back through all timesteps. A state's gradient is what comes from above plus what comes from the timestep after
    /// it; the gradients of the weights are one product over all timesteps. Overwrites all results.
    /// </summary>
    /// <param name="dH">Gradient of every hidden state, T·N x H.</param>
    /// <param name="x">The inputs that <see cref="Forward"/> had.</param>
    /// <param name="cache">What <see cref="Forward"/> left.</param>
    /// <param name="weights">The weights that <see cref="Forward"/> had.</param>
    /// <param name="dX">Gradient of the inputs, T·N x D.</param>
    /// <param name="dH0">Gradient of the first state, N x H.</param>
    /// <param name="gradients">Gradients of the weights.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dH,
        ReadOnlyMatrixSpan<T> x,
        RnnCache<T> cache,
        RecurrentWeights<T> weights,
        MatrixSpan<T> dX,
        MatrixSpan<T> dH0,
        RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        RecurrentCache<T>.BackwardInputs(dH, x, cache, weights, dX, dH0, gradients);

    /// <summary>One timestep: h, which holds x Wx + b, becomes tanh(h + prevH Wh).</summary>
    internal static void StepForwardProjected<T>(ReadOnlyMatrixSpan<T> prevH, PackedMatrix<T> wh, MatrixSpan<T> h)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Gemm.NN(prevH, wh, h, accumulate: true);
        Activate(h);
    }

    /// <summary>h = tanh(a), in place.</summary>
    private static void Activate<T>(MatrixSpan<T> h)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < h.Rows; i++)
        {
            Activation.Tanh(h.Row(i));
        }
    }

    /// <summary>dA = dH ⊙ (1 - h²), because tanh' = 1 - tanh².</summary>
    internal static void ActivateBackward<T>(ReadOnlyMatrixSpan<T> dH, ReadOnlyMatrixSpan<T> h, MatrixSpan<T> dA)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < h.Rows; i++)
        {
            Elementwise.Run<BackwardPass<T>, T>(new(dH.Row(i), h.Row(i), dA.Row(i)), h.Columns);
        }
    }

    /// <summary>One row of <see cref="ActivateBackward"/>.</summary>
    private readonly ref struct BackwardPass<T>(ReadOnlySpan<T> dH, ReadOnlySpan<T> h, Span<T> dA) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _dH = dH, _h = h;
        private readonly Span<T> _dA = dA;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var h = at[_h];
            at[_dA] = at[_dH] * (1 - (h * h));
        }
    }
}

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
        Rnn.StepForwardProjected(rows.Of(PreviousH), wh, rows.Of(H));

    private protected override void StepBackward(StepRows rows) =>
        Rnn.ActivateBackward<T>(rows.OfSequences(DNextH), rows.Of(H), rows.Of(DA));
}
