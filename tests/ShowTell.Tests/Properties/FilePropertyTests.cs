using System.Formats.Tar;
using System.IO.Compression;
using CsCheck;
using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Files;
using ShowTell.Fuzz;
using ShowTell.Hdf5;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Properties;

/// <summary>What is written to files of every format is read from them.</summary>
public sealed class FilePropertyTests
{
    private static readonly Gen<(int Rows, int Columns, float[] Values, string[] Names)> s_tensors =
        from rows in Gen.Int[1, 6]
        from columns in Gen.Int[1, 6]
        from values in Property.Float.Array[rows * columns]
        from names in Property.Text.Array[rows]
        select (rows, columns, values, names);

    static FilePropertyTests() => Hdf5Format.Register();

    [Theory]
    [InlineData(".safetensors", 1)]
    [InlineData(".npy", 1)]
    [InlineData(".h5", 0.05)] // A process for each file.
    public void Tensors_are_read_as_they_were_written(string extension, double share)
    {
        using TemporaryFolder folder = TestData.Temporary();
        int number = 0;
        Property.Check(s_tensors, tensors =>
        {
            string path = folder.File($"{number++}{extension}");
            var content = new TensorFileContent();
            content.Add("features", [tensors.Rows, tensors.Columns], tensors.Values);
            content.Add("missing", [2], new[] { int.MinValue, int.MaxValue });
            content.AddStrings("names", tensors.Names);
            TensorFormats.Write(path, content);
            using (ITensorFile file = TensorFormats.Open(path))
            {
                Assert.Equal(tensors.Values, file.ReadSingle("features"));
                Assert.Equal([tensors.Rows, tensors.Columns], file.Find("features")!.Shape);
                Assert.Equal([int.MinValue, int.MaxValue], file.ReadInt32("missing"));
                Assert.Equal(tensors.Names, file.ReadStrings("names"));
                using IRowReader rows = file.OpenRows("features");
                var row = new Matrix<float>(1, tensors.Columns);
                rows.Read(tensors.Rows - 1, row);
                Assert.Equal(tensors.Values[^tensors.Columns..], row.Span.ToArray());
            }

            File.Delete(path);
        }, share);
    }

    [Fact]
    public void Models_are_read_as_they_were_written()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("m.safetensors"), again = folder.File("n.safetensors");
        ModelBundle small = SmallModel.Bundle();
        Property.Check(
            from words in Property.Text.Array[1, 5]
            from seed in Gen.ULong
            from architecture in Gen.Enum<ShowTell.Models.Architecture>()
            select (words, seed, architecture),
            values =>
            {
                string[] words = [.. values.words.Select(word => word.Replace(" ", "", StringComparison.Ordinal))
                    .Where(word => word.Length > 0 && !word.Any(char.IsWhiteSpace) && !Vocabulary.IsMarker(word))
                    .Distinct()];
                var vocabulary = new Vocabulary(
                    [Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, .. words]);
                var options = new CaptioningOptions
                {
                    FeatureSize = 2, WordVectorSize = 4, HiddenSize = 4, Heads = 2,
                    VocabularySize = vocabulary.Count, Architecture = values.architecture,
                };
                ModelBundle bundle = small with
                {
                    Model = new CaptioningModel<float>(options, new SeededRandom(values.seed)),
                    Vocabulary = vocabulary,
                    Training = small.Training with { Seed = values.seed },
                };
                bundle.Save(path);
                ModelBundle read = ModelBundle.Load(path);
                Assert.Equal(vocabulary.Tokens, read.Vocabulary.Tokens);
                Assert.Equal(bundle.Training, read.Training);
                read.Save(again);
                Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(again));
            });
    }

    [Fact]
    public void Vocabularies_are_read_as_they_were_written()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Property.Check(Property.Word.Array[0, 12], words =>
        {
            var vocabulary = new Vocabulary(
                [Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, .. words.Distinct()]);
            VocabularyFile.Save(vocabulary, folder.File("v.json"));
            Assert.Equal(vocabulary.Tokens, VocabularyFile.Load(folder.File("v.json")).Tokens);
        });
    }

    [Fact]
    public void Entries_of_tars_are_read_as_they_were_written()
    {
        Gen<(string Name, byte[] Data)> entry = Gen.Select(
            Property.Word.Array[1, 30].Select(words => string.Join('/', words)), Gen.Byte.Array[0, 1500]);
        Property.Check(
            Gen.Select(Property.OneOf(TarEntryFormat.Pax, TarEntryFormat.Gnu), Gen.Bool, entry.Array[0, 4]),
            (format, isPacked, entries) =>
            {
                using var bytes = new MemoryStream();
                using (var tar = new TarWriter(bytes, format, leaveOpen: true))
                {
                    foreach ((string name, byte[] data) in entries)
                    {
                        TarEntry one = format == TarEntryFormat.Pax
                            ? new PaxTarEntry(TarEntryType.RegularFile, name)
                            : new GnuTarEntry(TarEntryType.RegularFile, name);
                        one.DataStream = new MemoryStream(data);
                        tar.WriteEntry(one);
                    }
                }

                using Stream stream = isPacked
                    ? new GZipStream(new MemoryStream(FuzzSeeds.Gzip(bytes.ToArray())), CompressionMode.Decompress)
                    : new MemoryStream(bytes.ToArray());
                var read = new TarEntries(stream);
                foreach ((int i, (string name, byte[] data)) in entries.Index())
                {
                    Assert.True(read.MoveNext() && read.IsFile);
                    Assert.Equal(name, read.Name);
                    Assert.Equal(data.Length, read.Length);
                    if (i % 2 == 0)
                    {
                        Assert.Equal(data, read.ReadData()); // Others are skipped.
                    }
                }

                Assert.False(read.MoveNext());
            });
    }

    /// <summary>Of the literals and repetitions of LZF's format.</summary>
    [Fact]
    public void LZF_gives_back_what_was_packed() => Property.Check(
        Gen.OneOf(Gen.Byte.Array[1, 300], Gen.Byte[0, 1].Array[1, 300]), bytes =>
        {
            byte[] packed = PackLzf(bytes), unpacked = new byte[bytes.Length];
            Assert.Equal(bytes.Length, LzfFilter.Decode(packed, unpacked));
            Assert.Equal(bytes, unpacked);
            Assert.Equal(-1, LzfFilter.Decode(packed, new byte[bytes.Length - 1]));
        });

    [Fact]
    public void A_checksum_does_not_depend_on_where_its_bytes_are_split() => Property.Check(
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Double[0, 1]), (bytes, share) =>
        {
            int at = (int)(share * bytes.Length);
            uint parts = Crc32C.Continue(Crc32C.Continue(~0u, bytes.AsSpan(0, at)), bytes.AsSpan(at));
            Assert.Equal(Crc32C.Of(bytes), ~parts);
            if (bytes.Length > 0)
            {
                bytes[at % bytes.Length] ^= 1;
                Assert.NotEqual(~parts, Crc32C.Of(bytes));
            }
        });

    private static byte[] PackLzf(byte[] bytes)
    {
        List<byte> packed = [];
        for (int at = 0; at < bytes.Length;)
        {
            int run = 0;
            while (at > 0 && at + run < bytes.Length && run < 264 && bytes[at + run] == bytes[at - 1 + run])
            {
                run++;
            }

            if (run >= 3)
            {
                packed.AddRange(run < 9 ? [(byte)((run - 2) << 5), 0] : [7 << 5, (byte)(run - 9), 0]);
                at += run;
            }
            else
            {
                packed.AddRange([0, bytes[at++]]);
            }
        }

        return [.. packed];
    }
}
