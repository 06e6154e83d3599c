namespace ShowTell.Numerics;

/// <summary>
/// A factor of a product. Element (i, k) is at i * RowStep + k * ColumnStep, or in the order of
/// <see cref="PackedMatrix{T}"/> if packed.
/// </summary>
internal unsafe struct GemmFactor<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T* Elements;
    public nint RowStep, ColumnStep;
    public bool IsPacked;

    public GemmFactor(T* elements, int stride, bool transposed)
    {
        Elements = elements;
        RowStep = transposed ? 1 : stride;
        ColumnStep = transposed ? stride : 1;
    }
}
