using static ShowTell.Numerics.LanesMath;

namespace ShowTell.Layers;

/// <summary>
/// An LSTM that looks at the places of an image anew before each word: soft attention (Xu et al., "Show, Attend and
/// Tell", 2015) by scaled dot products (Vaswani et al., 2017), as in the later edition of the exercises, or by
/// <see cref="AdditiveScore"/>. A is the grid of the sequence's image, one row a place:
/// <code>
/// h_0 = c_0 = the mean of A's rows
/// e_t = A h_{t-1} / √H                               or otherwise scored
/// α_t = softmax(e_t)                                 how much it looks at each place
/// z_t = Σ_p α_tp A_p                                 what it sees there
/// a_t = x_t Wx + h_{t-1} Wh + z_t Wattn + b          then the gates and states of <see cref="Lstm"/>
/// </code>
/// and back, with da_t as in <see cref="Lstm"/>:
/// <code>
/// dz_t  = da_t Wattnᵀ
/// dα_tp = dz_t · A_p                                 de_tp = α_tp (dα_tp - Σ_q α_tq dα_tq)
/// dh_{t-1} = da_t Whᵀ + Σ_p de_tp A_p / √H           dWattn = Σ_t z_tᵀ da_t
/// dA_p  = Σ_t (α_tp dz_t + de_tp h_{t-1} / √H) + (dh_0 + dc_0) / P
/// </code>
/// Shapes: x_t N x D, h_t, c_t and z_t N x H, α_t N x P, A P x H for each of the N sequences, Wx D x 4H, Wh and Wattn
/// H x 4H, b 4H. Over time, the N samples of timestep t are rows t·N to t·N + N - 1 of a matrix (time-major).
/// </summary>
public static class AttentionLstm
{
    /// <summary>All timesteps. The states are found in <see cref="RecurrentCache{T}.HiddenStates"/> afterwards, the
    /// weights of the places in <see cref="AttentionLstmCache{T}.Attention"/>. Allocates only where the cache must
    /// grow.</summary>
    /// <param name="x">Inputs, T·N x D.</param>
    /// <param name="grid">A of each sequence, N·P x H: the places of sequence n are rows n·P to n·P + P - 1.</param>
    /// <param name="weights">Wx, Wh, b and Wattn.</param>
    /// <param name="batchSize">N.</param>
    /// <param name="cache">Takes what <see cref="Backward"/> needs.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> grid,
        RecurrentWeights<T> weights,
        int batchSize,
        AttentionLstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(cache);
        int places = batchSize > 0 ? grid.Rows / batchSize : 0;
        MatrixShape.Require(grid, batchSize * places, weights.HiddenSize, nameof(grid));
        ArgumentOutOfRangeException.ThrowIfZero(places, nameof(grid));
        cache.Resize(x.Rows, batchSize, weights.HiddenSize, places);
        cache.Grid.CopyFrom(grid);
        Affine.Forward(x, weights.Wx, weights.B.Span, cache.Activations);
        cache.Forward(weights);
    }

    /// <summary>
    /// Back through all timesteps. The gradients of the weights are one product over all of them. Overwrites all
    /// results.
    /// </summary>
    /// <param name="dH">Gradient of every hidden state, T·N x H.</param>
    /// <param name="x">The inputs that <see cref="Forward"/> had.</param>
    /// <param name="cache">What <see cref="Forward"/> left.</param>
    /// <param name="weights">Wx, Wh, b and Wattn.</param>
    /// <param name="dX">Gradient of the inputs, T·N x D.</param>
    /// <param name="dGrid">Gradient of the grids, N·P x H.</param>
    /// <param name="gradients">Gradients of the weights.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static void Backward<T>(
        ReadOnlyMatrixSpan<T> dH,
        ReadOnlyMatrixSpan<T> x,
        AttentionLstmCache<T> cache,
        RecurrentWeights<T> weights,
        MatrixSpan<T> dX,
        MatrixSpan<T> dGrid,
        RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(gradients);
        dH.CopyTo(cache.DH);
        cache.Backward(weights, gradients);
        ((ReadOnlyMatrixSpan<T>)cache.DGrid).CopyTo(dGrid);
        Affine.Backward(cache.DA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <summary>The mean of a grid's rows: h_0 and c_0.</summary>
    internal static void Mean<T>(ReadOnlyMatrixSpan<T> grid, Span<T> mean)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        mean.Clear();
        for (int p = 0; p < grid.Rows; p++)
        {
            TensorPrimitives.Add(mean, grid.Row(p), mean);
        }

        TensorPrimitives.Multiply(mean, T.One / T.CreateChecked(grid.Rows), mean);
    }

    /// <summary>The scores of one sequence's places by scaled dot products: e from h and A.</summary>
    internal static void Score<T>(ReadOnlySpan<T> h, ReadOnlyMatrixSpan<T> grid, Span<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T scale = Scale<T>(h.Length);
        for (int p = 0; p < grid.Rows; p++)
        {
            scores[p] = scale * DotProduct.Of(grid.Row(p), h);
        }
    }

    /// <summary>One look of one sequence: z from A and e, which becomes α.</summary>
    internal static void Look<T>(ReadOnlyMatrixSpan<T> grid, Span<T> attention, Span<T> z)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Softmax.Forward(attention);
        WeightedSum(attention, grid, z);
    }

    /// <summary>One look back: from dz to de.</summary>
    internal static void LookBackward<T>(
        ReadOnlySpan<T> dZ, ReadOnlyMatrixSpan<T> grid, ReadOnlySpan<T> attention, Span<T> dE)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T mean = T.Zero;
        for (int p = 0; p < grid.Rows; p++)
        {
            dE[p] = DotProduct.Of(grid.Row(p), dZ);
            mean += attention[p] * dE[p];
        }

        for (int p = 0; p < dE.Length; p++)
        {
            dE[p] = attention[p] * (dE[p] - mean);
        }
    }

    /// <summary>Back through <see cref="Score"/>: from de, which is divided by √H, to what of dh comes through it.
    /// </summary>
    internal static void ScoreBackward<T>(Span<T> dE, ReadOnlyMatrixSpan<T> grid, Span<T> dH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorPrimitives.Multiply(dE, Scale<T>(dH.Length), dE);
        WeightedSum(dE, grid, dH);
    }

    /// <summary>Adds what one look gives to the gradient of A: α_p dz + de_p h, with the de that
    /// <see cref="ScoreBackward"/> has divided.</summary>
    internal static void AddGridGradient<T>(
        ReadOnlySpan<T> attention, ReadOnlySpan<T> dZ, ReadOnlySpan<T> dE, ReadOnlySpan<T> h, MatrixSpan<T> dGrid)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int p = 0; p < dGrid.Rows; p++)
        {
            Elementwise.Run<AddTwoPass<T>, T>(new(attention[p], dZ, dE[p], h, dGrid.Row(p)), h.Length);
        }
    }

    /// <summary>Σ_p factors_p A_p, two places at a time, which saves half of the way to and fro.</summary>
    private static void WeightedSum<T>(ReadOnlySpan<T> factors, ReadOnlyMatrixSpan<T> grid, Span<T> sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        sum.Clear();
        for (int p = 0; p < grid.Rows; p += 2)
        {
            bool isLast = p + 1 == grid.Rows;
            T next = isLast ? T.Zero : factors[p + 1];
            Elementwise.Run<AddTwoPass<T>, T>(
                new(factors[p], grid.Row(p), next, grid.Row(isLast ? p : p + 1), sum), sum.Length);
        }
    }

    private static T Scale<T>(int hiddenSize)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => T.One / T.Sqrt(T.CreateChecked(hiddenSize));

    /// <summary>sum += a x + b y.</summary>
    private readonly ref struct AddTwoPass<T>(T a, ReadOnlySpan<T> x, T b, ReadOnlySpan<T> y, Span<T> sum)
        : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _x = x, _y = y;
        private readonly Span<T> _sum = sum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> =>
            at[_sum] = MultiplyAdd(a, at[_x], MultiplyAdd(b, at[_y], at[_sum]));
    }
}
