using System.IO.Compression;
using ShowTell.Photos;

namespace ShowTell.Datasets.Import;

/// <summary>
/// A shard of WebDataset, as img2dataset writes it: a <c>.tar</c> (or <c>.tar.gz</c>) whose files of one key
/// (<c>000.jpg</c>, <c>000.txt</c>, <c>000.json</c>) follow each other. Shards are read in a stream.
/// </summary>
internal static class ShardCaptions
{
    private const long MaxTextBytes = 1 << 20;

    /// <summary>What the files of one key may take, which are in memory together.</summary>
    private const long MaxGroupBytes = 256 << 20;

    private static readonly PhotoLimits s_limits = new();
    private static readonly string[] s_texts = [".txt", ".caption", ".json"];

    public static IEnumerable<PhotoCaption> Read(CaptionSource source)
    {
        using FileStream file = InputFile.Open(source.Path);
        using Stream stream = IsGzip(file) ? Inflate(source, file) : file;
        var tar = new TarEntries(stream);
        var group = new Group();
        while (MoveNext(source, tar))
        {
            if (!tar.IsFile)
            {
                if (tar.Kind != TarEntries.Folder)
                {
                    source.LeftOut.Add("links, devices and files with holes", tar.Name);
                }

                continue;
            }

            string name = tar.Name.StartsWith("./", StringComparison.Ordinal) ? tar.Name[2..] : tar.Name;
            int dot = name.IndexOf('.', name.LastIndexOf('/') + 1);
            string key = dot < 0 ? name : name[..dot];
            if (key != group.Key)
            {
                foreach (PhotoCaption caption in group.Captions(source))
                {
                    yield return caption;
                }

                group = new Group { Key = key };
                source.Progress?.Invoke(file.Position / (double)file.Length);
            }

            Add(source, group, tar, name);
        }

        foreach (PhotoCaption caption in group.Captions(source))
        {
            yield return caption;
        }
    }

    /// <summary>Whether a gzip file contains a tar.</summary>
    public static bool IsCompressedTar(string path) => InputFile.Read(path, file =>
    {
        try
        {
            using var stream = new GZipStream(file, CompressionMode.Decompress);
            var start = new byte[512];
            return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length
                && start.AsSpan(257).StartsWith("ustar"u8);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    });

    private static bool IsGzip(FileStream file)
    {
        bool isGzip = file.ReadByte() == 0x1F;
        file.Position = 0;
        return isGzip;
    }

    /// <summary>Inflates up to a limit: photos hardly shrink, captions to a tenth, bombs to a thousandth.</summary>
    private static LimitedStream Inflate(CaptionSource source, FileStream file)
    {
        long max = (100 * file.Length) + (64L << 20);
        return new LimitedStream(new GZipStream(file, CompressionMode.Decompress), max, () => source.Error(
            $"inflates to more than {max >> 20} MB: it is no archive of photos and captions."));
    }

    private static void Add(CaptionSource source, Group group, TarEntries entry, string name)
    {
        string extension = Path.GetExtension(name).ToLowerInvariant(), stem = Path.ChangeExtension(name, null);
        if (PhotoFiles.Extensions.Contains(extension))
        {
            group.Photos[stem] = (stem + extension, ReadData(source, group, entry, s_limits.MaxFileBytes));
        }
        else if (s_texts.Contains(extension))
        {
            group.Texts[stem + extension] = ReadData(source, group, entry, MaxTextBytes) ?? [];
        }
    }

    /// <summary>The bytes of an entry; null if they are too many, which is counted.</summary>
    private static byte[]? ReadData(CaptionSource source, Group group, TarEntries entry, long max)
    {
        if (entry.Length > max)
        {
            source.LeftOut.Add($"files of more than {max >> 20} MB", entry.Name);
            return null;
        }

        group.Bytes += entry.Length;
        if (group.Bytes > MaxGroupBytes)
        {
            throw source.Error(
                $"has more than {MaxGroupBytes >> 20} MB of files of the key {group.Key}; one photo was expected.");
        }

        try
        {
            return entry.ReadData();
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw Damaged(source, error);
        }
    }

    private static bool MoveNext(CaptionSource source, TarEntries tar)
    {
        try
        {
            return tar.MoveNext();
        }
        catch (Exception error) when (error is IOException or InvalidDataException)
        {
            throw Damaged(source, error);
        }
    }

    private static DataException Damaged(CaptionSource source, Exception error) =>
        source.Error("is a damaged or truncated tar; download it again.", error);

    /// <summary>The files of one key, which ends at the first dot; photos and texts belong together if they are alike
    /// up to the last one.</summary>
    private sealed class Group
    {
        public string? Key { get; init; }

        public long Bytes { get; set; }

        public Dictionary<string, (string Name, byte[]? Data)> Photos { get; } = [];

        public Dictionary<string, byte[]> Texts { get; } = [];

        public IEnumerable<PhotoCaption> Captions(CaptionSource source)
        {
            foreach (string stem in Texts.Keys.Select(text => Path.ChangeExtension(text, null)).Distinct())
            {
                if (!Photos.ContainsKey(stem))
                {
                    source.LeftOut.Add("captions without a photo", stem);
                }
            }

            return Photos.SelectMany(photo => CaptionsOf(source, photo.Key, photo.Value.Name, photo.Value.Data));
        }

        private IEnumerable<PhotoCaption> CaptionsOf(CaptionSource source, string stem, string name, byte[]? photo)
        {
            if (photo is null)
            {
                return []; // It is counted as too large.
            }

            string? text = s_texts.Select(extension => stem + extension).FirstOrDefault(Texts.ContainsKey);
            string[] captions = text is null
                ? []
                : FolderCaptions.Parse(
                    source with { Path = $"{source.Path}: {text}" }, Texts[text], Path.GetExtension(text));
            if (captions.Length == 0)
            {
                source.LeftOut.Add("photos without a caption", name);
            }
            else if (source.SavePhoto?.Invoke(name, photo) == false)
            {
                throw source.Error($"contains {name} twice, with different photos.");
            }

            return captions.Select(caption => new PhotoCaption(name, caption));
        }
    }
}
