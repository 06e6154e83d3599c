using System.IO.Compression;
using PureHDF.Filters;
using PureHDF.VOL.Native;

namespace ShowTell.Hdf5;

/// <summary>
/// PureHDF's filters, hardened against malicious files: inflating stops at the chunk's size, and parameters are
/// validated before they reach code without bounds checks. Registered for the whole process.
/// </summary>
internal static class Hdf5Filters
{
    /// <summary>The maximum number of bytes that other filters, such as checksums, add to a chunk.</summary>
    private const int Slack = 16;

    private const ushort Deflate = 1, Shuffle = 2, Fletcher32 = 3;

    private const int MaxShuffledBytes = 64;

    // Registered filters of https://github.com/HDFGroup/hdf5_plugins that are not supported.
    private static readonly Dictionary<int, string> s_unsupported = new()
    {
        [4] = "szip", [5] = "n-bit", [6] = "scale-offset", [305] = "LZO", [307] = "bzip2", [32001] = "Blosc",
        [32004] = "LZ4", [32008] = "bitshuffle", [32013] = "ZFP", [32015] = "Zstandard", [32026] = "Blosc2",
    };

    /// <summary>Registers the filters.</summary>
    public static void Register()
    {
        H5Filter.Register(new Checked(new DeflateFilter(), Inflate));
        H5Filter.Register(new Checked(new ShuffleFilter(), Unshuffle));

        // Copied: it returns a part of its input buffer, which the next chunk overwrites.
        H5Filter.Register(new Checked(new Fletcher32Filter(), (filter, info) => filter.Filter(info).ToArray()));

        H5Filter.Register(new LzfFilter());
    }

    /// <summary>Why a dataset's chunks cannot be decoded; null if they can.</summary>
    public static string? Problem(NativeDataset dataset)
    {
        object? pipeline = StoredType.Internal(dataset, "InternalFilterPipeline");
        object? filters = pipeline is null ? null : StoredType.Internal(pipeline, "FilterDescriptions");
        foreach (object filter in (Array?)filters ?? Array.Empty<object>())
        {
            ushort id = (ushort)StoredType.Internal(filter, "Identifier")!;
            if (id is not (Deflate or Shuffle or Fletcher32 or LzfFilter.Id))
            {
                string name = s_unsupported.GetValueOrDefault(id, "an unknown filter");
                return $"is compressed by {name} (filter {id}), which is not supported. Write it with gzip: "
                    + "h5repack -f GZIP=4 IN.h5 OUT.h5";
            }
        }

        return null;
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

    private static Memory<byte> Unshuffle(IH5Filter filter, FilterInfo info)
    {
        // Chunks of variable-length strings are marked as not shuffled, which PureHDF ignores.
        uint[] sizes = info.Parameters;
        return sizes.Length == 0 ? info.Buffer
            : sizes.Length == 1 && sizes[0] - 1 < MaxShuffledBytes ? filter.Filter(info)
            : throw new InvalidDataException("its shuffle filter has invalid parameters");
    }

    private sealed class Checked(IH5Filter inner, Func<IH5Filter, FilterInfo, Memory<byte>> read) : IH5Filter
    {
        public ushort FilterId => inner.FilterId;

        public string Name => inner.Name;

        // Files are only read with it.
        public Memory<byte> Filter(FilterInfo info) => read(inner, info);

        public uint[] GetParameters(uint[] chunkDimensions, uint typeSize, Dictionary<string, object>? options) =>
            inner.GetParameters(chunkDimensions, typeSize, options);
    }
}
