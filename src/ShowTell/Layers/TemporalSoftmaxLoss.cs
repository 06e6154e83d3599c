using System.Numerics;
using System.Numerics.Tensors;
using ShowTell.Numerics;

namespace ShowTell.Layers;

/// <summary>
/// The softmax (cross-entropy) loss of the right word at every timestep, summed over time and averaged over the N
/// samples of the minibatch. Timesteps that the mask leaves out cost nothing and have no gradient.
/// <code>
/// p = softmax(scores)   loss = -1/N Σ_r mask_r log p_r[target_r]   dScores_r = mask_r (p_r - onehot(target_r)) / N
/// </code>
/// Shapes: scores R x V with R = T·N rows in any order, targets R ids, mask R.
/// </summary>
public static class TemporalSoftmaxLoss
{
    /// <summary>Computes the loss and its gradient.</summary>
    /// <param name="scores">Scores of all words, R x V.</param>
    /// <param name="targets">The right word of each row.</param>
    /// <param name="mask">Which rows count.</param>
    /// <param name="batchSize">N.</param>
    /// <param name="dScores">Takes the gradient, R x V; may be <paramref name="scores"/> itself.</param>
    /// <returns>The loss, summed in double precision.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a target that counts is not in [0, V).</exception>
    public static double ForwardBackward<T>(
        ReadOnlyMatrixSpan<T> scores,
        ReadOnlySpan<int> targets,
        ReadOnlySpan<bool> mask,
        int batchSize,
        MatrixSpan<T> dScores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.RequireLength(targets.Length, scores.Rows, nameof(targets));
        MatrixShape.RequireLength(mask.Length, scores.Rows, nameof(mask));
        MatrixShape.Require<T>(dScores, scores.Rows, scores.Columns, nameof(dScores));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        T scale = T.One / T.CreateChecked(batchSize);
        double loss = 0;
        for (int r = 0; r < scores.Rows; r++)
        {
            Span<T> d = dScores.Row(r);
            if (!mask[r])
            {
                d.Clear();
                continue;
            }

            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(
                (uint)targets[r], (uint)scores.Columns, nameof(targets));

            // Shifted by the greatest score, no exponential overflows.
            ReadOnlySpan<T> row = scores.Row(r);
            T greatest = TensorPrimitives.Max(row);
            T targetScore = row[targets[r]] - greatest;
            TensorPrimitives.Subtract(row, greatest, d);
            TensorPrimitives.Exp(d, d);
            T sum = TensorPrimitives.Sum<T>(d);
            loss += double.CreateTruncating(T.Log(sum) - targetScore);
            TensorPrimitives.Multiply(d, scale / sum, d);
            d[targets[r]] -= scale;
        }

        return loss / batchSize;
    }
}
