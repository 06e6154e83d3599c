using static ShowTell.Numerics.LanesMath;

namespace ShowTell.Layers;

/// <summary>
/// An LSTM that attends to the regions of an image before each word: soft attention (Xu et al., "Show, Attend and
/// Tell", 2015) by scaled dot products (Vaswani et al., 2017), or by <see cref="AdditiveScore"/>. A is the grid of the
/// sequence's image, one row per region:
/// <code>
/// h_0 = c_0 = the mean of A's rows
/// e_t = A h_{t-1} / √H                               or the additive score
/// α_t = softmax(e_t)                                 the attention weights of the regions
/// z_t = Σ_p α_tp A_p                                 the context
/// a_t = x_t Wx + h_{t-1} Wh + z_t Wattn + b          then the gates and states of <see cref="Lstm"/>
/// </code>
/// and backward, with da_t as in <see cref="Lstm"/>:
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
    /// <summary>All timesteps. Allocates only if the cache must grow.</summary>
    /// <param name="x">The inputs, T·N x D.</param>
    /// <param name="grid">A of each sequence, N·P x H: the regions of sequence n are rows n·P to n·P + P - 1.</param>
    /// <param name="weights">Wx, Wh, b and Wattn; with an additive score, also its weights.</param>
    /// <param name="batchSize">N.</param>
    /// <param name="cache">Receives hidden states, attention weights, and what <see cref="Backward"/> needs.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
    public static void Forward<T>(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> grid,
        RecurrentWeights<T> weights,
        int batchSize,
        AttentionLstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int regions = batchSize > 0 ? grid.Rows / batchSize : 0;
        MatrixShape.Require(grid, batchSize * regions, weights.HiddenSize, nameof(grid));
        ArgumentOutOfRangeException.ThrowIfZero(regions, nameof(grid));
        cache.Time.Layout.SetEqual(x.Rows, batchSize);
        cache.Resize(cache.Time.Layout, weights.HiddenSize, regions);
        cache.Images.Grid.CopyFrom(grid);
        Affine.Forward(x, weights.Wx, weights.B.Span, cache.Lstm.Gates);
        ForwardGates(weights, cache);
    }

    /// <summary>
    /// The backward pass through all timesteps; weight gradients are one product over all of them. Overwrites all
    /// results.
    /// </summary>
    /// <param name="dH">The gradient of every hidden state, T·N x H.</param>
    /// <param name="x">The inputs of <see cref="Forward"/>.</param>
    /// <param name="cache">What <see cref="Forward"/> saved.</param>
    /// <param name="weights">The weights of <see cref="Forward"/>.</param>
    /// <param name="dX">The gradient of the inputs, T·N x D.</param>
    /// <param name="dGrid">The gradient of the grids, N·P x H.</param>
    /// <param name="gradients">The gradients of the weights.</param>
    /// <exception cref="ArgumentException">Shapes are incompatible.</exception>
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
        dH.CopyTo(cache.Time.DH);
        BackwardGates(cache, weights, gradients);
        ((ReadOnlyMatrixSpan<T>)cache.DGrid).CopyTo(dGrid);
        Affine.Backward(cache.Time.DA, x, weights.Wx, dX, gradients.Wx, gradients.B.Span);
    }

    /// <summary>All timesteps, from x Wx + b in the cache's gates and its grids.</summary>
    internal static void ForwardGates<T>(RecurrentWeights<T> weights, AttentionLstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        cache.Images.SetKeys(weights);
        cache.Packed.Pack(weights);
        if (cache.Additive is not null)
        {
            cache.Time.Resize(cache.Additive.Queries, weights.AdditiveScore.Key.Columns);
        }

        for (int n = 0; n < cache.H0.Rows; n++)
        {
            Mean(cache.Images.GridOf(n), cache.H0.Row(n));
        }

        cache.Lstm.C0.CopyFrom(cache.H0);
        cache.Time.Forward(cache.H0, weights.Wh);
    }

    /// <summary>The backward pass to the gates, the grids, Wh, Wattn and the additive score.</summary>
    internal static void BackwardGates<T>(
        AttentionLstmCache<T> cache, RecurrentWeights<T> weights, RecurrentWeights<T> gradients)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        cache.Packed.PackTransposed(weights);
        cache.Additive?.BeginBackward(cache.Images, cache.Time);
        Lstm.BackwardGates(cache.Lstm, weights, cache.H0, gradients);
        Gemm.TN<T>(cache.Z, cache.Time.DA, gradients.Attention);
        cache.GridBackward.Run((long)cache.Time.Layout.Rows * cache.Images.Regions * cache.Z.Columns);
        cache.Additive?.EndBackward(
            cache.Images, cache.Time, weights.AdditiveScore, gradients.AdditiveScore, cache.DGrid);
    }

    /// <summary>One timestep of some sequences, from x Wx + b in <paramref name="gates"/>.</summary>
    /// <param name="images">The grids of the images.</param>
    /// <param name="imageOf">The image of each sequence.</param>
    /// <param name="prevH">The previous hidden states, N x H.</param>
    /// <param name="prevC">The previous cell states, N x H.</param>
    /// <param name="wh">Wh.</param>
    /// <param name="packed">The other weights.</param>
    /// <param name="queries">Receives q of an additive score, N x U.</param>
    /// <param name="attention">Receives α, N x P.</param>
    /// <param name="z">Receives z, N x H.</param>
    /// <param name="gates">x Wx + b, which becomes the gates in place, N x 4H.</param>
    /// <param name="nextC">Receives the cell states, N x H.</param>
    /// <param name="nextH">Receives the hidden states, N x H.</param>
    internal static void StepGates<T>(
        ImageGrids<T> images,
        ReadOnlySpan<int> imageOf,
        ReadOnlyMatrixSpan<T> prevH,
        ReadOnlyMatrixSpan<T> prevC,
        PackedMatrix<T> wh,
        PackedAttention<T> packed,
        MatrixSpan<T> queries,
        MatrixSpan<T> attention,
        MatrixSpan<T> z,
        MatrixSpan<T> gates,
        MatrixSpan<T> nextC,
        MatrixSpan<T> nextH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (images.Keys is not null)
        {
            Gemm.NN(prevH, packed.Query, queries);
        }

        for (int n = 0; n < prevH.Rows; n++)
        {
            ReadOnlyMatrixSpan<T> grid = images.GridOf(imageOf[n]);
            Span<T> alpha = attention.Row(n);
            if (images.Keys is null)
            {
                Score(prevH.Row(n), grid, alpha);
            }
            else
            {
                AdditiveScore.Forward(queries.Row(n), images.KeysOf(imageOf[n]), packed.V!.Span, alpha);
            }

            Softmax.Forward(alpha);
            WeightedSum(alpha, grid, z.Row(n));
        }

        Gemm.NN(z, packed.Attention, gates, accumulate: true);
        Lstm.StepGates(prevH, prevC, wh, gates, nextC, nextH);
    }

    /// <summary>One timestep of some sequences in the loop over time.</summary>
    internal static void StepAt<T>(TimeSlice now, AttentionLstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => StepGates(
            cache.Images, cache.ImageOf.AsSpan(now.Sequence, now.Count), now.Of(cache.Time.PreviousH),
            now.Before(cache.Lstm.C, cache.Lstm.C0), cache.Time.Wh, cache.Packed,
            cache.Additive is null ? default : now.Of(cache.Additive.Queries), now.Of(cache.AttentionWeights),
            now.Of(cache.Z), now.Of(cache.Lstm.Gates), now.Of(cache.Lstm.C), now.Of(cache.Time.H));

    internal static void StepBackwardAt<T>(TimeSlice now, AttentionLstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Lstm.GatesBackward(now, cache.Lstm);
        Gemm.NN(now.Of(cache.Time.DA), cache.Packed.Attention, now.Of(cache.DZ));
        for (int i = 0; i < now.Count; i++)
        {
            int row = now.Start + i;
            AttendBackward<T>(
                cache.DZ.Row(row), cache.Images.GridOf(now.Sequence + i), cache.AttentionWeights.Row(row),
                cache.DE.Row(row));
            if (cache.Additive is null)
            {
                ScoreBackward(
                    cache.DE.Row(row), cache.Images.GridOf(now.Sequence + i), cache.Time.DNextH.Row(now.Sequence + i));
            }
        }

        cache.Additive?.StepBackward(now, cache.Images, cache.DE, cache.Packed, cache.Time.DNextH);
        Gemm.NN(now.Of(cache.Time.DA), cache.Time.Wh, now.OfSequences(cache.Time.DNextH), accumulate: true);
    }

    /// <summary>
    /// The gradients of some grids, summed grid by grid at the end so that a grid stays in the processor's cache.
    /// </summary>
    internal static void GridsBackward<T>(int sequence, int count, AttentionLstmCache<T> cache)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Recurrence<T> time = cache.Time;
        int regions = cache.Images.Regions;
        T share = T.One / T.CreateChecked(regions);
        for (int n = sequence; n < sequence + count; n++)
        {
            MatrixSpan<T> dGrid = cache.DGrid.RowBlock(n * regions, regions);
            for (int p = 0; p < regions; p++)
            {
                TensorPrimitives.Add(time.DNextH.Row(n), cache.Lstm.DNextC.Row(n), dGrid.Row(p));
                TensorPrimitives.Multiply(dGrid.Row(p), share, dGrid.Row(p));
            }

            for (int t = 0; t < time.Layout.Timesteps && n < time.Layout.RowsAt(t); t++)
            {
                int row = time.Layout.Start(t) + n;
                ReadOnlySpan<T> alpha = cache.AttentionWeights.Row(row), dZ = cache.DZ.Row(row);
                if (cache.Additive is null)
                {
                    AddGridGradient(alpha, dZ, cache.DE.Row(row), time.PreviousH.Row(row), dGrid);
                }
                else
                {
                    for (int p = 0; p < regions; p++)
                    {
                        TensorPrimitives.MultiplyAdd(dZ, alpha[p], dGrid.Row(p), dGrid.Row(p));
                    }
                }
            }
        }
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

    /// <summary>The scaled dot-product scores of one sequence's regions: e from h and A.</summary>
    private static void Score<T>(ReadOnlySpan<T> h, ReadOnlyMatrixSpan<T> grid, Span<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T scale = Scale<T>(h.Length);
        for (int p = 0; p < grid.Rows; p++)
        {
            scores[p] = scale * DotProduct.Of(grid.Row(p), h);
        }
    }

    /// <summary>The backward pass of the weighted sum and the softmax: from dz to de.</summary>
    private static void AttendBackward<T>(
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

    /// <summary>The backward pass of <see cref="Score"/>: divides de by √H in place, and adds its part of dh.</summary>
    private static void ScoreBackward<T>(Span<T> dE, ReadOnlyMatrixSpan<T> grid, Span<T> dH)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorPrimitives.Multiply(dE, Scale<T>(dH.Length), dE);
        WeightedSum(dE, grid, dH);
    }

    /// <summary>Adds one timestep's part of the gradient of A: α_p dz + de_p h, de divided by √H.</summary>
    private static void AddGridGradient<T>(
        ReadOnlySpan<T> attention, ReadOnlySpan<T> dZ, ReadOnlySpan<T> dE, ReadOnlySpan<T> h, MatrixSpan<T> dGrid)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int p = 0; p < dGrid.Rows; p++)
        {
            Elementwise.Run<AddTwoPass<T>, T>(new(attention[p], dZ, dE[p], h, dGrid.Row(p)), h.Length);
        }
    }

    /// <summary>Σ_p factors_p A_p, two regions at a time to halve the loads and stores of the sum.</summary>
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
