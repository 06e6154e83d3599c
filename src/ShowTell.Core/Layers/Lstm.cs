using static ShowTell.Numerics.LanesMath;

namespace ShowTell.Layers;

/// <summary>
/// The long short-term memory (Hochreiter and Schmidhuber, 1997; with forget gate: Gers et al., 2000):
/// <code>
/// a_t = x_t Wx + h_{t-1} Wh + b                 split into a_i, a_f, a_o, a_g, in this order
/// i = σ(a_i)   f = σ(a_f)   o = σ(a_o)   g = tanh(a_g)
/// c_t = f ⊙ c_{t-1} + i ⊙ g
/// h_t = o ⊙ tanh(c_t)
/// </code>
/// Shapes: x_t N x D, h_t and c_t N x H, Wx D x 4H, Wh H x 4H, b 4H, gates N x 4H. Over time, the N samples of timestep
/// t are rows t·N to t·N + N - 1 of a matrix (time-major).
/// </summary>
public static class Lstm
{
    /// <summary>G, the gates i, f, o and g: Wx and Wh are G·H columns wide.</summary>
    public const int Gates = 4;

    /// <summary>One timestep.</summary>
    /// <param name="x">The input, N x D.</param>
    /// <param name="prevH">The previous hidden state, N x H.</param>
    /// <param name="prevC">The previous cell state, N x H.</param>
    /// <param name="weights">Wx, Wh and b.</param>
    /// <param name="nextH">Receives the hidden state, N x H.</param>
    /// <param name="nextC">Receives the cell state, N x H; may be <paramref name="prevC"/>.</param>
    /// <param name="gates">Receives i, f, o and g, N x 4H, which <see cref="StepBackward"/> needs.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Step<T>(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> prevH,
        ReadOnlyMatrixSpan<T> prevC,
        RecurrentWeights<T> weights,
        MatrixSpan<T> nextH,
        MatrixSpan<T> nextC,
        MatrixSpan<T> gates)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = x.Rows, hiddenSize = weights.HiddenSize;
        MatrixShape.Require(prevC, n, hiddenSize, nameof(prevC));
        MatrixShape.Require<T>(nextH, n, hiddenSize, nameof(nextH));
        MatrixShape.Require<T>(nextC, n, hiddenSize, nameof(nextC));
        MatrixShape.Require<T>(gates, n, Gates * hiddenSize, nameof(gates));
        Affine.Forward(x, weights.Wx, weights.B.Span, gates);
        Gemm.NN(prevH, weights.Wh, gates, accumulate: true);
        Activate(gates, prevC, nextC, nextH);
    }

    /// <summary>The backward pass of <see cref="Step"/>. Overwrites all results. Allocates N x 4H elements.</summary>
    /// <param name="dNextH">The gradient of the hidden state, N x H.</param>
    /// <param name="dNextC">The gradient of the cell state except for the part through the hidden state, N x H.</param>
    /// <param name="x">The input, N x D.</param>
    /// <param name="prevH">The previous hidden state, N x H.</param>
    /// <param name="prevC">The previous cell state, N x H.</param>
    /// <param name="nextC">The cell state of <see cref="Step"/>, N x H.</param>
    /// <param name="gates">The gates of <see cref="Step"/>, N x 4H.</param>
    /// <param name="weights">Wx, Wh and b.</param>
    /// <param name="dX">The gradient of the input, N x D.</param>
    /// <param name="dPrevH">The gradient of the previous hidden state, N x H.</param>
    /// <param name="dPrevC">The gradient of the previous cell state, N x H; may be <paramref name="dNextC"/>.</param>
    /// <param name="gradients">The gradients of the weights.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void StepBackward<T>(
        ReadOnlyMatrixSpan<T> dNextH,
        ReadOnlyMatrixSpan<T> dNextC,
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> prevH,
        ReadOnlyMatrixSpan<T> prevC,
        ReadOnlyMatrixSpan<T> nextC,
        ReadOnlyMatrixSpan<T> gates,
        RecurrentWeights<T> weights,
        MatrixSpan<T> dX,
        MatrixSpan<T> dPrevH,
        MatrixSpan<T> dPrevC,
        RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int n = x.Rows, hiddenSize = weights.HiddenSize;
        MatrixShape.Require(dNextH, n, hiddenSize, nameof(dNextH));
        MatrixShape.Require(dNextC, n, hiddenSize, nameof(dNextC));
        MatrixShape.Require(prevC, n, hiddenSize, nameof(prevC));
        MatrixShape.Require(nextC, n, hiddenSize, nameof(nextC));
        MatrixShape.Require(gates, n, Gates * hiddenSize, nameof(gates));
        MatrixShape.Require<T>(dPrevC, n, hiddenSize, nameof(dPrevC));
        var dA = new Matrix<T>(n, Gates * hiddenSize);
        ActivateBackward(dNextH, dNextC, gates, prevC, nextC, dPrevC, dA);
        Gemm.NT(dA, weights.Wh, dPrevH);
        Gemm.TN(prevH, dA, gradients.Wh);
        Affine.Backward(dA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <summary>All timesteps, from the initial cell state c_0 = 0. Allocates only if the cache must grow.</summary>
    /// <inheritdoc cref="Rnn.Forward"/>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, LstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ((IRecurrentCache<T>)cache).Project(x, h0.Rows, weights);
        ForwardGates(h0, weights, cache);
    }

    /// <inheritdoc cref="Rnn.Backward"/>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dH,
        ReadOnlyMatrixSpan<T> x,
        LstmCache<T> cache,
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

    /// <summary>All timesteps, from x Wx + b in the cache's gates and c_0.</summary>
    internal static void ForwardGates<T>(ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, LstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => cache.Time.Forward(h0, weights.Wh);

    /// <summary>The backward pass to the gates, h_0, c_0 and Wh.</summary>
    internal static void BackwardGates<T>(
        LstmCache<T> cache, RecurrentWeights<T> weights, MatrixSpan<T> dH0, RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        cache.DNextC.Span.Clear();
        cache.Time.Backward(weights.Wh, dH0);
        Gemm.TN<T>(cache.Time.PreviousH, cache.Time.DA, gradients.Wh);
    }

    /// <summary>One timestep, from x Wx + b in <paramref name="gates"/>, which becomes the gates in place.</summary>
    internal static void StepGates<T>(
        ReadOnlyMatrixSpan<T> prevH,
        ReadOnlyMatrixSpan<T> prevC,
        PackedMatrix<T> wh,
        MatrixSpan<T> gates,
        MatrixSpan<T> nextC,
        MatrixSpan<T> nextH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Gemm.NN(prevH, wh, gates, accumulate: true);
        Activate(gates, prevC, nextC, nextH);
    }

    /// <summary>One timestep of some sequences in the loop over time.</summary>
    internal static void StepAt<T>(TimeSlice now, LstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => StepGates(
            now.Of(cache.Time.PreviousH), now.Before(cache.C, cache.C0), cache.Time.Wh, now.Of(cache.Gates),
            now.Of(cache.C), now.Of(cache.Time.H));

    internal static void StepBackwardAt<T>(TimeSlice now, LstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        GatesBackward(now, cache);
        Gemm.NN(now.Of(cache.Time.DA), cache.Time.Wh, now.OfSequences(cache.Time.DNextH));
    }

    /// <summary>The part of <see cref="StepBackwardAt"/> before Whᵀ: the gradients of gates and cell states.</summary>
    internal static void GatesBackward<T>(TimeSlice now, LstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixSpan<T> dC = now.OfSequences(cache.DNextC);
        ActivateBackward(
            now.OfSequences(cache.Time.DNextH), dC, now.Of(cache.Gates), now.Before(cache.C, cache.C0),
            now.Of(cache.C), dC, now.Of(cache.Time.DA));
    }

    /// <summary>Computes the gates from the pre-activations, in place, and the next states.</summary>
    private static void Activate<T>(
        MatrixSpan<T> gates, ReadOnlyMatrixSpan<T> prevC, MatrixSpan<T> nextC, MatrixSpan<T> nextH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int hiddenSize = nextH.Columns;
        for (int n = 0; n < nextH.Rows; n++)
        {
            Span<T> row = gates.Row(n), c = nextC.Row(n);
            Gate<T> gate = new(row, hiddenSize);
            Activation.Sigmoid(row[..(3 * hiddenSize)]);
            Elementwise.Run<CellPass<T>, T>(new(gate, prevC.Row(n), c), hiddenSize);
            Elementwise.Run<HiddenPass<T>, T>(new(gate.O, c, nextH.Row(n)), hiddenSize);
        }
    }

    /// <summary>
    /// The gradients of the pre-activations a and of the previous cell state:
    /// <code>
    /// dC     = dNextC + dH ⊙ o ⊙ (1 - tanh²(c))
    /// dPrevC = dC ⊙ f
    /// dA_i = dC ⊙ g ⊙ i(1-i)   dA_f = dC ⊙ prevC ⊙ f(1-f)   dA_o = dH ⊙ tanh(c) ⊙ o(1-o)   dA_g = dC ⊙ i ⊙ (1-g²)
    /// </code>
    /// </summary>
    private static void ActivateBackward<T>(
        ReadOnlyMatrixSpan<T> dH,
        ReadOnlyMatrixSpan<T> dNextC,
        ReadOnlyMatrixSpan<T> gates,
        ReadOnlyMatrixSpan<T> prevC,
        ReadOnlyMatrixSpan<T> nextC,
        MatrixSpan<T> dPrevC,
        MatrixSpan<T> dA)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int hiddenSize = dH.Columns;
        for (int n = 0; n < dH.Rows; n++)
        {
            BackwardPass<T> pass = new(
                dH.Row(n), dNextC.Row(n), new(gates.Row(n), hiddenSize), prevC.Row(n), nextC.Row(n),
                dPrevC.Row(n), new(dA.Row(n), hiddenSize));
            Elementwise.Run<BackwardPass<T>, T>(pass, hiddenSize);
        }
    }

    /// <summary>One row of g from its activation, in place, and of c.</summary>
    private readonly ref struct CellPass<T>(Gate<T> gates, ReadOnlySpan<T> prevC, Span<T> c) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Gate<T> _gates = gates;
        private readonly ReadOnlySpan<T> _prevC = prevC;
        private readonly Span<T> _c = c;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var g = Tanh(at[_gates.G]);
            at[_gates.G] = g;
            at[_c] = MultiplyAdd(at[_gates.F], at[_prevC], at[_gates.I] * g);
        }
    }

    /// <summary>One row of h.</summary>
    private readonly ref struct HiddenPass<T>(ReadOnlySpan<T> o, ReadOnlySpan<T> c, Span<T> h) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _o = o, _c = c;
        private readonly Span<T> _h = h;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_h] = at[_o] * Tanh(at[_c]);
    }

    /// <summary>One row of <see cref="ActivateBackward"/>.</summary>
    private readonly ref struct BackwardPass<T>(
        ReadOnlySpan<T> dH, ReadOnlySpan<T> dNextC, ReadOnlyGate<T> gates, ReadOnlySpan<T> prevC, ReadOnlySpan<T> nextC,
        Span<T> dPrevC, Gate<T> dA) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _dH = dH, _dNextC = dNextC, _prevC = prevC, _nextC = nextC;
        private readonly ReadOnlyGate<T> _gates = gates;
        private readonly Span<T> _dPrevC = dPrevC;
        private readonly Gate<T> _dA = dA;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var (i, f, o, g) = (at[_gates.I], at[_gates.F], at[_gates.O], at[_gates.G]);
            var dH = at[_dH];
            var tanhC = Tanh(at[_nextC]);
            var dC = MultiplyAdd(dH * o, 1 - (tanhC * tanhC), at[_dNextC]);
            at[_dA.I] = dC * g * i * (1 - i);
            at[_dA.F] = dC * at[_prevC] * f * (1 - f);
            at[_dA.O] = dH * tanhC * o * (1 - o);
            at[_dA.G] = dC * i * (1 - (g * g));
            at[_dPrevC] = dC * f;
        }
    }

    /// <summary>The parts of a row of gates: i, f, o and g.</summary>
    private readonly ref struct Gate<T>(Span<T> row, int hiddenSize)
    {
        public readonly Span<T> I = row[..hiddenSize];
        public readonly Span<T> F = row.Slice(hiddenSize, hiddenSize);
        public readonly Span<T> O = row.Slice(2 * hiddenSize, hiddenSize);
        public readonly Span<T> G = row.Slice(3 * hiddenSize, hiddenSize);
    }

    private readonly ref struct ReadOnlyGate<T>(ReadOnlySpan<T> row, int hiddenSize)
    {
        public readonly ReadOnlySpan<T> I = row[..hiddenSize];
        public readonly ReadOnlySpan<T> F = row.Slice(hiddenSize, hiddenSize);
        public readonly ReadOnlySpan<T> O = row.Slice(2 * hiddenSize, hiddenSize);
        public readonly ReadOnlySpan<T> G = row.Slice(3 * hiddenSize, hiddenSize);
    }
}

