using System.Text.Json;
using CsCheck;
using Parquet.Serialization;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using ShowTell.Parquet;
using Xunit;

namespace ShowTell.Tests.Properties;

/// <summary>Captions come out of every format as they went in, in any order; scores do not depend on orders.</summary>
public sealed class CaptionPropertyTests
{
    private static readonly Gen<(string Photo, string[] Captions)[]> s_captioned =
        Property.Captioned(Property.Text.Select(text => text.Trim()));

    static CaptionPropertyTests() => ParquetCaptions.Register();

    [Fact]
    public void Every_JSON_kind_gives_the_captions() => Property.Check(
        Gen.Select(s_captioned, Gen.Int[0, 4]), (photos, kind) => AssertRead(photos, "c.json", kind switch
        {
            0 => JsonSerializer.Serialize(new
            {
                images = photos.Select((photo, id) => new { id, file_name = photo.Photo }),
                annotations = photos.SelectMany((photo, id) => photo.Captions.Select(
                    caption => new { image_id = id, caption })),
            }),
            1 => JsonSerializer.Serialize(new
            {
                images = photos.Select(photo => new
                {
                    filename = photo.Photo, split = "train", sentences = photo.Captions.Select(raw => new { raw }),
                }),
            }),
            2 => JsonSerializer.Serialize(photos.Select(
                photo => new { image = photo.Photo, captions = photo.Captions })),
            3 => JsonSerializer.Serialize(photos.ToDictionary(photo => photo.Photo, photo => photo.Captions)),
            _ => string.Join('\n', photos.SelectMany(photo => photo.Captions.Select(
                caption => JsonSerializer.Serialize(new { image = photo.Photo, caption })))),
        }));

    [Fact]
    public void CSV_gives_the_captions_whatever_is_quoted() => Property.Check(
        Gen.Select(s_captioned, Property.OneOf(',', ';', '\t', '|'), Gen.Bool, Gen.Bool, Gen.Bool),
        (photos, separator, quotesAll, isWindows, hasMark) =>
        {
            // "NaN" and the like are missing values where they are not quoted, and by pandas' rule where they are.
            (string Photo, string[] Captions)[] named =
                [.. photos.Select(photo => (photo.Photo, photo.Captions.Select(text => text + " x").ToArray()))];
            string end = isWindows ? "\r\n" : "\n";
            string Field(string text) => quotesAll || text.AsSpan().IndexOfAny("\",;|\t") >= 0
                ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
                : text;
            AssertRead(
                named, "c.csv",
                (hasMark ? "\uFEFF" : "") + $"{Field("image")}{separator}{Field("caption")}{end}"
                + string.Concat(named.SelectMany(photo => photo.Captions.Select(
                    caption => $"{Field(photo.Photo)}{separator}{Field(caption)}{end}"))));
        });

    [Fact]
    public void Token_files_give_the_captions() => Property.Check(
        Property.Captioned(Property.Caption), photos => AssertRead(
            photos, "c.token", string.Concat(photos.SelectMany(photo => photo.Captions.Select(
                (caption, i) => $"{photo.Photo}#{i}\t{caption}\n")))));

