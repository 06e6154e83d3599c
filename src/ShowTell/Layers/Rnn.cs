using System.Numerics;
using System.Runtime.CompilerServices;
using ShowTell.Numerics;

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
    /// All timesteps. The states are found in <see cref="RnnCache{T}.HiddenStates"/> afterwards. Allocates only where
    /// the cache must grow.
    /// </summary>
    /// <param name="x">Inputs, T·N x D.</param>
    /// <param name="h0">The state before the first timestep, N x H.</param>
    /// <param name="weights">Wx, Wh and b.</param>
    /// <param name="cache">Takes the states, which <see cref="Backward"/> needs.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> h0, RecurrentWeights<T> weights, RnnCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(cache);
        cache.Resize(x.Rows, h0.Rows, weights.HiddenSize);
        h0.CopyTo(cache.StateBefore(0));
        Affine.Forward(x, weights.Wx, weights.B.Span, cache.HiddenStates);
        cache.PackedWh.Pack(weights.Wh);
        cache.ForwardRows.Run(cache.BatchSize, (long)x.Rows * weights.Wh.Length);
    }

    /// <summary>
    /// Back through all timesteps. A state's gradient is what comes from above plus what comes from the timestep after
    /// it; the gradients of the weights are one product over all timesteps. Overwrites all results.
    /// </summary>
    /// <param name="dH">Gradient of every hidden state, T·N x H.</param>
    /// <param name="x">The inputs that <see cref="Forward"/> had.</param>
    /// <param name="cache">What <see cref="Forward"/> left.</param>
    /// <param name="weights">Wx, Wh and b.</param>
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
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(gradients);
        Matrix<T> dA = cache.DA;
        cache.SetGradients(dH);
        cache.PackedWh.PackTransposed(weights.Wh);
        cache.BackwardRows.Run(cache.BatchSize, (long)x.Rows * weights.Wh.Length);
        ((ReadOnlyMatrixSpan<T>)cache.GradientBefore(0)).CopyTo(dH0);
        Gemm.TN<T>(cache.PreviousStates, dA, gradients.Wh);
        Affine.Backward(dA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <summary>Takes some rows of the minibatch through all timesteps: h_t = tanh(a_t + h_{t-1} Wh).</summary>
    internal static void ForwardRows<T>(RnnCache<T> cache, int start, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int t = 0; t < cache.Timesteps; t++)
        {
            MatrixSpan<T> nextH = cache.StateAfter(t).RowBlock(start, count);
            Gemm.NN(cache.StateBefore(t).RowBlock(start, count), cache.PackedWh, nextH, accumulate: true);
            Activate(nextH);
        }
    }

    /// <summary>
    /// Takes some rows of the minibatch back through all timesteps: dA_t from dH_t, and dH_{t-1} += dA_t Whᵀ.
    /// </summary>
    internal static void BackwardRows<T>(RnnCache<T> cache, int start, int count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int t = cache.Timesteps - 1; t >= 0; t--)
        {
            MatrixSpan<T> dA = cache.DA.RowBlock((t * cache.BatchSize) + start, count);
            ActivateBackward(
                cache.GradientAfter(t).RowBlock(start, count), cache.StateAfter(t).RowBlock(start, count), dA);
            Gemm.NN(dA, cache.PackedWh, cache.GradientBefore(t).RowBlock(start, count), accumulate: true);
        }
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

/// <summary>
/// What <see cref="Rnn.Forward"/> saves for <see cref="Rnn.Backward"/>: the states. Reused, it stops allocating.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed class RnnCache<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>h0, then the states of all timesteps: (T + 1)·N x H.</summary>
    private readonly Matrix<T> _h = new(0, 0);

    /// <summary>The gradients of all these.</summary>
    private readonly Matrix<T> _dH = new(0, 0);

    /// <summary>Makes an empty cache.</summary>
    public RnnCache()
    {
        ForwardRows = new BatchRows((start, count) => Rnn.ForwardRows(this, start, count));
        BackwardRows = new BatchRows((start, count) => Rnn.BackwardRows(this, start, count));
    }

    /// <summary>Number of timesteps, T.</summary>
    public int Timesteps { get; private set; }

    /// <summary>Number of samples, N.</summary>
    public int BatchSize { get; private set; }

    /// <summary>The states h_1 to h_T, T·N x H.</summary>
    public MatrixSpan<T> HiddenStates => _h.RowBlock(BatchSize, Timesteps * BatchSize);

    /// <summary>The states h_0 to h_{T-1}, T·N x H.</summary>
    internal MatrixSpan<T> PreviousStates => _h.RowBlock(0, Timesteps * BatchSize);

    /// <summary>Room for the gradient of the activations, T·N x H.</summary>
    internal Matrix<T> DA { get; } = new(0, 0);

    /// <summary>Wh on the way forward, Whᵀ on the way back.</summary>
    internal PackedMatrix<T> PackedWh { get; } = new();

    internal BatchRows ForwardRows { get; }

    internal BatchRows BackwardRows { get; }

    internal MatrixSpan<T> GradientBefore(int t) => _dH.RowBlock(t * BatchSize, BatchSize);

    internal MatrixSpan<T> GradientAfter(int t) => GradientBefore(t + 1);

    internal MatrixSpan<T> StateBefore(int t) => _h.RowBlock(t * BatchSize, BatchSize);

    internal MatrixSpan<T> StateAfter(int t) => StateBefore(t + 1);

    internal void Resize(int inputRows, int batchSize, int hiddenSize)
    {
        BatchSize = batchSize;
        Timesteps = TimeMajor.Timesteps(inputRows, batchSize);
        _h.Reshape(inputRows + batchSize, hiddenSize);
        _dH.Reshape(inputRows + batchSize, hiddenSize);
        DA.Reshape(inputRows, hiddenSize);
    }

    /// <summary>Takes the gradients of the states as far as they come from above; that of h_0 is zero so far.</summary>
    internal void SetGradients(ReadOnlyMatrixSpan<T> dH)
    {
        GradientBefore(0).Clear();
        dH.CopyTo(_dH.RowBlock(BatchSize, Timesteps * BatchSize));
    }
}