/// <summary>
/// What <see cref="Lstm.Forward"/> saves for <see cref="Lstm.Backward"/>. Reusable without allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class LstmCache<T> : IRecurrentCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Creates an empty cache.</summary>
    public LstmCache() => Time = new(now => Lstm.StepAt(now, this), now => Lstm.StepBackwardAt(now, this));

    /// <summary>Creates an empty cache for a layer that extends each timestep.</summary>
    internal LstmCache(Recurrence<T> time) => Time = time;

    /// <summary>The hidden states h_1 to h_T, T·N x H, time-major.</summary>
    public MatrixSpan<T> HiddenStates => Time.H;

    /// <summary>The states and the loop over time.</summary>
    internal Recurrence<T> Time { get; }

    Recurrence<T> IRecurrentCache<T>.Time => Time;

    Matrix<T> IRecurrentCache<T>.Gates => Gates;

    /// <summary>x Wx + b, which becomes the gates in place, T·N x 4H.</summary>
    internal Matrix<T> Gates { get; } = new(0, 0);

    /// <summary>The cell states c_1 to c_T, T·N x H.</summary>
    internal Matrix<T> C { get; } = new(0, 0);

    /// <summary>The initial cell state c_0, N x H: zero unless set after resizing.</summary>
    internal Matrix<T> C0 { get; } = new(0, 0);

    /// <summary>The gradient of the cell states from the next timestep, finally that of c_0, N x H.</summary>
    internal Matrix<T> DNextC { get; } = new(0, 0);

    void IRecurrentCache<T>.Resize(PackedLayout layout, int hiddenSize) => Resize(layout, hiddenSize);

    internal void Resize(PackedLayout layout, int hiddenSize)
    {
        Time.Resize(layout, hiddenSize, Lstm.Gates);
        Time.Resize(Gates, Lstm.Gates * hiddenSize);
        Time.Resize(C, hiddenSize);
        C0.Reshape(layout.BatchSize, hiddenSize);
        C0.Span.Clear();
        DNextC.Reshape(layout.BatchSize, hiddenSize);
    }
}
