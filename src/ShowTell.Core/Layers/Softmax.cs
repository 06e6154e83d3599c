namespace ShowTell.Layers;

/// <summary>
/// The softmax (cross-entropy) loss of the target words, summed over time and averaged over the N samples of the
/// minibatch. Masked timesteps contribute neither loss nor gradient.
/// <code>
/// p = softmax(scores)   loss = -1/N Σ_r mask_r log p_r[target_r]   dScores_r = mask_r (p_r - onehot(target_r)) / N
/// </code>
/// With label smoothing ε (Szegedy et al., 2016), the target distribution is (1 - ε) onehot(target) + ε/V instead of
/// onehot(target). With weights, loss and gradient of row r are multiplied by weight_r.
/// <para/>
/// Shapes: scores R x V with R = T·N rows in any order, targets R ids, mask R.
/// </summary>
public static class TemporalSoftmaxLoss
{
    /// <summary>Rows per part: few enough to balance the load if only the first timesteps are unmasked.</summary>
    private const int RowsPerPart = 16;

    /// <summary>With fewer scores, all rows stay on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 14;

    /// <summary>Computes the loss and its gradient. Allocates nothing once warm.</summary>
    /// <param name="scores">The scores of all words, R x V.</param>
    /// <param name="targets">The target word of each row.</param>
    /// <param name="mask">Which rows count.</param>
    /// <param name="batchSize">N.</param>
    /// <param name="dScores">Receives the gradient, R x V; may be <paramref name="scores"/> itself.</param>
    /// <param name="labelSmoothing">ε, in [0, 1).</param>
    /// <param name="weights">The weight of each row; empty for 1.</param>
    /// <returns>The loss, summed in double precision.</returns>
    /// <exception cref="ArgumentException">Shapes are incompatible, a target that counts is not in [0, V), or ε is not
    /// in [0, 1).</exception>
    public static unsafe double ForwardBackward<T>(
        ReadOnlyMatrixSpan<T> scores,
        ReadOnlySpan<int> targets,
        ReadOnlySpan<bool> mask,
        int batchSize,
        MatrixSpan<T> dScores,
        double labelSmoothing = 0,
        ReadOnlySpan<double> weights = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.RequireLength(targets.Length, scores.Rows, nameof(targets));
        MatrixShape.RequireLength(mask.Length, scores.Rows, nameof(mask));
        if (!weights.IsEmpty)
        {
            MatrixShape.RequireLength(weights.Length, scores.Rows, nameof(weights));
        }

        MatrixShape.Require<T>(dScores, scores.Rows, scores.Columns, nameof(dScores));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        if (labelSmoothing is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(labelSmoothing), labelSmoothing, "Must be in [0, 1).");
        }

