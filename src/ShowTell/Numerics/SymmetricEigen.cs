using System.Numerics.Tensors;

namespace ShowTell.Numerics;

/// <summary>
/// Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations (Golub and Van Loan, "Matrix
/// Computations", section 8.5): slow for large matrices, very accurate, and its order of operations is fixed.
/// </summary>
internal static class SymmetricEigen
{
    private const int MaxSweeps = 60;

    /// <summary>Decomposes A = Vᵀ diag(values) V, largest eigenvalue first. A is overwritten.</summary>
    /// <param name="a">A, n x n, symmetric.</param>
    /// <returns>The eigenvalues, and V with one eigenvector a row.</returns>
    public static (double[] Values, Matrix<double> Vectors) Decompose(Matrix<double> a)
    {
        int n = a.Rows;
        MatrixShape.Require<double>(a, n, n, nameof(a));
        var vectors = new Matrix<double>(n, n);
        for (int i = 0; i < n; i++)
        {
            vectors[i, i] = 1;
        }

        // Below this an off-diagonal element changes no eigenvalue in double precision.
        double negligible = 1e-17 * TensorPrimitives.Norm<double>(a.Span);
        bool rotated = true;
        for (int sweep = 0; rotated && sweep < MaxSweeps; sweep++)
        {
            rotated = false;
            for (int p = 0; p < n - 1; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    if (Math.Abs(a[p, q]) > negligible)
                    {
                        Rotate(a, vectors, p, q);
                        rotated = true;
                    }
                }
            }
        }

        return Sorted(a, vectors);
    }

    /// <summary>Turns the plane of p and q by the angle that makes A[p, q] zero.</summary>
    private static void Rotate(Matrix<double> a, Matrix<double> vectors, int p, int q)
    {
        double app = a[p, p], aqq = a[q, q], apq = a[p, q];
        double tau = (aqq - app) / (2 * apq);
        double tangent = tau >= 0 ? 1 / (tau + Math.Sqrt(1 + (tau * tau))) : -1 / (-tau + Math.Sqrt(1 + (tau * tau)));
        double cosine = 1 / Math.Sqrt(1 + (tangent * tangent));
        double sine = tangent * cosine;
        RotateRows(a.Row(p), a.Row(q), cosine, sine);
        RotateRows(vectors.Row(p), vectors.Row(q), cosine, sine);
        for (int i = 0; i < a.Rows; i++)
        {
            a[i, p] = a[p, i];
            a[i, q] = a[q, i];
        }

        a[p, p] = app - (tangent * apq);
        a[q, q] = aqq + (tangent * apq);
        a[p, q] = a[q, p] = 0;
    }

    private static void RotateRows(Span<double> p, Span<double> q, double cosine, double sine)
    {
        for (int i = 0; i < p.Length; i++)
        {
            double x = p[i], y = q[i];
            p[i] = (cosine * x) - (sine * y);
            q[i] = (sine * x) + (cosine * y);
        }
    }

    private static (double[] Values, Matrix<double> Vectors) Sorted(Matrix<double> a, Matrix<double> vectors)
    {
        int n = a.Rows;
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => a[i, i])];
        var values = new double[n];
        var sorted = new Matrix<double>(n, n);
        for (int i = 0; i < n; i++)
        {
            values[i] = a[order[i], order[i]];
            vectors.Row(order[i]).CopyTo(sorted.Row(i));
        }

        return (values, sorted);
    }
}
