using System.Runtime.InteropServices;

namespace ShowTell.Numerics;

/// <summary>
/// A right factor B of products, packed in the order in which the kernel reads it. Useful for many products of few rows
/// with the same B, such as the hidden-to-hidden weights at every timestep. Packing again reuses the memory.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe class PackedMatrix<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PackJob _job;
    private byte[]? _buffer;

    /// <summary>Creates an empty matrix.</summary>
    public PackedMatrix() => _job = new PackJob();

    /// <summary>K, the rows of B.</summary>
    public int Rows { get; private set; }

    /// <summary>N, the columns of B.</summary>
    public int Columns { get; private set; }

    /// <summary>The packed elements: for each block of KC rows all slivers of NR columns.</summary>
    internal T* Elements { get; private set; }

    /// <summary>B, packed.</summary>
    internal static PackedMatrix<T> Of(Matrix<T> b)
    {
        var packed = new PackedMatrix<T>();
        packed.Pack(b);
        return packed;
    }

    internal GemmFactor<T> AsFactor() => new() { Elements = Elements, IsPacked = true };

    /// <summary>Packs B.</summary>
    public void Pack(ReadOnlyMatrixSpan<T> b) => Pack(b, b.Rows, b.Columns, transposed: false);

    /// <summary>Packs Bᵀ, N x K, as B.</summary>
    public void PackTransposed(ReadOnlyMatrixSpan<T> bTransposed) =>
        Pack(bTransposed, bTransposed.Columns, bTransposed.Rows, transposed: true);

    private void Pack(ReadOnlyMatrixSpan<T> matrix, int rows, int columns, bool transposed)
    {
        (Rows, Columns) = (rows, columns);
        Elements = PackBuffer.Grow<T>(ref _buffer, checked(GemmBlocked.RoundUp(columns, GemmKernel<T>.NR) * rows));
        fixed (T* elements = matrix.Elements)
        {
            _job.B = new GemmFactor<T>(elements, matrix.Stride, transposed);
            _job.Target = Elements;
            (_job.Rows, _job.Columns) = (rows, columns);
            int width = PackJob.Slivers * GemmKernel<T>.NR;
            Workers.Run(_job, GemmBlocked.RoundUp(columns, width) / width);
        }
    }

    /// <summary>Packs a few slivers per part.</summary>
    private sealed class PackJob : WorkerJob
    {
        public const int Slivers = 4;

        public GemmFactor<T> B;
        public T* Target;
        public int Rows, Columns;

        public override void Run(int part)
        {
            int nr = GemmKernel<T>.NR, padded = GemmBlocked.RoundUp(Columns, nr), j = part * Slivers * nr;
            for (int k = 0; k < Rows; k += GemmBlocked.KC)
            {
                int depth = Math.Min(GemmBlocked.KC, Rows - k);
                T* slivers = Target + ((nint)k * padded) + ((nint)j * depth);
                GemmPack<T>.PackB(B, j, Math.Min(Slivers * nr, Columns - j), k, depth, slivers);
            }
        }
    }
}

/// <summary>Aligned, pinned memory for packed factors.</summary>
internal static unsafe class PackBuffer
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static byte[]?[]? t_buffers;

    /// <summary>One of this thread's two buffers, which grow and are kept; the elements are undefined.</summary>
    public static T* Get<T>(int index, int length)
        where T : unmanaged
    {
        byte[]?[] buffers = t_buffers ??= new byte[]?[2];
        return Grow<T>(ref buffers[index], length);
    }

    /// <summary>Ensures an array for N aligned elements, and returns the first aligned address.</summary>
    public static T* Grow<T>(ref byte[]? buffer, int length)
        where T : unmanaged
    {
        int bytes = checked((length * sizeof(T)) + Alignment);
        if (buffer is null || buffer.Length < bytes)
        {
            buffer = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
        }

        nuint address = (nuint)(void*)Marshal.UnsafeAddrOfPinnedArrayElement(buffer, 0);
        return (T*)((address + Alignment - 1) & ~(nuint)(Alignment - 1));
    }
}
