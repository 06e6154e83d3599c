namespace ShowTell.Numerics;

/// <summary>
/// Sums the columns of a matrix. Threads take columns, each summed in the order of rows, so that bits do not depend on
/// the number of threads.
/// </summary>
internal static unsafe class ColumnSums
{
    /// <summary>Columns per unit of work: a cache line or two, so that threads do not share one.</summary>
    private const int ColumnUnit = 32;

    /// <summary>With fewer elements, all columns stay on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 15;

    /// <summary>Sums the columns of a matrix. Allocates nothing once warm.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="sums">Receives one sum per column.</param>
    /// <exception cref="ArgumentException">The numbers of sums and columns differ.</exception>
    public static void Run<T>(ReadOnlyMatrixSpan<T> matrix, Span<T> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        MatrixShape.RequireLength(sums.Length, matrix.Columns, nameof(sums));
        ColumnSumsJob<T> job = ColumnSumsJob<T>.ForThisThread;
        fixed (T* pMatrix = matrix.Elements, pSums = sums)
        {
            job.Matrix = pMatrix;
            job.Sums = pSums;
            (job.Stride, job.Rows, job.Columns) = (matrix.Stride, matrix.Rows, matrix.Columns);
            int units = (matrix.Columns + ColumnUnit - 1) / ColumnUnit;
            bool isSmall = (long)matrix.Rows * matrix.Columns < ParallelThreshold;
            job.Parts = isSmall ? 1 : Math.Min(Workers.Count, units);
            Workers.Run(job, job.Parts);
        }
    }

    private sealed class ColumnSumsJob<T> : WorkerJob
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [ThreadStatic]
        private static ColumnSumsJob<T>? t_job;

        public T* Matrix, Sums;
        public nint Stride;
        public int Rows, Columns, Parts;

        public static ColumnSumsJob<T> ForThisThread => t_job ??= new ColumnSumsJob<T>();

        public override void Run(int part)
        {
            int units = (Columns + ColumnUnit - 1) / ColumnUnit;
            (int firstUnit, int endUnit) = Share(units, part, Parts);
            int start = firstUnit * ColumnUnit, end = Math.Min(Columns, endUnit * ColumnUnit);
            var sums = new Span<T>(Sums + start, end - start);
            sums.Clear();
            for (int i = 0; i < Rows; i++)
            {
                TensorPrimitives.Add(sums, new ReadOnlySpan<T>(Matrix + (i * Stride) + start, sums.Length), sums);
            }
        }
    }
}
