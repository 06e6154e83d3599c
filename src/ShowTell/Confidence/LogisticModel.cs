using MathNet.Numerics.LinearAlgebra;

namespace ShowTell.Confidence;

/// <summary>
/// Logistic regression: p(x) = 1 / (1 + exp(-(b + Σ_j w_j x_j))). Immutable and thread-safe.
/// </summary>
/// <param name="Bias">b.</param>
/// <param name="Weights">w, one per input.</param>
public sealed record LogisticModel(double Bias, IReadOnlyList<double> Weights)
{
    /// <summary>The ridge penalty per case on weights of inputs of deviation 1.</summary>
    private const double Ridge = 1e-3;

    private const int MaxIterations = 50;
    private const double Tolerance = 1e-10;

    /// <summary>The probability of an outcome.</summary>
    /// <param name="inputs">x.</param>
    public double Probability(ReadOnlySpan<double> inputs)
    {
        double sum = Bias;
        for (int j = 0; j < Weights.Count; j++)
        {
            sum += Weights[j] * inputs[j];
        }

        return 1 / (1 + Math.Exp(-sum));
    }

    /// <summary>Fits the model by Newton's method (iteratively reweighted least squares).</summary>
    /// <param name="inputs">x of each case, at least one.</param>
    /// <param name="outcomes">The outcome of each case; both outcomes must occur.</param>
    public static LogisticModel Fit(IReadOnlyList<double[]> inputs, IReadOnlyList<bool> outcomes)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(outcomes);
        int cases = inputs.Count, size = inputs[0].Length;
        double[] mean = [.. Enumerable.Range(0, size).Select(j => inputs.Average(x => x[j]))];
        double[] deviation =
        [
            .. Enumerable.Range(0, size).Select(j => Math.Max(
                Math.Sqrt(inputs.Average(x => Math.Pow(x[j] - mean[j], 2))), 1e-9)),
        ];

        // A column of ones, and inputs of mean 0 and deviation 1.
        double[][] rows =
        [
            .. inputs.Select(x => (double[])[1, .. x.Select((value, j) => (value - mean[j]) / deviation[j])]),
        ];
        Vector<double> w = CreateVector.Dense<double>(size + 1);
        for (int i = 0; i < MaxIterations; i++)
        {
            Vector<double> step = NewtonStep(rows, outcomes, w);
            w += step;
            if (step.L2Norm() < Tolerance)
            {
                break;
            }
        }

        double[] weights = [.. Enumerable.Range(0, size).Select(j => w[j + 1] / deviation[j])];
        return new LogisticModel(w[0] - weights.Zip(mean, (weight, center) => weight * center).Sum(), weights);
    }

    private static Vector<double> NewtonStep(double[][] rows, IReadOnlyList<bool> outcomes, Vector<double> w)
    {
        int size = w.Count;
        var gradient = CreateVector.Dense<double>(size);
        var hessian = CreateMatrix.Dense<double>(size, size);
        for (int i = 0; i < rows.Length; i++)
        {
            double sum = 0;
            for (int j = 0; j < size; j++)
            {
                sum += rows[i][j] * w[j];
            }

            double p = 1 / (1 + Math.Exp(-sum)), error = (outcomes[i] ? 1 : 0) - p;
            for (int j = 0; j < size; j++)
            {
                gradient[j] += error * rows[i][j];
                for (int k = 0; k < size; k++)
                {
                    hessian[j, k] += p * (1 - p) * rows[i][j] * rows[i][k];
                }
            }
        }

        for (int j = 1; j < size; j++)
        {
            gradient[j] -= Ridge * rows.Length * w[j];
            hessian[j, j] += Ridge * rows.Length;
        }

        return hessian.Solve(gradient);
    }
}