        for (int r = 0; r < targets.Length; r++)
        {
            if (mask[r] && (uint)targets[r] >= (uint)scores.Columns)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(targets), $"The target of row {r} is {targets[r]}, not in [0, {scores.Columns}).");
            }
        }

        SoftmaxJob<T> job = SoftmaxJob<T>.ForThisThread;
        fixed (T* pScores = scores.Elements, pDScores = dScores.Elements)
        fixed (int* pTargets = targets)
        fixed (bool* pMask = mask)
        fixed (double* pWeights = weights)
        {
            job.Scores = pScores;
            job.DScores = pDScores;
            job.Targets = pTargets;
            job.Mask = pMask;
            job.Weights = pWeights;
            (job.ScoresStride, job.DScoresStride) = (scores.Stride, dScores.Stride);
            (job.Rows, job.Columns) = (scores.Rows, scores.Columns);
            return job.SumOfLosses(batchSize, labelSmoothing) / batchSize;
        }
    }

    /// <summary>One loss. Each part computes some rows; the losses of rows are summed in order.</summary>
    private sealed unsafe class SoftmaxJob<T> : WorkerJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static SoftmaxJob<T>? t_job;

        public T* Scores, DScores;
        public nint ScoresStride, DScoresStride;
        public int* Targets;
        public bool* Mask;

        /// <summary>Null for weights of 1.</summary>
        public double* Weights;
        public int Rows, Columns;
        private int _rowsPerPart;
        private double _smoothing;

        /// <summary>1/N, and its shares for the target and for every word.</summary>
        private T _scale, _ofTarget, _ofEach;
        private double[] _losses = [];

        public static SoftmaxJob<T> ForThisThread => t_job ??= new SoftmaxJob<T>();

        /// <summary>Computes all gradients, and the sum of the losses.</summary>
        public double SumOfLosses(int batchSize, double labelSmoothing)
        {
            _smoothing = labelSmoothing;
            _scale = T.One / T.CreateChecked(batchSize);
            _ofTarget = _scale * T.CreateTruncating(1 - labelSmoothing);
            _ofEach = _scale * T.CreateTruncating(labelSmoothing / Columns);
            _rowsPerPart = (long)Rows * Columns < ParallelThreshold ? Math.Max(1, Rows) : RowsPerPart;
            ReusedArray.Reserve(ref _losses, Rows);
            Workers.Run(this, (Rows + _rowsPerPart - 1) / _rowsPerPart);
            double loss = 0;
            foreach (double ofRow in _losses.AsSpan(0, Rows))
            {
                loss += ofRow;
            }

            return loss;
        }

        public override void Run(int part)
        {
            int end = Math.Min(Rows, (part + 1) * _rowsPerPart);
            for (int r = part * _rowsPerPart; r < end; r++)
            {
                var d = new Span<T>(DScores + (r * DScoresStride), Columns);
                if (Mask[r])
                {
                    _losses[r] = RunRow(new(Scores + (r * ScoresStride), Columns), Targets[r], d);
                    if (Weights is not null)
                    {
                        _losses[r] *= Weights[r];
                        TensorPrimitives.Multiply(d, T.CreateTruncating(Weights[r]), d);
                    }
                }
                else
                {
                    _losses[r] = 0;
                    d.Clear();
                }
            }
        }

        /// <summary>One row, shifted by the maximum score to avoid overflow.</summary>
        private double RunRow(ReadOnlySpan<T> scores, int target, Span<T> d)
        {
            T max = TensorPrimitives.Max(scores);
            T targetScore = scores[target] - max;
            double meanScore = _smoothing > 0
                ? double.CreateTruncating((TensorPrimitives.Sum(scores) / T.CreateChecked(Columns)) - max)
                : 0;
            T sum = Elementwise.Sum<Softmax.ExpPass<T>, T>(new(scores, max, d), d.Length);
            TensorPrimitives.Multiply(d, _scale / sum, d);
            d[target] -= _ofTarget;
            if (_smoothing == 0)
            {
                return double.CreateTruncating(T.Log(sum) - targetScore);
            }

            TensorPrimitives.Subtract(d, _ofEach, d);
            return double.CreateTruncating(T.Log(sum))
                - ((1 - _smoothing) * double.CreateTruncating(targetScore)) - (_smoothing * meanScore);
        }
    }
}

/// <summary>
/// The softmax of one row, in place:
/// <code>
/// p_i = exp(s_i) / Σ_j exp(s_j)      ds_i = p_i (dp_i - Σ_j p_j dp_j)
/// </code>
/// </summary>
internal static class Softmax
{
    /// <summary>From scores to weights, shifted by the maximum to avoid overflow.</summary>
    public static void Forward<T>(Span<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T max = TensorPrimitives.Max<T>(scores);
        T sum = Elementwise.Sum<ExpPass<T>, T>(new(scores, max, scores), scores.Length);
        TensorPrimitives.Multiply(scores, T.One / sum, scores);
    }

    /// <summary>From the gradient of the weights to that of the scores.</summary>
    public static void Backward<T>(ReadOnlySpan<T> weights, Span<T> d)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T mean = DotProduct.Of<T>(weights, d);
        Elementwise.Run<BackwardPass<T>, T>(new(weights, mean, d), d.Length);
    }

    /// <summary>p = exp(s - max), and its sum; p may alias s.</summary>
    internal readonly ref struct ExpPass<T>(ReadOnlySpan<T> scores, T max, Span<T> p) : IElementwiseSum<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _scores = scores;
        private readonly Span<T> _p = p;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Lanes<TVector, TSimd, T> Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T>
        {
            var exp = LanesMath.Exp(at[_scores] - max);
            at[_p] = exp;
            return exp;
        }
    }

    private readonly ref struct BackwardPass<T>(ReadOnlySpan<T> weights, T mean, Span<T> d) : IElementwise<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly ReadOnlySpan<T> _weights = weights;
        private readonly Span<T> _d = d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Run<TVector, TSimd>(LanesAt<TVector, TSimd, T> at)
            where TSimd : struct, ISimd<TVector, T> => at[_d] = at[_weights] * (at[_d] - mean);
    }
}
