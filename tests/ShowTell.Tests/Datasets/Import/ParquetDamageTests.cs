using Parquet.Meta;
using ShowTell.Datasets.Import;
using ShowTell.Parquet;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

/// <summary>Parquet files that claim what is not there.</summary>
public sealed class ParquetDamageTests
{
    private static readonly byte[] s_file = File.ReadAllBytes(TestData.Golden("parquet", "images.parquet"));

    static ParquetDamageTests() => ParquetCaptions.Register();

    [Fact]
    public void Snappy_says_what_it_inflates_to()
    {
        Assert.Equal(0UL, Length(CompressionCodec.SNAPPY));
        Assert.Equal(5UL, Length(CompressionCodec.SNAPPY, 5, 0x10, 1, 2, 3, 4, 5));
        Assert.Equal(300UL, Length(CompressionCodec.SNAPPY, 0xAC, 2));
        Assert.Equal((1UL << 35) - 1, Length(CompressionCodec.SNAPPY, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F));
        Refused(CompressionCodec.SNAPPY, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0);
        Refused(CompressionCodec.SNAPPY, 0x80);
        Assert.Equal(0UL, Length(CompressionCodec.GZIP, 1, 2));
    }

    [Fact]
    public void Zstandard_says_what_all_its_frames_inflate_to()
    {
        byte[] magic = [0x28, 0xB5, 0x2F, 0xFD], lastRun = [0x53, 0, 0, 7], raw = [0x19, 0, 0, 1, 2, 3];
        byte[] skipped = [0x5A, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 9, 9];

        // A run of 10 bytes, in one segment: a length of one byte; of two, which count from 256; of four and eight.
        Assert.Equal(10UL, Length(CompressionCodec.ZSTD, [.. magic, 0x20, 10, .. lastRun]));
        Assert.Equal(266UL, Length(CompressionCodec.ZSTD, [.. magic, 0x60, 10, 0, .. lastRun]));
        Assert.Equal(1UL << 31, Length(CompressionCodec.ZSTD, [.. magic, 0xA0, 0, 0, 0, 0x80, .. lastRun]));
        Assert.Equal(
            ulong.MaxValue,
            Length(CompressionCodec.ZSTD, [.. magic, 0xE0, .. Enumerable.Repeat((byte)255, 8), .. lastRun]));

        // Without a length, a window, dictionaries' ids of 1 and 4 bytes, and a checksum: 128 KB a block.
        byte[] open = [.. magic, 0x05, 0x50, 1, 0x18, 0, 0, 1, 2, 3, .. raw, 1, 2, 3, 4];
        Assert.Equal(2UL << 17, Length(CompressionCodec.ZSTD, open));
        Assert.Equal(1UL << 17, Length(CompressionCodec.ZSTD, [.. magic, 0x03, 0x50, 1, 2, 3, 4, .. raw]));
        Assert.Equal(
            10UL + (2UL << 17), Length(CompressionCodec.ZSTD, [.. skipped, .. magic, 0x20, 10, .. lastRun, .. open]));
        Refused(CompressionCodec.ZSTD, [.. open, 1]);
        Refused(CompressionCodec.ZSTD, [.. open, 1, 2, 3, 4]);
        for (int length = 1; length < open.Length; length++)
        {
            Refused(CompressionCodec.ZSTD, open[..length]);
        }
    }

