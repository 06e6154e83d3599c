using System.Buffers;
using System.Buffers.Binary;
using Parquet;
using Parquet.Meta;
using Parquet.Schema;

namespace ShowTell.Parquet;

/// <summary>
/// A Parquet file whose metadata and pages have been checked before Parquet.Net reads them, and which it cannot read
/// beyond: it takes memory for what a page claims, and does not notice the end of a file.
/// </summary>
/// <param name="file">The file, which is disposed of with this.</param>
internal sealed class ParquetPages(FileStream file) : Stream
{
    private const int MaxFooterBytes = 64 << 20;
    private const int MaxHeaderBytes = 1 << 20;
    private const int MaxSchemaElements = 1000;
    private const int MaxRowGroups = 100_000;

    // What pages and row groups may claim, beside a multiple of what is there.
    private const long FreeBytes = 64 << 20;
    private const long FreeValues = 1 << 20;
    private const int MaxInflation = 100;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    private long _end = file.Length;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => file.Length;

    /// <inheritdoc/>
    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    /// <summary>Checks the metadata at the end of the file.</summary>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public void CheckFooter()
    {
        Span<byte> tail = stackalloc byte[8];
        if (file.Length < Magic.Length + tail.Length)
        {
            throw new InvalidDataException("it is truncated");
        }

        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (!tail[4..].SequenceEqual(Magic) || length > Math.Min(MaxFooterBytes, file.Length - 12))
        {
            throw new InvalidDataException("it is truncated");
        }

        var footer = new byte[length];
        file.Position = file.Length - 8 - length;
        file.ReadExactly(footer);
        new ParquetThrift(footer).Read(nameof(FileMetaData));
    }

    /// <summary>Checks the number of columns and row groups, and the rows of each group.</summary>
    /// <exception cref="InvalidDataException">They are too many.</exception>
    public void CheckGroups(ParquetReader reader)
    {
        List<RowGroup> groups = reader.Metadata!.RowGroups;
        ulong most = groups.Select(group => (ulong)group.NumRows).DefaultIfEmpty().Max();
        if (reader.Metadata.Schema.Count > MaxSchemaElements || groups.Count > MaxRowGroups
            || most > MaxValues)
        {
            throw new InvalidDataException($"it claims {groups.Count} row groups of up to {most} rows");
        }
    }

    /// <summary>Checks the pages of a column of a row group, and limits what is read to them.</summary>
    /// <returns>The number of its values.</returns>
    /// <exception cref="InvalidDataException">They are damaged.</exception>
    public int CheckColumn(ParquetRowGroupReader group, DataField field)
    {
        ColumnMetaData column = group.GetMetadata(field)?.MetaData
            ?? throw new InvalidDataException($"{field.Path} has no metadata");
        if ((ulong)column.NumValues > MaxValues)
        {
            throw new InvalidDataException($"{field.Path} claims {column.NumValues} values");
        }

        // Where Parquet.Net begins.
        long?[] offsets = [column.DictionaryPageOffset, column.DataPageOffset, column.IndexPageOffset];
        long position = offsets.Where(offset => offset is not (null or 0)).Min() ?? 0, values = 0;
        (long stored, long claimed) = (0, 0);
        while (values < column.NumValues)
        {
            (Dictionary<string, long> page, int header) = ReadPageHeader(position);
            long compressed = page.GetValueOrDefault("3"), inflated = page.GetValueOrDefault("2");
            long levels = page.GetValueOrDefault("8.5") + page.GetValueOrDefault("8.6");
            values += page.GetValueOrDefault("5.1") + page.GetValueOrDefault("8.1");
            if (page.Values.Any(number => number < 0) || compressed > file.Length - position - header
                || levels > compressed || page.GetValueOrDefault("7.1") > inflated || values > column.NumValues)
            {
                throw new InvalidDataException($"a page of {field.Path} is damaged");
            }

            ulong length = ContentLength(column.Codec, position + header + levels, (int)(compressed - levels));
            position += header + compressed;
            stored += compressed;
            claimed += (long)Math.Min(Math.Max((ulong)inflated, length), long.MaxValue / 4);
            if (claimed > FreeBytes + (MaxInflation * stored))
            {
                throw new InvalidDataException($"the pages of {field.Path} claim to inflate to {claimed >> 20} MB");
            }
        }

        _end = position;
        return (int)column.NumValues;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        long rest = _end - file.Position;
        int read = rest <= 0 || buffer.IsEmpty ? 0 : file.Read(buffer[..(int)Math.Min(rest, buffer.Length)]);
        return read > 0 || buffer.IsEmpty ? read : throw new EndOfStreamException("it is truncated");
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        file.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A row takes at least some bits of a file, if only once in a while.</summary>
    private ulong MaxValues => FreeValues + (4 * (ulong)file.Length);

    /// <summary>What the content of a page claims to inflate to.</summary>
    private ulong ContentLength(CompressionCodec codec, long position, int length)
    {
        if (codec is not (CompressionCodec.SNAPPY or CompressionCodec.ZSTD))
        {
            return 0;
        }

        byte[] content = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            file.Position = position;
            file.ReadExactly(content, 0, length);
            return ParquetCompression.InflatedLength(codec, content.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    private (Dictionary<string, long> Page, int Bytes) ReadPageHeader(long position)
    {
        var bytes = new byte[(int)Math.Clamp(file.Length - position, 0, MaxHeaderBytes)];
        file.Position = Math.Max(position, 0);
        file.ReadExactly(bytes);
        var thrift = new ParquetThrift(bytes);
        return (thrift.Read(nameof(PageHeader)), thrift.Position);
    }
}
