using System.Buffers.Binary;
using Parquet.Meta;

namespace ShowTell.Parquet;

/// <summary>What compressed pages say that they inflate to: Parquet.Net takes that memory at once.</summary>
internal static class ParquetCompression
{
    private const uint ZstdMagic = 0xFD2FB528;
    private const uint SkippableMagic = 0x184D2A50;
    private const int MaxZstdBlock = 128 << 10;

    /// <summary>The length that the content of a page claims; 0 where only the page's header does.</summary>
    /// <exception cref="InvalidDataException">The content is damaged.</exception>
    public static ulong InflatedLength(CompressionCodec codec, ReadOnlySpan<byte> content) => content.IsEmpty ? 0
        : codec switch
        {
            CompressionCodec.SNAPPY => SnappyLength(content),
            CompressionCodec.ZSTD => ZstdLength(content),
            _ => 0,
        };

    /// <summary>Snappy begins with the length, seven bits a byte.</summary>
    private static ulong SnappyLength(ReadOnlySpan<byte> content)
    {
        ulong length = 0;
        for (int i = 0; i < Math.Min(content.Length, 5); i++)
        {
            length |= (ulong)(content[i] & 0x7F) << (7 * i);
            if (content[i] < 0x80)
            {
                return length;
            }
        }

        throw Damaged();
    }

    /// <summary>The sum over Zstandard's frames (RFC 8878, section 3.1), whose blocks are walked.</summary>
    private static ulong ZstdLength(ReadOnlySpan<byte> content)
    {
        UInt128 total = 0;
        Span<byte> length = stackalloc byte[8];
        while (!content.IsEmpty)
        {
            uint magic = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref content, 4));
            if ((magic & ~15u) == SkippableMagic)
            {
                Take(ref content, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref content, 4)));
                continue;
            }

            if (magic != ZstdMagic)
            {
                throw Damaged();
            }

            int flags = Take(ref content, 1)[0], lengthFlag = flags >> 6;
            bool isSingle = (flags & 0x20) != 0;
            Take(ref content, (isSingle ? 0u : 1u) + (uint)(((flags & 3) == 3) ? 4 : flags & 3));
            length.Clear();
            uint lengthBytes = lengthFlag == 0 ? isSingle ? 1u : 0u : 1u << lengthFlag;
            Take(ref content, lengthBytes).CopyTo(length);
            ulong claimed = BinaryPrimitives.ReadUInt64LittleEndian(length) + (lengthBytes == 2 ? 256u : 0u);
            int blocks = SkipBlocks(ref content);
            Take(ref content, (flags & 4) != 0 ? 4u : 0u);
            total += lengthBytes > 0 ? claimed : (ulong)blocks * MaxZstdBlock;
        }

        return total <= ulong.MaxValue ? (ulong)total : ulong.MaxValue;
    }

    private static int SkipBlocks(ref ReadOnlySpan<byte> content)
    {
        const int RunLength = 1;
        for (int blocks = 1; ; blocks++)
        {
            ReadOnlySpan<byte> header = Take(ref content, 3);
            int value = header[0] | (header[1] << 8) | (header[2] << 16);
            Take(ref content, ((value >> 1) & 3) == RunLength ? 1 : (uint)value >> 3);
            if ((value & 1) != 0)
            {
                return blocks;
            }
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> content, uint count)
    {
        if (count > content.Length)
        {
            throw Damaged();
        }

        ReadOnlySpan<byte> part = content[..(int)count];
        content = content[(int)count..];
        return part;
    }

    private static InvalidDataException Damaged() => new("a page is damaged");
}
