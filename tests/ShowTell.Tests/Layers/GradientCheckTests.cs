using ShowTell.Layers;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Layers;

public sealed class GradientCheckTests
{
    [Fact]
    public void The_gradient_of_a_sum_of_squares_is_twice_its_argument()
    {
        Matrix<double> x = Matrix.LinSpace<double>(-2, 3, 3, 4), before = x.Clone();
        Matrix<double> gradient = GradientCheck.Numeric(() => x.Span.ToArray().Sum(element => element * element), x);
        Assert.Equal(before.Span, x.Span);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.Equal(2 * x.Span[i], gradient.Span[i], 1e-9);
        }
    }

    [Fact]
    public void The_gradient_of_a_matrix_is_weighted_by_the_upstream_gradient()
    {
        Matrix<double> x = Matrix.FromRows<double>([2, 5]), dOut = Matrix.FromRows<double>([10, 100, 1000]);
        var value = new Matrix<double>(1, 3); // The same memory every time, as a layer that reuses its buffers gives.
        Matrix<double> gradient = GradientCheck.Numeric(
            () =>
            {
                (value[0, 0], value[0, 1], value[0, 2]) = (x[0, 0] * x[0, 1], 3 * x[0, 0], x[0, 1] * x[0, 1]);
                return value;
            },
            x,
            dOut);
        Assert.Equal((5 * 10) + (3 * 100), gradient[0, 0], 1e-6);
        Assert.Equal((2 * 10) + (2 * 5 * 1000), gradient[0, 1], 1e-6);
    }

    [Fact]
    public void An_upstream_gradient_of_another_shape_is_rejected()
    {
        var x = new Matrix<double>(1, 2);
        Assert.Throws<ArgumentException>(() => GradientCheck.Numeric(() => x, x, new Matrix<double>(1, 3)));
        Assert.Throws<ArgumentException>(() => GradientCheck.Numeric(() => x, x, new Matrix<double>(1, 1)));
    }

    [Fact]
    public void The_relative_error_matches_the_exercises()
    {
        Matrix<double> x = Matrix.FromRows<double>([1, 0, 1e-12]), y = Matrix.FromRows<double>([1.1, 0, -1e-12]);
        Assert.Equal(0.1 / 2.1, GradientCheck.RelativeError<double>(x, y), 1e-15);
        x[0, 0] = 1.1;
        Assert.Equal(2e-12 / 1e-8, GradientCheck.RelativeError<double>(x, y), 1e-18);
        y[0, 1] = double.NaN;
        Assert.True(double.IsNaN(GradientCheck.RelativeError<double>(x, y)));
        y[0, 1] = double.PositiveInfinity;
        Assert.True(double.IsNaN(GradientCheck.RelativeError<double>(x, y)));
        Assert.Throws<ArgumentException>(() => GradientCheck.RelativeError<double>(x, new Matrix<double>(3, 1)));
    }
}
