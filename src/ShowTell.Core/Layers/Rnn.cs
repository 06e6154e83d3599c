namespace ShowTell.Layers;

/// <summary>
/// The vanilla recurrent layer:
/// <code>
/// h_t = tanh(x_t Wx + h_{t-1} Wh + b)
/// </code>
/// Shapes: x_t N x D, h_t N x H, Wx D x H, Wh H x H, b H. Over time, the N samples of timestep t are rows t·N to
/// t·N + N - 1 of a matrix (time-major), so that x Wx + b of all timesteps is one product.
/// </summary>
public static class Rnn
{
    /// <summary>G: Wx and Wh are G·H columns wide.</summary>
    public const int Gates = 1;

    /// <summary>One timestep: nextH = tanh(x Wx + prevH Wh + b).</summary>
    /// <param name="x">The input, N x D.</param>
    /// <param name="prevH">The previous hidden state, N x H.</param>
    /// <param name="weights">Wx, Wh and b.</param>
    /// <param name="nextH">Receives the hidden state, N x H.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Step<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> prevH, RecurrentWeights<T> weights, MatrixSpan<T> nextH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Affine.Forward(x, weights.Wx, weights.B.Span, nextH);
        Gemm.NN(prevH, weights.Wh, nextH, accumulate: true);
        Activate(nextH);
    }

    /// <summary>
    /// The backward pass of <see cref="Step"/>. With a = x Wx + prevH Wh + b and dA = dNextH ⊙ (1 - nextH²):
    /// dX = dA Wxᵀ, dPrevH = dA Whᵀ, dWx = xᵀ dA, dWh = prevHᵀ dA, dB = the sum of dA's rows. Overwrites all five.
    /// Allocates N x H elements.
    /// </summary>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
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
        MatrixShape.Require(nextH, dNextH.Rows, dNextH.Columns, nameof(nextH));
        var dA = new Matrix<T>(dNextH.Rows, dNextH.Columns);
        ActivateBackward(dNextH, nextH, dA);
        Gemm.NT(dA, weights.Wh, dPrevH);
        Gemm.TN(prevH, dA, gradients.Wh);
        Affine.Backward(dA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <summary>All timesteps. Allocates only if the cache must grow.</summary>
    /// <param name="x">The inputs, T·N x D.</param>
    /// <param name="h0">The initial hidden state, N x H.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="cache">Receives the hidden states, and what <see cref="Backward"/> needs.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, RnnCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ((IRecurrentCache<T>)cache).Project(x, h0.Rows, weights);
        ForwardGates(h0, weights, cache);
    }

    /// <summary>
    /// The backward pass through all timesteps. A state's gradient sums those from above and from the next timestep;
    /// weight gradients are one product over all timesteps. Overwrites all results.
    /// </summary>
    /// <param name="dH">The gradient of every hidden state, T·N x H.</param>
    /// <param name="x">The inputs of <see cref="Forward"/>.</param>
    /// <param name="cache">What <see cref="Forward"/> saved.</param>
    /// <param name="weights">The weights of <see cref="Forward"/>.</param>
    /// <param name="dX">The gradient of the inputs, T·N x D.</param>
    /// <param name="dH0">The gradient of the initial hidden state, N x H.</param>
    /// <param name="gradients">The gradients of the weights.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dH,
        ReadOnlyMatrixSpan<T> x,
        RnnCache<T> cache,
        RecurrentWeights<T> weights,
        MatrixSpan<T> dX,
        MatrixSpan<T> dH0,
        RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        dH.CopyTo(cache.Time.DH);
        BackwardGates(cache, weights, dH0, gradients);
        Affine.Backward(cache.Time.DA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <summary>All timesteps, from x Wx + b in the cache's gates.</summary>
    internal static void ForwardGates<T>(ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, RnnCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => cache.Time.Forward(h0, weights.Wh);

    /// <summary>The backward pass to the gates, h_0 and Wh.</summary>
    internal static void BackwardGates<T>(
        RnnCache<T> cache, RecurrentWeights<T> weights, MatrixSpan<T> dH0, RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        cache.Time.Backward(weights.Wh, dH0);
        Gemm.TN<T>(cache.Time.PreviousH, cache.Time.DA, gradients.Wh);
    }

    /// <summary>One timestep: h, which holds x Wx + b, becomes tanh(h + prevH Wh).</summary>
    internal static void StepGates<T>(ReadOnlyMatrixSpan<T> prevH, PackedMatrix<T> wh, MatrixSpan<T> h)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Gemm.NN(prevH, wh, h, accumulate: true);
        Activate(h);
    }

    internal static void StepBackwardAt<T>(TimeSlice now, Recurrence<T> time)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixSpan<T> dH = now.OfSequences(time.DNextH), dA = now.Of(time.DA);
        ActivateBackward(dH, now.Of(time.H), dA);
        Gemm.NN(dA, time.Wh, dH);
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
    private static void ActivateBackward<T>(ReadOnlyMatrixSpan<T> dH, ReadOnlyMatrixSpan<T> h, MatrixSpan<T> dA)
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

/// <summary>What <see cref="Rnn.Forward"/> saves for <see cref="Rnn.Backward"/>. Reusable without allocating.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class RnnCache<T> : IRecurrentCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an empty cache.</summary>
    public RnnCache() => Time = new(
        now => Rnn.StepGates(now.Of(Time!.PreviousH), Time.Wh, now.Of(Time.H)), now => Rnn.StepBackwardAt(now, Time!));

    /// <summary>The hidden states h_1 to h_T, T·N x H, time-major.</summary>
    public MatrixSpan<T> HiddenStates => Time.H;

    /// <summary>The states and the loop over time.</summary>
    internal Recurrence<T> Time { get; }

    Recurrence<T> IRecurrentCache<T>.Time => Time;

    Matrix<T> IRecurrentCache<T>.Gates => Gates;

    /// <summary>x Wx + b, which becomes the hidden states in place, T·N x H.</summary>
    internal Matrix<T> Gates => Time.H;

    void IRecurrentCache<T>.Resize(PackedLayout layout, int hiddenSize) => Time.Resize(layout, hiddenSize, Rnn.Gates);
}