    [Fact]
    public void Parquet_gives_the_captions()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Property.Check(s_captioned, photos =>
        {
            ParquetRow[] rows = [.. photos.SelectMany(photo => photo.Captions.Select(
                caption => new ParquetRow { image = photo.Photo, caption = caption }))];
            string path = folder.File("c.parquet");
            using (FileStream file = File.Create(path))
            {
                ParquetSerializer.SerializeAsync(rows, file).GetAwaiter().GetResult();
            }

            AssertEqual(photos, path);
        });
    }

    [Fact]
    public void An_import_does_not_depend_on_the_order_of_lines()
    {
        using TemporaryFolder folder = TestData.Temporary();
        int number = 0;
        Property.Check(
            Gen.Select(Property.Captioned(Property.Caption.Array[1].Select(one => one[0])), Gen.ULong),
            (photos, seed) =>
            {
                string root = Directory.CreateDirectory(folder.File($"{number++}")).FullName;
                foreach ((string photo, _) in photos)
                {
                    File.WriteAllBytes(Path.Combine(root, photo), [0]);
                }

                string[] lines =
                    [.. photos.SelectMany(photo => photo.Captions.Distinct().Select(text => $"{photo.Photo},{text}"))];
                string[][] datasets = [.. new[] { lines, Shuffled(lines, seed) }.Select((some, i) =>
                {
                    string captions = Path.Combine(root, $"{i}.csv"), dataset = Path.Combine(root, $"d{i}");
                    File.WriteAllText(captions, "image,caption\n" + string.Join('\n', some));
                    DatasetImport.Run(new ImportOptions { Captions = [captions], MinimumCount = 1 }, dataset);
                    return (string[])
                    [
                        .. DatasetManifest.LoadPhotos(dataset)
                            .Select(line => $"{line.Photo} {line.Split} {string.Join(';', line.Captions.Order())}"),
                        .. DatasetManifest.Load(dataset).Vocabulary.Order(StringComparer.Ordinal),
                    ];
                })];
                Assert.Equal(datasets[0], datasets[1]);
                Directory.Delete(root, recursive: true);
            }, share: 0.5);
    }

    [Fact]
    public void Scores_do_not_depend_on_the_order_of_references_or_images() => Property.Check(
        Gen.Select(
            Property.OneOf("a", "dog", "cat", "runs", "sits", "the", "on", "grass").Array[1, 8]
                .Select(words => string.Join(' ', words)).Array[2, 4].Array[2, 5],
            Gen.ULong),
        (images, seed) =>
        {
            (string Image, string Caption)[] candidates = [.. images.Select((image, i) => ($"{i}", image[0]))];
            (string Image, string Caption)[] references =
                [.. images.SelectMany((image, i) => image[1..].Select(caption => ($"{i}", caption)))];
            CaptionScores one = Score(candidates, references);
            CaptionScores other = Score(Shuffled(candidates, seed), Shuffled(references, seed + 1));
            foreach ((CaptionScore first, CaptionScore second) in one.Scores.Zip(other.Scores))
            {
                if (first.Name == "METEOR")
                {
                    continue; // Like the original, it counts the first of references that score the same.
                }

                Assert.Equal(first.Name, second.Name);
                Assert.True(Math.Abs(first.Value - second.Value) < 1e-9, $"{first} {second}");
            }
        });

    [Fact]
    public void Document_frequencies_are_read_as_they_were_written()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Property.Check(Property.Caption.Array[1, 3].Array[1, 6], images =>
        {
            DocumentFrequencies frequencies = DocumentFrequencies.Of(new CaptionSet(
                "made", images.SelectMany((image, i) => image.Select(caption => ($"{i}", caption)))));
            string path = folder.File("df.json"), again = folder.File("again.json");
            ScoringFiles.WriteFrequencies(path, frequencies);
            DocumentFrequencies read = ScoringFiles.ReadFrequencies(path);
            Assert.Equal((frequencies.Images, frequencies.Count), (read.Images, read.Count));
            ScoringFiles.WriteFrequencies(again, read);
            Assert.Equal(
                JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(path)).GetProperty("counts").EnumerateObject()
                    .Select(entry => $"{entry}").Order(),
                JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(again)).GetProperty("counts").EnumerateObject()
                    .Select(entry => $"{entry}").Order());
        });
    }

    /// <summary>Of captions without abbreviations and brackets, which the tokenizer writes otherwise.</summary>
    [Fact]
    public void Tokens_of_tokens_are_the_tokens() => Property.Check(
        Gen.OneOf(Property.Caption, Gen.Char["abcde ,!?"].Array[0, 40].Select(text => new string(text))),
        caption =>
        {
            string[] tokens = [.. CaptionTokenizer.Tokenize(caption)];
            Assert.Equal(tokens, CaptionTokenizer.Tokenize(string.Join(' ', tokens)));
        });

    private static CaptionScores Score(
        (string Image, string Caption)[] candidates, (string Image, string Caption)[] references) =>
        new CaptionScorer().Score(new CaptionSet("candidates", candidates), new CaptionSet("references", references));

    private static T[] Shuffled<T>(T[] items, ulong seed)
    {
        T[] copy = [.. items];
        new Random(unchecked((int)seed)).Shuffle(copy);
        return copy;
    }

    private static void AssertRead((string Photo, string[] Captions)[] photos, string name, string content)
    {
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File(name), content);
        AssertEqual(photos, folder.File(name));
    }

    private static void AssertEqual((string Photo, string[] Captions)[] photos, string path) => Assert.Equal(
        photos.SelectMany(photo => photo.Captions.Select(caption => (photo.Photo, caption))).Order(),
        CaptionFile.Read(path).Select(caption => (caption.Photo, caption.Text)).Order());

    private sealed class ParquetRow
    {
        public string? image { get; set; }

        public string? caption { get; set; }
    }
}
