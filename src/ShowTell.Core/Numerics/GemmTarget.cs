namespace ShowTell.Numerics;

/// <summary>
/// Where a product goes, and what it is added to: nothing (null), the target, or one row for all rows (stride 0).
/// </summary>
internal unsafe struct GemmTarget<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Elements, Initial;
    public nint Stride, InitialStride;

    public GemmTarget(T* elements, int stride, bool accumulate)
    {
        Elements = elements;
        Stride = stride;
        Initial = accumulate ? elements : null;
        InitialStride = accumulate ? stride : 0;
    }

    public GemmTarget(T* elements, int stride, T* row)
    {
        Elements = elements;
        Stride = stride;
        Initial = row;
    }

    /// <summary>The part from a row and column on; after the first write, products are added to it.</summary>
    public readonly GemmTarget<T> At(int row, int column, bool isFirst)
    {
        var part = new GemmTarget<T>(Elements + (row * Stride) + column, (int)Stride, accumulate: true);
        if (isFirst)
        {
            part.Initial = Initial == null ? null : Initial + (row * InitialStride) + column;
            part.InitialStride = InitialStride;
        }

        return part;
    }
}
