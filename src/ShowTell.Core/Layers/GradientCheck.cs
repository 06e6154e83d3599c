namespace ShowTell.Layers;

/// <summary>Numeric gradients by central differences, (f(x + h) - f(x - h)) / 2h, to verify backward passes.</summary>
public static class GradientCheck
{
    /// <summary>The step h of the exercises.</summary>
    public const double DefaultStep = 1e-5;

    /// <summary>The gradient of a scalar function: the exercise's <c>eval_numerical_gradient</c>.</summary>
    /// <param name="function">Computes the function from the current <paramref name="x"/>.</param>
    /// <param name="x">The point; changed temporarily.</param>
    /// <param name="step">h.</param>
    /// <returns>df/dx, in the shape of x.</returns>
    public static Matrix<T> Numeric<T>(Func<double> function, Matrix<T> x, double step = DefaultStep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var gradient = new Matrix<T>(x.Rows, x.Columns);
        for (int i = 0; i < x.Length; i++)
        {
            T original = x.Span[i];
            x.Span[i] = original + T.CreateTruncating(step);
            double above = function();
            x.Span[i] = original - T.CreateTruncating(step);
            double below = function();
            x.Span[i] = original;
            gradient.Span[i] = T.CreateTruncating((above - below) / (2 * step));
        }

        return gradient;
    }

    /// <summary>
    /// The gradient of a matrix-valued function, given the gradient of its value: the exercise's
    /// <c>eval_numerical_gradient_array</c>.
    /// </summary>
    /// <param name="function">Computes the function from the current <paramref name="x"/>.</param>
    /// <param name="x">The point; changed temporarily.</param>
    /// <param name="dOut">The upstream gradient, in the shape of the function's value.</param>
    /// <param name="step">h.</param>
    /// <returns>The gradient of Σ function(x) ⊙ dOut, in the shape of x.</returns>
    /// <exception cref="ArgumentException">The shapes of value and dOut differ.</exception>
    public static Matrix<T> Numeric<T>(Func<Matrix<T>> function, Matrix<T> x, Matrix<T> dOut, double step = DefaultStep)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var gradient = new Matrix<T>(x.Rows, x.Columns);
        for (int i = 0; i < x.Length; i++)
        {
            T original = x.Span[i];
            x.Span[i] = original + T.CreateTruncating(step);
            Matrix<T> above = function().Clone();
            x.Span[i] = original - T.CreateTruncating(step);
            Matrix<T> below = function();
            x.Span[i] = original;
            MatrixShape.Require<T>(dOut, below.Rows, below.Columns, nameof(dOut));

            // Differences first, as in the exercise: the sums would lose digits that the differences keep.
            double sum = 0;
            for (int j = 0; j < dOut.Length; j++)
            {
                sum += double.CreateTruncating((above.Span[j] - below.Span[j]) * dOut.Span[j]);
            }

            gradient.Span[i] = T.CreateTruncating(sum / (2 * step));
        }

        return gradient;
    }

    /// <summary>The exercises' relative error: max |x - y| / max(1e-8, |x| + |y|); NaN if an element is NaN.</summary>
    /// <exception cref="ArgumentException">Shapes differ.</exception>
    public static double RelativeError<T>(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.Require(y, x.Rows, x.Columns, nameof(y));
        double error = 0;
        for (int i = 0; i < x.Rows; i++)
        {
            for (int j = 0; j < x.Columns; j++)
            {
                double a = double.CreateTruncating(x[i, j]), b = double.CreateTruncating(y[i, j]);
                error = Math.Max(error, Math.Abs(a - b) / Math.Max(1e-8, Math.Abs(a) + Math.Abs(b)));
            }
        }

        return error;
    }
}