    [Fact]
    public void Metadata_are_walked_to_their_end()
    {
        // A page header: type 0, lengths 3 and -2, a struct of the page with 7 values and a statistic's text.
        byte[] header = [0x15, 0, 0x15, 6, 0x15, 3, 0x2C, 0x15, 14, 0x4C, 0x18, 2, 65, 66, 0x61, 0, 0, 0];
        var thrift = new ParquetThrift(header);
        Dictionary<string, long> found = thrift.Read(nameof(PageHeader));
        Assert.Equal(
            [("1", 0L), ("2", 3L), ("3", -2L), ("5.1", 7L)],
            found.Select(pair => (pair.Key, pair.Value)).OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.Equal(header.Length, thrift.Position);
        for (int length = 0; length < header.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => new ParquetThrift(header.AsSpan(0, length)).Read("PageHeader"));
        }

        foreach (byte[] damaged in new byte[][]
        {
            [0x18, 1, 65, 0], // A number that is a text.
            [0x1C, 0, 0], // A number that is a struct.
            [0xFC, 0, 0], // An unknown struct, whose fields Parquet.Net would not skip.
            [0x15, .. Enumerable.Repeat((byte)0xFF, 11), 0], // A number without end.
            [0x05, 0xFE, 0xFF, 0xFF, 0xFF, 0x0F], // A field of a huge number, and then nothing.
            [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], // A text of 4 GB.
        })
        {
            Assert.Throws<InvalidDataException>(() => new ParquetThrift(damaged).Read("PageHeader"));
        }

        // Numbers of all kinds: bytes, truths, 16 bits, and doubles, which are not kept.
        Assert.Empty(new ParquetThrift([0x13, 5, 0x11, 0]).Read("Int"));
        Assert.Empty(new ParquetThrift([0x13, 5, 0x12, 0]).Read("Int"));
        Assert.Equal(1, new ParquetThrift([0x74, 2, 0]).Read("RowGroup")["7"]);
        Assert.Empty(new ParquetThrift([0x17, 1, 2, 3, 4, 5, 6, 7, 8, 0]).Read("Box"));
        Assert.Empty(new ParquetThrift([0x19, 0x18, 1, 65, 0x18, 0, 0]).Read("ColumnKey"));
        Assert.Empty(new ParquetThrift([0x1A, 0x18, 1, 65, 0]).Read("ColumnKey"));
        Assert.Equal(1, new ParquetThrift([0x95, 2, 0]).Read("Int")["9"]);
        foreach ((byte[] damaged, string name) in new (byte[], string)[]
        {
            ([0x15, 5, 0], "Int"), ([0x23, 1, 0], "Int"), ([0x75, 2, 0], "RowGroup"), ([0x15, 1, 0], "Box"),
            ([0x17, 1, 2, 3], "Box"), ([0x15, 5, 0], "ColumnKey"), ([0x99, 0x15, 2, 0], "Int"), ([0x90, 2, 0], "Int"),
        })
        {
            Assert.Throws<InvalidDataException>(() => new ParquetThrift(damaged).Read(name));
        }

        // A list of schema elements of 4 billion.
        Assert.Throws<InvalidDataException>(() =>
            new ParquetThrift([0x29, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0]).Read("FileMetaData"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(11)]
    [InlineData(200)]
    public void Files_cut_short_are_refused(int length)
    {
        byte[] cut = length == 0 ? "PAR1"u8.ToArray() : [.. s_file[..length], .. s_file[^8..]];
        Assert.Contains("Parquet file (it", Refusal(cut), StringComparison.Ordinal);
    }

    /// <summary>Every byte of a file set to its extremes, without a hang or much memory.</summary>
    [Fact]
    public void Files_with_any_byte_changed_are_read_or_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("a.parquet");
        int refused = 0;
        long before = GC.GetTotalAllocatedBytes();
        for (int at = 4; at < s_file.Length; at++)
        {
            byte[] changed = [.. s_file];
            changed[at] = (byte)(at % 2 == 0 ? 0xFF : changed[at] ^ 0x55);
            File.WriteAllBytes(path, changed);
            try
            {
                _ = CaptionFile.Read(path).Count();
            }
            catch (DataException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, s_file.Length / 4, s_file.Length);
        Assert.InRange((GC.GetTotalAllocatedBytes() - before) / s_file.Length, 0, 16 << 20);
    }

    private static ulong Length(CompressionCodec codec, params byte[] content) =>
        ParquetCompression.InflatedLength(codec, content);

    private static void Refused(CompressionCodec codec, params byte[] content) =>
        Assert.Throws<InvalidDataException>(() => Length(codec, content));

    private static string Refusal(byte[] file)
    {
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllBytes(folder.File("a.parquet"), file);
        return Assert.Throws<DataException>(() => CaptionFile.Read(folder.File("a.parquet")).Count()).Message;
    }
}
