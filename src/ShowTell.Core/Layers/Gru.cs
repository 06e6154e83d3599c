using static ShowTell.Numerics.LanesMath;

namespace ShowTell.Layers;

/// <summary>
/// The gated recurrent unit (Cho et al., 2014), in the form of cuDNN and PyTorch's nn.GRU: the reset gate applies to
/// the product of the hidden state, so that one product computes all three gates.
/// <code>
/// a_t = x_t Wx + b      u_t = h_{t-1} Wh         each split into r, z and n, in this order
/// r = σ(a_r + u_r)      z = σ(a_z + u_z)      n = tanh(a_n + r ⊙ (u_n + bh))
/// h_t = (1 - z) ⊙ n + z ⊙ h_{t-1}
/// </code>
/// Shapes: x_t N x D, h_t N x H, Wx D x 3H, Wh H x 3H, b 3H, bh H. (PyTorch's hidden biases of r and z are part of b
/// here.) Over time, the N samples of timestep t are rows t·N to t·N + N - 1 of a matrix (time-major).
/// </summary>
public static class Gru
{
    /// <summary>G, the gates r, z and n: Wx and Wh are G·H columns wide.</summary>
    public const int Gates = 3;

    /// <summary>One timestep.</summary>
    /// <param name="x">The input, N x D.</param>
    /// <param name="prevH">The previous hidden state, N x H.</param>
    /// <param name="weights">Wx, Wh, b and bh.</param>
    /// <param name="nextH">Receives the hidden state, N x H; may be <paramref name="prevH"/>.</param>
    /// <param name="gates">Receives r, z and n, N x 3H, which <see cref="StepBackward"/> needs.</param>
    /// <param name="hidden">Receives u_r, u_z and u_n + bh, N x 3H, which <see cref="StepBackward"/> needs.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Step<T>(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> prevH,
        RecurrentWeights<T> weights,
        MatrixSpan<T> nextH,
        MatrixSpan<T> gates,
        MatrixSpan<T> hidden)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = x.Rows, hiddenSize = weights.HiddenSize;
        MatrixShape.Require<T>(nextH, n, hiddenSize, nameof(nextH));
        MatrixShape.Require<T>(gates, n, Gates * hiddenSize, nameof(gates));
        MatrixShape.Require<T>(hidden, n, Gates * hiddenSize, nameof(hidden));
        Affine.Forward(x, weights.Wx, weights.B.Span, gates);
        Gemm.NN(prevH, weights.Wh, hidden);
        Activate(gates, hidden, weights.HiddenBias.Span, prevH, nextH);
    }

    /// <summary>The backward pass of <see cref="Step"/>. Overwrites all results. Allocates N x 6H elements.</summary>
    /// <param name="dNextH">The gradient of the hidden state, N x H.</param>
    /// <param name="x">The input, N x D.</param>
    /// <param name="prevH">The previous hidden state, N x H.</param>
    /// <param name="gates">The gates of <see cref="Step"/>, N x 3H.</param>
    /// <param name="hidden">The hidden products of <see cref="Step"/>, N x 3H.</param>
    /// <param name="weights">Wx, Wh, b and bh.</param>
    /// <param name="dX">The gradient of the input, N x D.</param>
    /// <param name="dPrevH">The gradient of the previous hidden state, N x H.</param>
    /// <param name="gradients">The gradients of the weights.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void StepBackward<T>(
        ReadOnlyMatrixSpan<T> dNextH,
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> prevH,
        ReadOnlyMatrixSpan<T> gates,
        ReadOnlyMatrixSpan<T> hidden,
        RecurrentWeights<T> weights,
        MatrixSpan<T> dX,
        MatrixSpan<T> dPrevH,
        RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = x.Rows, hiddenSize = weights.HiddenSize;
        MatrixShape.Require(dNextH, n, hiddenSize, nameof(dNextH));
        MatrixShape.Require(prevH, n, hiddenSize, nameof(prevH));
        MatrixShape.Require(gates, n, Gates * hiddenSize, nameof(gates));
        MatrixShape.Require(hidden, n, Gates * hiddenSize, nameof(hidden));
        MatrixShape.Require<T>(dPrevH, n, hiddenSize, nameof(dPrevH));
        Matrix<T> dA = new(n, Gates * hiddenSize), dU = new(n, Gates * hiddenSize);
        ActivateBackward(dNextH, gates, hidden, prevH, dPrevH, dA, dU);
        Gemm.NT(dU, weights.Wh, dPrevH, accumulate: true);
        Gemm.TN(prevH, dU, gradients.Wh);
        HiddenBiasBackward<T>(dU, gradients);
        Affine.Backward(dA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <inheritdoc cref="Rnn.Forward"/>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, GruCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ((IRecurrentCache<T>)cache).Project(x, h0.Rows, weights);
        ForwardGates(h0, weights, cache);
    }

    /// <inheritdoc cref="Rnn.Backward"/>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dH,
        ReadOnlyMatrixSpan<T> x,
        GruCache<T> cache,
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
    internal static void ForwardGates<T>(ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, GruCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        cache.HiddenBias = weights.HiddenBias;
        cache.Time.Forward(h0, weights.Wh);
    }

    /// <summary>The backward pass to the gates, h_0, Wh and bh.</summary>
    internal static void BackwardGates<T>(
        GruCache<T> cache, RecurrentWeights<T> weights, MatrixSpan<T> dH0, RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        cache.Time.Backward(weights.Wh, dH0);
        Gemm.TN<T>(cache.Time.PreviousH, cache.DHidden, gradients.Wh);
        HiddenBiasBackward<T>(cache.DHidden, gradients);
    }

    /// <summary>One timestep, from x Wx + b in <paramref name="gates"/>, which becomes the gates in place.</summary>
    internal static void StepGates<T>(
        ReadOnlyMatrixSpan<T> prevH,
        PackedMatrix<T> wh,
        ReadOnlySpan<T> bh,
        MatrixSpan<T> gates,
        MatrixSpan<T> hidden,
        MatrixSpan<T> nextH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Gemm.NN(prevH, wh, hidden);
        Activate(gates, hidden, bh, prevH, nextH);
    }

    /// <summary>One timestep of some sequences in the loop over time.</summary>
    internal static void StepAt<T>(TimeSlice now, GruCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => StepGates(
            now.Of(cache.Time.PreviousH), cache.Time.Wh, cache.HiddenBias!.Span, now.Of(cache.Gates),
            now.Of(cache.Hidden), now.Of(cache.Time.H));

    internal static void StepBackwardAt<T>(TimeSlice now, GruCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixSpan<T> dH = now.OfSequences(cache.Time.DNextH), dU = now.Of(cache.DHidden);
        ActivateBackward(
            dH, now.Of(cache.Gates), now.Of(cache.Hidden), now.Of(cache.Time.PreviousH), dH, now.Of(cache.Time.DA), dU);
        Gemm.NN(dU, cache.Time.Wh, dH, accumulate: true);
    }

    /// <summary>dBh = the sum of dU_n's rows.</summary>
    private static void HiddenBiasBackward<T>(MatrixSpan<T> dU, RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int hiddenSize = gradients.HiddenSize;
        ColumnSums.Run(dU.ColumnBlock(2 * hiddenSize, hiddenSize), gradients.HiddenBias.Span);
    }

    /// <summary>Computes the gates from the pre-activations, in place, and the next state; adds bh to u_n.</summary>
    private static void Activate<T>(
        MatrixSpan<T> gates,
        MatrixSpan<T> hidden,
        ReadOnlySpan<T> bh,
        ReadOnlyMatrixSpan<T> prevH,
        MatrixSpan<T> nextH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int hiddenSize = nextH.Columns;
        for (int n = 0; n < nextH.Rows; n++)
        {
            ForwardPass<T> pass = new(
                new(gates.Row(n), hiddenSize), new(hidden.Row(n), hiddenSize), bh, prevH.Row(n), nextH.Row(n));
            Elementwise.Run<ForwardPass<T>, T>(pass, hiddenSize);
        }
    }

    /// <summary>
    /// The gradients of a and u, and that of the previous hidden state except for the part through u:
    /// <code>
    /// dPrevH = dH ⊙ z
    /// dA_n = dH ⊙ (1-z) ⊙ (1-n²)   dA_z = dH ⊙ (prevH - n) ⊙ z(1-z)   dA_r = dA_n ⊙ (u_n + bh) ⊙ r(1-r)
    /// dU_n = dA_n ⊙ r              dU_z = dA_z                        dU_r = dA_r
    /// </code>
    /// </summary>
    private static void ActivateBackward<T>(
        ReadOnlyMatrixSpan<T> dH,
        ReadOnlyMatrixSpan<T> gates,
        ReadOnlyMatrixSpan<T> hidden,
        ReadOnlyMatrixSpan<T> prevH,
        MatrixSpan<T> dPrevH,
        MatrixSpan<T> dA,
        MatrixSpan<T> dU)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int hiddenSize = dH.Columns;
        for (int n = 0; n < dH.Rows; n++)
        {
            BackwardPass<T> pass = new(
                dH.Row(n), new(gates.Row(n), hiddenSize), new(hidden.Row(n), hiddenSize), prevH.Row(n),
                dPrevH.Row(n), new(dA.Row(n), hiddenSize), new(dU.Row(n), hiddenSize));
            Elementwise.Run<BackwardPass<T>, T>(pass, hiddenSize);
        }
    }

    /// <summary>One row of <see cref="Activate"/>.</summary>
    private readonly ref struct ForwardPass<T>(
        Gate<T> gates, Gate<T> hidden, ReadOnlySpan<T> bh, ReadOnlySpan<T> prevH, Span<T> h) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Gate<T> _gates = gates, _hidden = hidden;
        private readonly ReadOnlySpan<T> _bh = bh, _prevH = prevH;
        private readonly Span<T> _h = h;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var r = Sigmoid(at[_gates.R] + at[_hidden.R]);
            var z = Sigmoid(at[_gates.Z] + at[_hidden.Z]);
            var u = at[_hidden.N] + at[_bh];
            var n = Tanh(MultiplyAdd(r, u, at[_gates.N]));
            at[_gates.R] = r;
            at[_gates.Z] = z;
            at[_gates.N] = n;
            at[_hidden.N] = u;
            at[_h] = MultiplyAdd(z, at[_prevH] - n, n);
        }
    }

    /// <summary>One row of <see cref="ActivateBackward"/>.</summary>
    private readonly ref struct BackwardPass<T>(
        ReadOnlySpan<T> dH, ReadOnlyGate<T> gates, ReadOnlyGate<T> hidden, ReadOnlySpan<T> prevH, Span<T> dPrevH,
        Gate<T> dA, Gate<T> dU) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _dH = dH, _prevH = prevH;
        private readonly ReadOnlyGate<T> _gates = gates, _hidden = hidden;
        private readonly Span<T> _dPrevH = dPrevH;
        private readonly Gate<T> _dA = dA, _dU = dU;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var (dH, r, z, n) = (at[_dH], at[_gates.R], at[_gates.Z], at[_gates.N]);
            var dN = dH * (1 - z) * (1 - (n * n));
            var dZ = dH * (at[_prevH] - n) * z * (1 - z);
            var dR = dN * at[_hidden.N] * r * (1 - r);
            at[_dA.R] = dR;
            at[_dA.Z] = dZ;
            at[_dA.N] = dN;
            at[_dU.R] = dR;
            at[_dU.Z] = dZ;
            at[_dU.N] = dN * r;
            at[_dPrevH] = dH * z;
        }
    }

    /// <summary>The parts of a row: r, z and n.</summary>
    private readonly ref struct Gate<T>(Span<T> row, int hiddenSize)
    {
        public readonly Span<T> R = row[..hiddenSize];
        public readonly Span<T> Z = row.Slice(hiddenSize, hiddenSize);
        public readonly Span<T> N = row.Slice(2 * hiddenSize, hiddenSize);
    }

    private readonly ref struct ReadOnlyGate<T>(ReadOnlySpan<T> row, int hiddenSize)
    {
        public readonly ReadOnlySpan<T> R = row[..hiddenSize];
        public readonly ReadOnlySpan<T> Z = row.Slice(hiddenSize, hiddenSize);
        public readonly ReadOnlySpan<T> N = row.Slice(2 * hiddenSize, hiddenSize);
    }
}

