using Parquet;
using Parquet.Schema;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Photos;

namespace ShowTell.Parquet;

/// <summary>
/// Parquet with a column of photos (<c>{bytes, path}</c>, bytes or a path) and columns of captions (texts, or lists of
/// them), as Hugging Face stores datasets. The columns of one row group are in memory at a time.
/// </summary>
public static class ParquetCaptions
{
    private const long MaxGroupBytes = 2L << 30;

    private static readonly string[] s_texts = ["raw", "caption", "sentence", "text"];

    /// <summary>Registers Parquet with <see cref="CaptionFile"/>.</summary>
    public static void Register() => CaptionFile.ReadParquet = Read;

    private static IEnumerable<PhotoCaption> Read(CaptionSource source)
    {
        using var file = new ParquetPages(InputFile.Open(source.Path));
        using ParquetReaderOwner owner = new(Run(source, () => OpenAsync(file)));
        Columns columns = Run(source, () => Task.FromResult(ColumnsOf(source, owner.Reader)));
        int row = 0, groups = owner.Reader.RowGroupCount;
        for (int i = 0; i < groups; i++)
        {
            foreach (Row values in Run(source, () => ReadGroup(file, owner.Reader, i, columns)))
            {
                foreach (PhotoCaption caption in CaptionsOf(source, values, ++row))
                {
                    yield return caption;
                }
            }

            source.Progress?.Invoke((i + 1) / (double)groups);
        }
    }

    private static async Task<ParquetReader> OpenAsync(ParquetPages file)
    {
        file.CheckFooter();
        ParquetReader reader = await ParquetReader.CreateAsync(file, null, true);
        file.CheckGroups(reader);
        return reader;
    }

    private static Columns ColumnsOf(CaptionSource source, ParquetReader reader)
    {
        string[] names = [.. reader.Schema.Fields.Select(field => field.Name)];
        DataField[] fields = reader.Schema.DataFields;
        DataField[] Of(string? name, Predicate<DataField> isWanted) =>
            [.. fields.Where(field => field.Path.FirstPart == name && isWanted(field))];

        // A column of bytes first: another one may name them.
        DataField? bytes = fields.FirstOrDefault(field => IsBytes(field) && field.Path.ToList() is [_] or [_, "bytes"]);
        string? photo = source.Options.PhotoColumn;
        string[] others = [.. names.Select(name => name == bytes?.Path.FirstPart && photo is null ? "" : name)];
        string? named = CaptionNames.PhotoIn(others, photo) is int index ? names[index] : bytes?.Path.FirstPart;
        DataField[] paths = Of(named, field => IsText(field) || IsId(field));
        DataField?[] captions =
        [
            .. CaptionNames.CaptionsIn(names, source.Options.CaptionColumns).Select(caption =>
                Of(names[caption], field => IsText(field) || IsBytes(field)) is var texts && texts.Length <= 1
                    ? texts.FirstOrDefault()
                    : texts.FirstOrDefault(field => s_texts.Contains(field.Path.ToList()[^1]))),
        ];
        long largest = reader.Metadata!.RowGroups.Select(group => group.TotalByteSize).DefaultIfEmpty().Max();
        return captions.Length == 0 || captions.Contains(null) || (bytes is null && paths.Length == 0)
            ? throw source.Error(
                $"its columns are {string.Join(", ", names)}: say which are the photo's and the caption's with "
                + "--photo-column and --caption-column.")
            : largest > MaxGroupBytes
            ? throw source.Error(
                $"has row groups of {largest >> 20} MB; the maximum is {MaxGroupBytes >> 20} MB. Write it again with "
                + "smaller ones.")
            : new Columns(
                bytes,
                paths.FirstOrDefault(field => field.Path.ToList()[^1] == "path") ?? paths.FirstOrDefault(),
                captions!,
                CaptionNames.SplitIn(names) is int split ? Of(names[split], IsText).FirstOrDefault() : null);
    }

    private static bool IsBytes(DataField field) => field.ClrType == typeof(ReadOnlyMemory<byte>);

    private static bool IsText(DataField field) => field.ClrType == typeof(ReadOnlyMemory<char>);

    private static bool IsId(DataField field) => field.ClrType == typeof(int) || field.ClrType == typeof(long);

    private static async Task<List<Row>> ReadGroup(
        ParquetPages file, ParquetReader reader, int index, Columns columns)
    {
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(index);
        byte[][][]? photos = columns.Bytes is null ? null : await ReadBytes(file, group, columns.Bytes);
        string[][]? names = columns.Photo is null ? null : await ReadTexts(file, group, columns.Photo);
        string[][]? splits = columns.Split is null ? null : await ReadTexts(file, group, columns.Split);
        List<string[][]> captions = [];
        foreach (DataField caption in columns.Captions)
        {
            captions.Add(await ReadTexts(file, group, caption));
        }

        return
        [
            .. Enumerable.Range(0, (int)group.RowCount).Select(row => new Row(
                photos?[row].FirstOrDefault(),
                names?[row].FirstOrDefault(),
                [.. captions.SelectMany(column => column[row])],
                splits?[row].FirstOrDefault())),
        ];
    }

