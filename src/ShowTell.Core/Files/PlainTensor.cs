using Microsoft.Win32.SafeHandles;

namespace ShowTell.Files;

/// <summary>A tensor with contiguous elements in a file.</summary>
/// <param name="File">The file.</param>
/// <param name="Handle">Its handle, which stays open.</param>
/// <param name="Info">The name, shape and type.</param>
/// <param name="Offset">The position of the first element.</param>
/// <param name="IsBigEndian">Whether an element's first byte is its most significant one.</param>
/// <param name="Checksums">The CRC-32C of each row, or of all elements; null to check nothing.</param>
internal sealed record PlainTensor(
    ITensorFile File,
    SafeFileHandle Handle,
    TensorInfo Info,
    long Offset,
    bool IsBigEndian = false,
    uint[]? Checksums = null)
{
    private const long MaxWholeBytes = 1L << 30;

    /// <inheritdoc cref="ITensorFile.ReadInt32"/>
    public int[] ReadInt32()
    {
        TensorFiles.RequireNumbers(File, Info);
        byte[] bytes = ReadWhole();
        var elements = new int[(int)Info.ElementCount];
        return ElementConversion.ToInt32(bytes, Info.ElementType, IsBigEndian, elements) is string problem
            ? throw new DataException($"{File.Path}: {Info}: {problem}.")
            : elements;
    }

    /// <inheritdoc cref="ITensorFile.ReadSingle"/>
    public float[] ReadSingle()
    {
        TensorFiles.RequireNumbers(File, Info);
        byte[] bytes = ReadWhole();
        var elements = new float[(int)Info.ElementCount];
        ElementConversion.ToSingle(bytes, Info.ElementType, IsBigEndian, elements);
        return elements;
    }

    /// <inheritdoc cref="ITensorFile.OpenRows"/>
    public IRowReader OpenRows()
    {
        TensorFiles.RequireNumbers(File, Info);
        TensorFiles.RequireRank(File, Info, 2, 3);
        return Info.ElementType is "float32" or "float16" && BitConverter.IsLittleEndian && !IsBigEndian
            ? new PlainRows(this)
            : new MemoryRows(Info, ReadSingle());
    }

    private byte[] ReadWhole()
    {
        System.Numerics.BigInteger length = Info.ElementCount * ElementConversion.SizeOf(Info.ElementType);
        if (length > MaxWholeBytes)
        {
            throw new DataException(
                $"{File.Path}: {Info}: is too large to be read as a whole; the limit is {MaxWholeBytes} bytes.");
        }

        var bytes = new byte[(int)length];
        TensorFiles.ReadBytes(File.Path, Handle, Offset, bytes);
        for (int i = 0; i < Checksums?.Length; i++)
        {
            int rowBytes = bytes.Length / Checksums.Length;
            if (Crc32C.Of(bytes.AsSpan(i * rowBytes, rowBytes)) != Checksums[i])
            {
                throw new DataException(
                    $"{File.Path}: {Info}: does not match its checksum: the file is damaged. Create it again.");
            }
        }

        return bytes;
    }
}