/// <summary>What <see cref="Gru.Forward"/> saves for <see cref="Gru.Backward"/>. Reusable without allocating.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class GruCache<T> : IRecurrentCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an empty cache.</summary>
    public GruCache() => Time = new(now => Gru.StepAt(now, this), now => Gru.StepBackwardAt(now, this));

    /// <summary>The hidden states h_1 to h_T, T·N x H, time-major.</summary>
    public MatrixSpan<T> HiddenStates => Time.H;

    /// <summary>The states and the loop over time.</summary>
    internal Recurrence<T> Time { get; }

    Recurrence<T> IRecurrentCache<T>.Time => Time;

    Matrix<T> IRecurrentCache<T>.Gates => Gates;

    /// <summary>x Wx + b, which becomes the gates in place, T·N x 3H.</summary>
    internal Matrix<T> Gates { get; } = new(0, 0);

    /// <summary>u = h Wh, with bh added to u_n, T·N x 3H.</summary>
    internal Matrix<T> Hidden { get; } = new(0, 0);

    /// <summary>The gradients of u, T·N x 3H.</summary>
    internal Matrix<T> DHidden { get; } = new(0, 0);

    /// <summary>bh during a forward pass.</summary>
    internal Matrix<T>? HiddenBias { get; set; }

    void IRecurrentCache<T>.Resize(PackedLayout layout, int hiddenSize)
    {
        Time.Resize(layout, hiddenSize, Gru.Gates);
        Time.Resize(Gates, Gru.Gates * hiddenSize);
        Time.Resize(Hidden, Gru.Gates * hiddenSize);
        Time.Resize(DHidden, Gru.Gates * hiddenSize);
    }
}
