using PureHDF.Filters;

namespace ShowTell.Hdf5;

/// <summary>Decodes LZF, the fast compression of h5py (http://software.schmorp.de/pkg/liblzf.html).</summary>
internal sealed class LzfFilter : IH5Filter
{
    /// <summary>The filter's registered number.</summary>
    public const ushort Id = 32000;

    public ushort FilterId => Id;

    public string Name => "lzf";

    /// <summary>
    /// Decodes a chunk. One that would not have become shorter is stored as it is, which PureHDF does not tell.
    /// </summary>
    public Memory<byte> Filter(FilterInfo info)
    {
        // Another filter may have added a checksum.
        var chunk = new byte[info.ChunkSize + sizeof(uint)];
        int length = Decode(info.Buffer.Span, chunk);
        return length == info.ChunkSize || length == chunk.Length ? chunk.AsMemory(0, length)
            : info.Buffer.Length == info.ChunkSize || info.Buffer.Length == chunk.Length ? info.Buffer.ToArray()
            : throw new InvalidDataException("a chunk compressed by LZF is damaged");
    }

    public uint[] GetParameters(uint[] chunkDimensions, uint typeSize, Dictionary<string, object>? options) => [];

    /// <summary>Decodes bytes.</summary>
    /// <returns>The number of bytes decoded; -1 if they are not LZF's, or too many.</returns>
    internal static int Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        int length = 0;
        for (int at = 0; at < source.Length;)
        {
            int control = source[at++], count = control >> 5;
            if (count == 0)
            {
                // Bytes as they are.
                count = control + 1;
                if (count > source.Length - at || count > target.Length - length)
                {
                    return -1;
                }

                source.Slice(at, count).CopyTo(target[length..]);
                at += count;
            }
            else
            {
                // A repetition, which may reach into itself.
                bool isLong = count == 7;
                if (source.Length - at < (isLong ? 2 : 1))
                {
                    return -1;
                }

                count += (isLong ? source[at++] : 0) + 2;
                int from = length - ((control & 31) << 8) - source[at++] - 1;
                if (from < 0 || count > target.Length - length)
                {
                    return -1;
                }

                for (int i = 0; i < count; i++)
                {
                    target[length + i] = target[from + i];
                }
            }

            length += count;
        }

        return length;
    }
}
