using System.Numerics;
using ShowTell.Numerics;

namespace ShowTell.Tests.Numerics;

/// <summary>Which factors of a product are transposed.</summary>
public enum ProductKind
{
    NN,
    NT,
    TN,
}

/// <summary>The textbook product in double: what <see cref="Gemm"/> must compute.</summary>
internal static class GemmOracle
{
    public static void Multiply<T>(
        ProductKind kind, ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, MatrixSpan<T> c, bool accumulate = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        switch (kind)
        {
            case ProductKind.NN:
                Gemm.NN(a, b, c, accumulate);
                break;
            case ProductKind.NT:
                Gemm.NT(a, b, c, accumulate);
                break;
            case ProductKind.TN:
                Gemm.TN(a, b, c, accumulate);
                break;
        }
    }

    /// <summary>Rows and columns of A and of B for a product of M x K by K x N.</summary>
    public static ((int Rows, int Columns) A, (int Rows, int Columns) B) Shapes(
        ProductKind kind, int m, int n, int k) =>
        (kind == ProductKind.TN ? (k, m) : (m, k), kind == ProductKind.NT ? (n, k) : (k, n));

    /// <summary>
    /// Element (i, j) of the product, and the sum of its terms' absolute values, which bounds rounding.
    /// </summary>
    public static (double Value, double Magnitude) Element<T>(
        ProductKind kind, ReadOnlyMatrixSpan<T> a, ReadOnlyMatrixSpan<T> b, int i, int j)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int depth = kind == ProductKind.TN ? a.Rows : a.Columns;
        double value = 0, magnitude = 0;
        for (int k = 0; k < depth; k++)
        {
            T x = kind == ProductKind.TN ? a[k, i] : a[i, k];
            T y = kind == ProductKind.NT ? b[j, k] : b[k, j];
            double term = double.CreateTruncating(x) * double.CreateTruncating(y);
            value += term;
            magnitude += Math.Abs(term);
        }

        return (value, magnitude);
    }
}
