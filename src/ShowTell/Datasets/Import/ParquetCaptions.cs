using Parquet;
using Parquet.Schema;
using Parquet.Serialization;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Parquet with a column of photos (<c>{bytes, path}</c>, bytes or a path) and columns of captions (texts, or lists of
/// them), as Hugging Face stores datasets. One row group is in memory at a time.
/// </summary>
internal static class ParquetCaptions
{
    private const long MaxGroupBytes = 2L << 30;

    public static IEnumerable<PhotoCaption> Read(CaptionSource source)
    {
        using FileStream file = InputFile.Open(source.Path);
        Columns columns = Run(source, () => ReadColumns(source, file));
        int row = 0;
        for (int group = 0; group < columns.Groups; group++)
        {
            foreach (IDictionary<string, object> values in Run(source, () => ReadGroup(file, group)))
            {
                foreach (PhotoCaption caption in columns.CaptionsOf(source, values, row++))
                {
                    yield return caption;
                }
            }

            source.Progress?.Invoke((group + 1) / (double)columns.Groups);
        }
    }

    private static async Task<IList<Dictionary<string, object>>> ReadGroup(FileStream file, int group)
    {
        file.Position = 0;
        return [.. (await ParquetSerializer.DeserializeUntypedAsync(file, null, group)).Data
            .Select(row => new Dictionary<string, object>(row))];
    }

    private static async Task<Columns> ReadColumns(CaptionSource source, FileStream file)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(file, null, leaveStreamOpen: true);
        string[] names = [.. reader.Schema.Fields.Select(field => field.Name)];
        int[] captions = CaptionNames.CaptionsIn(names, source.Options.CaptionColumns);
        string? bytes = reader.Schema.Fields.FirstOrDefault(HasBytes)?.Name;
        int? photo = CaptionNames.PhotoIn(
            [.. names.Select(name => name == bytes && source.Options.PhotoColumn is null ? "" : name)],
            source.Options.PhotoColumn);
        long largest = reader.Metadata?.RowGroups.Max(group => group.TotalByteSize) ?? 0;
        return captions.Length == 0 || (bytes is null && photo is null)
            ? throw source.Error(
                $"its columns are {string.Join(", ", names)}: say which are the photo's and the caption's with "
                + "--photo-column and --caption-column.")
            : largest > MaxGroupBytes
            ? throw source.Error(
                $"has row groups of {largest >> 20} MB; the maximum is {MaxGroupBytes >> 20} MB. Write it again with "
                + "smaller ones.")
            : new Columns(
                bytes,
                photo is int index ? names[index] : null,
                [.. captions.Select(caption => names[caption])],
                CaptionNames.SplitIn(names) is int split ? names[split] : null,
                reader.RowGroupCount);
    }

    private static bool HasBytes(Field field) => field switch
    {
        StructField photo => photo.Fields.Any(part => part.Name == "bytes"),
        DataField data => data.ClrType == typeof(byte[]) || data.ClrType == typeof(ReadOnlyMemory<byte>),
        _ => false,
    };

    /// <summary>Parquet.Net throws exceptions of any kind for damaged files.</summary>
    private static T Run<T>(CaptionSource source, Func<Task<T>> read)
    {
        try
        {
            return Task.Run(read).GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is not (DataException or OutOfMemoryException))
        {
            throw source.Error($"is a damaged or unsupported Parquet file ({error.Message})", error);
        }
    }

    /// <summary>The names of the columns.</summary>
    /// <param name="Bytes">The photos' bytes; null if the file has only their names.</param>
    /// <param name="Photo">The photos' names; null if the file has only their bytes.</param>
    /// <param name="Captions">The captions.</param>
    /// <param name="Split">The split; null if there is none.</param>
    /// <param name="Groups">The number of row groups.</param>
    private sealed record Columns(string? Bytes, string? Photo, string[] Captions, string? Split, int Groups)
    {
        public IEnumerable<PhotoCaption> CaptionsOf(CaptionSource source, IDictionary<string, object> row, int number)
        {
            object? value = Bytes is null ? null : Value(row, Bytes);
            var parts = value as IDictionary<string, object>;
            byte[]? bytes = BytesOf(parts is null ? value : Value(parts, "bytes"));
            string? name = (Photo is null ? null : TextOf(Value(row, Photo)))
                ?? (parts is null ? null : TextOf(Value(parts, "path")));
            string[] texts = [.. Captions.SelectMany(caption => TextsOf(Value(row, caption)))];
            if ((name is null && bytes is null) || texts.Length == 0)
            {
                source.LeftOut.Add(
                    texts.Length == 0 ? "rows without a caption" : "rows without a photo", $"row {number + 1}");
                return [];
            }

            if (bytes is not null)
            {
                name = $"{Path.GetFileNameWithoutExtension(name ?? "row")}-{number:000000}{ExtensionOf(bytes)}";
                source.SavePhoto?.Invoke(name, bytes);
            }

            string? split = Split is not null && TextOf(Value(row, Split)) is string given
                ? CaptionNames.SplitOf(given) ?? throw source.Error(
                    $"row {number + 1}: the split is \"{given}\"; expected train, val or test.")
                : null;
            return texts.Select(text => new PhotoCaption(name!, text, split));
        }

        // Parquet.Net leaves out nulls.
        private static object? Value(IDictionary<string, object> row, string name) =>
            row.TryGetValue(name, out object? value) ? value : null;

        private static string? TextOf(object? value) => value switch
        {
            string text => text,
            ReadOnlyMemory<char> text => text.ToString(),
            _ => null,
        };

        private static byte[]? BytesOf(object? value) => value switch
        {
            byte[] bytes => bytes,
            ReadOnlyMemory<byte> bytes => bytes.ToArray(),
            _ => null,
        };

        private static IEnumerable<string> TextsOf(object? value) =>
            TextOf(value) is string text ? [text]
            : value is System.Collections.IEnumerable list ? list.Cast<object?>().SelectMany(TextsOf)
            : [];

        private static string ExtensionOf(ReadOnlySpan<byte> photo) => photo switch
        {
            [0x89, (byte)'P', ..] => ".png",
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => ".webp",
            [(byte)'G', (byte)'I', (byte)'F', ..] => ".gif",
            [(byte)'B', (byte)'M', ..] => ".bmp",
            _ => ".jpg",
        };
    }
}
