using PureHDF.Filters;

namespace ShowTell.Hdf5;

/// <summary>Decodes LZF, the fast compression of h5py (http://software.schmorp.de/pkg/liblzf.html).</summary>
internal sealed class LzfFilter : IH5Filter
{
    /// <summary>The filter's registered number.</summary>
    public const ushort Id = 32000;

    public ushort FilterId => Id;

    public string Name => "lzf";

    /// <summary>Decodes a chunk, to at most its size and the checksum that another filter has added.</summary>
    public Memory<byte> Filter(FilterInfo info) => info.Flags.HasFlag(H5FilterFlags.Decompress)
        ? Decode(info.Buffer.Span, info.ChunkSize)
        : throw new NotSupportedException("LZF is not written.");

    public uint[] GetParameters(uint[] chunkDimensions, uint typeSize, Dictionary<string, object>? options) => [];

    private static Memory<byte> Decode(ReadOnlySpan<byte> source, int size)
    {
        const int Checksum = sizeof(uint);
        var chunk = new byte[size + Checksum];
        int length = 0;
        for (int at = 0; at < source.Length;)
        {
            int control = source[at++], count = control >> 5;
            if (count == 0)
            {
                // Bytes as they are.
                count = control + 1;
                if (count > source.Length - at || count > chunk.Length - length)
                {
                    throw Damaged();
                }

                source.Slice(at, count).CopyTo(chunk.AsSpan(length));
                at += count;
            }
            else
            {
                // A repetition, which may reach into itself.
                bool isLong = count == 7;
                if (source.Length - at < (isLong ? 2 : 1))
                {
                    throw Damaged();
                }

                count += (isLong ? source[at++] : 0) + 2;
                int from = length - ((control & 31) << 8) - source[at++] - 1;
                if (from < 0 || count > chunk.Length - length)
                {
                    throw Damaged();
                }

                for (int i = 0; i < count; i++)
                {
                    chunk[length + i] = chunk[from + i];
                }
            }

            length += count;
        }

        return length == size || length == chunk.Length ? chunk.AsMemory(0, length) : throw Damaged();
    }

    private static InvalidDataException Damaged() => new("a chunk compressed by LZF is damaged");
}
