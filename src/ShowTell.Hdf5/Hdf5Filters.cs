using System.IO.Compression;
using PureHDF.Filters;

namespace ShowTell.Hdf5;

/// <summary>
/// PureHDF's filters, hardened against malicious files: inflating stops at the chunk's size, and parameters are
/// validated before they reach code without bounds checks. Registered for the whole process.
/// </summary>
internal static class Hdf5Filters
{
    /// <summary>The maximum number of bytes that other filters, such as checksums, add to a chunk.</summary>
    private const int Slack = 16;

    private const int MaxShuffledBytes = 64;

    /// <summary>Registers the filters.</summary>
    public static void Register()
    {
        H5Filter.Register(new Checked(new DeflateFilter(), Inflate));
        H5Filter.Register(new Checked(new ShuffleFilter(), Unshuffle));

        // Copied: it returns a part of its input buffer, which the next chunk overwrites.
        H5Filter.Register(new Checked(new Fletcher32Filter(), (filter, info) => filter.Filter(info).ToArray()));

        // Its arithmetic is unchecked, and features do not use it.
        H5Filter.Register(new Checked(new ScaleOffsetFilter(), (_, _) => throw new InvalidDataException(
            "it is compressed by scale and offset; copy it with h5repack")));
    }

    private static Memory<byte> Inflate(IH5Filter filter, FilterInfo info)
    {
        using var source = new MemoryStream(info.Buffer.ToArray());
        using var inflater = new ZLibStream(source, CompressionMode.Decompress);
        var chunk = new byte[info.ChunkSize + Slack];
        int length = inflater.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false);
        return length >= info.ChunkSize && length < chunk.Length
            ? chunk.AsMemory(0, length)
            : throw new InvalidDataException(length < info.ChunkSize
                ? $"a chunk has {length} bytes instead of {info.ChunkSize}: the file is damaged"
                : $"a chunk of {info.ChunkSize} bytes inflates to more");
    }

    private static Memory<byte> Unshuffle(IH5Filter filter, FilterInfo info) => info.Parameters switch
    {
        // Chunks of variable-length strings are marked as not shuffled, which PureHDF ignores.
        [] => info.Buffer,
        [>= 1 and <= MaxShuffledBytes] => filter.Filter(info),
        _ => throw new InvalidDataException("its shuffle filter has invalid parameters"),
    };

    private sealed class Checked(IH5Filter inner, Func<IH5Filter, FilterInfo, Memory<byte>> read) : IH5Filter
    {
        public ushort FilterId => inner.FilterId;

        public string Name => inner.Name;

        public Memory<byte> Filter(FilterInfo info) =>
            info.Flags.HasFlag(H5FilterFlags.Decompress) ? read(inner, info) : inner.Filter(info);

        public uint[] GetParameters(uint[] chunkDimensions, uint typeSize, Dictionary<string, object>? options) =>
            inner.GetParameters(chunkDimensions, typeSize, options);
    }
}