    private static async Task<string[][]> ReadTexts(
        ParquetPages file, ParquetRowGroupReader group, DataField field)
    {
        if (IsBytes(field))
        {
            return await ReadRows<ReadOnlyMemory<byte>, string>(
                file, group, field, bytes => Encoding.UTF8.GetString(bytes.Span));
        }

        if (field.ClrType == typeof(int))
        {
            return await ReadRows<int, string>(file, group, field, id => id.ToString(CultureInfo.InvariantCulture));
        }

        if (field.ClrType == typeof(long))
        {
            return await ReadRows<long, string>(file, group, field, id => id.ToString(CultureInfo.InvariantCulture));
        }

        return await ReadRows<ReadOnlyMemory<char>, string>(file, group, field, text => text.ToString());
    }

    private static Task<byte[][][]> ReadBytes(
        ParquetPages file, ParquetRowGroupReader group, DataField field) =>
        ReadRows<ReadOnlyMemory<byte>, byte[]>(file, group, field, bytes => bytes.ToArray());

    /// <summary>The values of each row that are not null. A value is there where the definition level is the highest,
    /// and begins a row where the repetition level is 0 (Dremel).</summary>
    private static async Task<TOut[][]> ReadRows<TIn, TOut>(
        ParquetPages file, ParquetRowGroupReader group, DataField field, Func<TIn, TOut> convert)
        where TIn : struct
    {
        int count = file.CheckColumn(group, field);
        var data = new TIn[count];
        int[] defined = new int[count], repeated = new int[count];
        await group.ReadRawAsync<TIn>(field, data, defined, repeated);
        var values = new List<TOut>[group.RowCount];
        int row = -1, next = 0;
        for (int i = 0; i < count; i++)
        {
            if (field.MaxRepetitionLevel == 0 || repeated[i] == 0)
            {
                values[++row] = [];
            }

            if (field.MaxDefinitionLevel == 0 || defined[i] == field.MaxDefinitionLevel)
            {
                values[row].Add(convert(data[next++]));
            }
        }

        return row == values.Length - 1
            ? [.. values.Select(list => list.ToArray())]
            : throw new InvalidDataException($"{field.Path} has {row + 1} rows instead of {values.Length}");
    }

    private static IEnumerable<PhotoCaption> CaptionsOf(CaptionSource source, Row row, int number)
    {
        if ((row.Name is null && row.Bytes is null) || row.Captions.All(string.IsNullOrWhiteSpace))
        {
            source.LeftOut.Add(
                row.Name is null && row.Bytes is null ? "rows without a photo" : "rows without a caption",
                $"row {number}");
            return [];
        }

        string name = row.Name ?? $"row-{number - 1:000000}";
        if (row.Bytes is byte[] bytes)
        {
            // Names may repeat, with the same photo or with another one.
            name = Path.GetFileName(name.Replace('\\', '/'));
            name = PhotoFiles.Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
                ? name
                : name + ExtensionOf(bytes);
            if (source.SavePhoto?.Invoke(name, bytes) == false)
            {
                name = $"{Path.GetFileNameWithoutExtension(name)}-{number - 1:000000}{Path.GetExtension(name)}";
                source.SavePhoto(name, bytes);
            }
        }

        string? split = row.Split is string given
            ? CaptionNames.SplitOf(given) ?? throw source.Error(
                $"row {number}: the split is \"{given}\"; expected train, val or test.")
            : null;
        return row.Captions.Select(text => new PhotoCaption(name, text, split));
    }

    private static string ExtensionOf(ReadOnlySpan<byte> photo)
    {
        string type = PhotoFormat.Find(photo)?.MediaType ?? "image/jpeg";
        return type == "image/jpeg" ? ".jpg" : type.Replace("image/", ".", StringComparison.Ordinal);
    }

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

    /// <summary>The columns that are read.</summary>
    /// <param name="Bytes">The photos' bytes; null if the file has only their names.</param>
    /// <param name="Photo">The photos' names; null if the file has only their bytes.</param>
    /// <param name="Captions">The captions.</param>
    /// <param name="Split">The split; null if there is none.</param>
    private sealed record Columns(DataField? Bytes, DataField? Photo, DataField[] Captions, DataField? Split);

    private sealed record Row(byte[]? Bytes, string? Name, string[] Captions, string? Split);

    /// <summary>Disposes of a reader, which can only do so asynchronously.</summary>
    private sealed class ParquetReaderOwner(ParquetReader reader) : IDisposable
    {
        public ParquetReader Reader => reader;

        public void Dispose() => reader.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
