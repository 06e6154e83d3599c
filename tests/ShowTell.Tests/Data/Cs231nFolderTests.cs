using System.Text.Json;
using ShowTell.Data;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Data;

public sealed class Cs231nFolderTests
{
    private static readonly string[] Words =
        [Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, "a", "dog", "naïve", "\"quoted\""];

    [Fact]
    public void What_is_saved_loads_again()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        foreach (bool pca in new[] { true, false })
        {
            string place = folder.File(pca ? "new/pca" : "new/full");
            Cs231nFolder.Save(saved, place, pca);
            Assert.Empty(Directory.GetDirectories(place));
            Assert.Equal(pca, File.Exists(Path.Combine(place, "val2014_vgg16_fc7_pca.h5")));
            using CaptionDataset loaded = Cs231nFolder.Load(place);
            Assert.Equal(place, loaded.Origin);
            Assert.Equal(saved.Vocabulary.Tokens, loaded.Vocabulary.Tokens);
            AssertSame(saved.Train, loaded.Train);
            AssertSame(saved.Validation, loaded.Validation);
            Assert.Empty(loaded.Validation.Urls);
        }
    }

    [Fact]
    public void Places_of_a_grid_are_kept_and_must_agree()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using var saved = new CaptionDataset("made", SmallDataset.Vocabulary, Split("train", 2), Split("val", 2))
        {
            FeatureKind = "made",
        };
        Assert.Equal(2, saved.Places);
        Cs231nFolder.Save(saved, folder.File("grid"));
        using (CaptionDataset loaded = Cs231nFolder.Load(folder.File("grid")))
        {
            Assert.Equal((2, 2), (loaded.Places, loaded.FeatureSize));
        }

        using var mixed = new CaptionDataset("made", SmallDataset.Vocabulary, Split("train", 2), Split("val", 1))
        {
            FeatureKind = "made",
        };
        Cs231nFolder.Save(mixed, folder.File("mixed"));
        Assert.Contains(
            "2 places an image", Assert.Throws<DataException>(() => Cs231nFolder.Load(folder.File("mixed"))).Message,
            StringComparison.Ordinal);

        static CaptionSplit Split(string name, int places) => SmallDataset.Split(
            new MemoryFeatures(SmallDataset.Features().Matrix) { Places = places }, name);
    }

    [Fact]
    public void H5py_and_json_read_what_is_saved()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        string seen = TestData.RunPython(["h5py"], """
            import sys, os, json, h5py
            at = lambda name: os.path.join(sys.argv[1], name)
            with h5py.File(at('coco2014_captions.h5'), 'r') as f:
                for name in sorted(f): print(name, f[name].dtype, f[name][()].tolist())
            with h5py.File(at('val2014_vgg16_fc7_pca.h5'), 'r') as f:
                print(list(f), f['features'].dtype, f['features'][()].tolist())
            with open(at('coco2014_vocab.json'), encoding='utf-8') as f: v = json.load(f)
            words = v['idx_to_word']
            print(sorted(v), len(words), all(v['word_to_idx'][w] == i for i, w in enumerate(words)))
            """, folder.Path);
        Assert.Equal(
            """
            train_captions int32 [[1, 4, 5, 2], [1, 6, 2, 0], [1, 7, 3, 2]]
            train_image_idxs int32 [0, 1, 1]
            val_captions int32 [[1, 5, 2, 0]]
            val_image_idxs int32 [0]
            ['features'] float32 [[0.5, -1.0, 2.0]]
            ['idx_to_word', 'word_to_idx'] 8 True

            """.ReplaceLineEndings("\n"),
            seen);
    }

    [Fact]
    public void MaxTrain_draws_by_its_seed()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        int[] Draw(ulong seed)
        {
            using CaptionDataset loaded = Cs231nFolder.Load(
                folder.Path, new Cs231nOptions { MaxTrain = 2, Seed = seed });
            Assert.Equal(2, loaded.Train.Count);
            Assert.Equal(2, loaded.Train.ImageCount);
            Assert.Equal(1, loaded.Validation.Count);
            return loaded.Train.Captions.ToArray();
        }

        Assert.Equal(Draw(1), Draw(1));
        Assert.Contains(Enumerable.Range(2, 20), seed => !Draw((ulong)seed).SequenceEqual(Draw(1)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Cs231nFolder.Load(folder.Path, new Cs231nOptions { MaxTrain = 0 }));
    }

    [Fact]
    public void A_folder_that_lacks_files_is_told_which()
    {
        using TemporaryFolder folder = TestData.Temporary();
        const string layout = "; a dataset folder has coco2014_captions.h5, coco2014_vocab.json, "
            + "train2014_vgg16_fc7[_pca].h5 and val2014_vgg16_fc7[_pca].h5.";
        Assert.Equal($"{folder.File("absent")}: is no folder{layout}", Refusal(folder.File("absent")));
        Assert.Equal(
            $"{folder.Path}: lacks coco2014_captions.h5 and coco2014_vocab.json{layout}", Refusal(folder.Path));
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        Assert.Equal(
            $"{folder.Path}: lacks features: train2014_vgg16_fc7.h5 and val2014_vgg16_fc7.h5 (asked for by PcaFeatures "
                + $"= false).",
            Refusal(folder.Path, new Cs231nOptions { PcaFeatures = false }));
        File.Delete(folder.File("val2014_vgg16_fc7_pca.h5"));
        Assert.Equal(
            $"{folder.Path}: lacks features: train2014_vgg16_fc7_pca.h5 and val2014_vgg16_fc7_pca.h5, or "
                + $"train2014_vgg16_fc7.h5 and val2014_vgg16_fc7.h5.",
            Refusal(folder.Path));
    }

    [Fact]
    public void A_folder_with_a_dataset_is_not_written_over()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        File.WriteAllText(folder.File("train2014_urls.txt"), "mine");
        var error = Assert.Throws<DataException>(() => Cs231nFolder.Save(saved, folder.Path));
        Assert.Equal(
            $"{folder.Path}: holds a dataset already (train2014_urls.txt); save into another folder.", error.Message);
        Assert.Equal("mine", File.ReadAllText(folder.File("train2014_urls.txt")));
        using CaptionDataset characters = saved.WithCharacterTokens();
        Assert.Throws<ArgumentException>(() => Cs231nFolder.Save(characters, folder.File("characters")));
    }

    [Fact]
    public void Features_that_are_not_finite_are_not_saved()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        ((MemoryFeatures)saved.Validation.Features).Matrix[0, 1] = float.NaN;
        var error = Assert.Throws<DataException>(() => Cs231nFolder.Save(saved, folder.Path));
        Assert.Contains("holds NaN or infinity", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("train_captions", 3, 4, 8, "caption 0 holds the word id 8, but the vocabulary has ids 0 to 7")]
    [InlineData("train_captions", 3, 4, -1, "caption 0 holds the word id -1")]
    [InlineData(
        "train_captions", 4, 3, 1,
        "dataset train_image_idxs (3 int32): must have one number for each of the 4 captions")]
    [InlineData("train_captions", 12, 0, 1, "dataset train_captions (12 int32): has 1 dimensions, but must have 2")]
    [InlineData("train_captions", 12, 1, 1, "must hold at least one caption of at least two ids")]
    [InlineData("train_captions", 0, 4, 1, "must hold at least one caption")]
    [InlineData("train_image_idxs", 3, 0, 2, "caption 1 belongs to image 2")]
    [InlineData("train_image_idxs", 3, 0, -5, "caption 1 belongs to image -5")]
    [InlineData("train_image_idxs", 3, 1, 0, "has 2 dimensions, but must have 1")]
    public void Captions_that_do_not_fit_are_refused(string name, int rows, int columns, int second, string reason)
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        var elements = new int[rows * Math.Max(1, columns)];
        elements.AsSpan().Fill(name == "train_captions" ? 1 : 0);
        if (elements.Length > 1)
        {
            elements[1] = second;
        }

        ReplaceCaptions(folder, saved, name, columns > 0 ? [rows, columns] : [rows], elements);
        Assert.Contains(reason, Refusal(folder.Path));
    }

    [Fact]
    public void Captions_of_another_vocabulary_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        WriteVocabulary(folder, ["<START>", "<NULL>", .. Words[2..]]);
        Assert.Contains(
            "caption 0 of train_captions begins with the id 1, but <START> is 0 in coco2014_vocab.json: captions and "
                + "vocabulary do not belong together.",
            Refusal(folder.Path));
    }

    [Theory]
    [InlineData("", "is not valid JSON")]
    [InlineData("{\"idx_to_word\": [", "is not valid JSON")]
    [InlineData("[]", "must be an object with a list")]
    [InlineData("{\"idx_to_word\": 3, \"word_to_idx\": {}}", "must be an object with a list")]
    [InlineData("{\"idx_to_word\": [\"a\", 3], \"word_to_idx\": {}}", "entry 1 of \"idx_to_word\" is no text")]
    [InlineData("{\"idx_to_word\": [\"\\ud800\"], \"word_to_idx\": {}}", "entry 0 of \"idx_to_word\" is no text")]
    [InlineData("{\"idx_to_word\": [\"a\", \"a\"], \"word_to_idx\": {}}", "holds \"a\" twice")]
    [InlineData("{\"idx_to_word\": [\"a\"], \"word_to_idx\": {\"a\": 0}}", "lacks the marker <NULL>")]
    [InlineData("{\"idx_to_word\": [[[[[1]]]]], \"word_to_idx\": {}}", "is not valid JSON")]
    [InlineData(
        "{\"idx_to_word\": [MARKERS, \"a\"], \"word_to_idx\": {IDS}}", "\"word_to_idx\" lacks \"a\", which is word 4")]
    [InlineData(
        "{\"idx_to_word\": [MARKERS, \"a\"], \"word_to_idx\": {IDS, \"a\": 5}}",
        "gives \"a\" the id 5, but \"idx_to_word\" has ids 0 to 4")]
    [InlineData(
        "{\"idx_to_word\": [MARKERS, \"a\"], \"word_to_idx\": {IDS, \"a\": 3}}",
        "gives \"a\" the id 3, but \"idx_to_word\" has \"<UNK>\" there")]
    [InlineData(
        "{\"idx_to_word\": [MARKERS, \"a\"], \"word_to_idx\": {IDS, \"a\": \"4\"}}", "gives \"a\" the id \"4\"")]
    [InlineData(
        "{\"idx_to_word\": [MARKERS, \"a\"], \"word_to_idx\": {IDS, \"\\ud800\": 4}}",
        "a name in \"word_to_idx\" is no text")]
    public void Vocabularies_that_contradict_themselves_are_refused(string json, string reason)
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        string markers = "\"<NULL>\", \"<START>\", \"<END>\", \"<UNK>\"";
        string ids = "\"<NULL>\": 0, \"<START>\": 1, \"<END>\": 2, \"<UNK>\": 3";
        File.WriteAllText(folder.File("coco2014_vocab.json"), json.Replace("MARKERS", markers).Replace("IDS", ids));
        string message = Refusal(folder.Path);
        Assert.Contains(reason, message);
        Assert.StartsWith(folder.File("coco2014_vocab.json"), message);
    }

    [Fact]
    public void Lists_must_have_a_line_for_each_image()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        string path = folder.File("train2014_urls.txt");
        string features = folder.File("train2014_vgg16_fc7_pca.h5");
        File.WriteAllText(path, "one\n");
        Assert.Equal($"{path}: has 1 lines, but {features} has 2 images.", Refusal(folder.Path));
        File.WriteAllText(path, "1\n2\n3\n4\n");
        Assert.Equal($"{path}: has more than 2 lines, but {features} has 2 images.", Refusal(folder.Path));
        File.WriteAllText(path, " one \r\ntwo");
        using CaptionDataset loaded = Cs231nFolder.Load(folder.Path);
        Assert.Equal(["one", "two"], loaded.Train.Urls);
    }

    [Fact]
    public void Splits_must_have_features_of_one_size()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        Hdf5Writer.Write(folder.File("val2014_vgg16_fc7_pca.h5"), file => file.Add<float>("features", [1, 2], [1, 2]));
        Assert.Contains("has 3 features an image", Refusal(folder.Path));
    }

    [Fact]
    public void Loading_that_fails_leaves_no_file_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counts open files as Linux lists them.");
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        Cs231nFolder.Save(saved, folder.Path);
        File.WriteAllText(folder.File("train2014_urls.txt"), "one\n");
        Refusal(folder.Path);
        Hdf5Writer.Write(folder.File("val2014_vgg16_fc7_pca.h5"), file => file.Add<int>("features", [1, 2], [1, 2]));
        File.Delete(folder.File("train2014_urls.txt"));
        Refusal(folder.Path);
        IEnumerable<string?> open = Directory.GetFiles("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget);
        Assert.DoesNotContain(open, target => target?.StartsWith(folder.Path, StringComparison.Ordinal) == true);
    }

    [Fact]
    public void Real_captions_and_features_load_and_are_saved()
    {
        string folder = TestData.Shared("data", "flickr8k-cs231n");
        using CaptionDataset dataset = Cs231nFolder.Load(folder);
        Assert.Equal(26_803, dataset.Train.Count);
        Assert.Equal(4_422, dataset.Validation.Count);
        Assert.Equal(17, dataset.Train.CaptionWidth);
        Assert.Equal(512, dataset.FeatureSize);
        Assert.Equal(5_997, dataset.Train.ImageCount);
        Assert.Equal(5_997, dataset.Train.Urls.Count);
        Assert.EndsWith(".jpg", dataset.Validation.ImageNames[999]);
        var rows = new Matrix<float>(4, 512);
        dataset.Train.ReadFeatures([5996, 17, 17, 18], rows);

        // Sums by h5py and NumPy.
        Assert.Equal(58.420772262034006, rows.Span.ToArray().Sum(value => (double)value), 1e-9);
        Assert.Equal(7_432_377, dataset.Validation.Captions.ToArray().Sum());
        Assert.Equal(80_404_324, dataset.Train.ImageIndices.ToArray().Sum());

        using TemporaryFolder copy = TestData.Temporary();
        Cs231nFolder.Save(dataset, copy.Path);
        using CaptionDataset again = Cs231nFolder.Load(copy.Path);
        AssertSame(dataset.Train, again.Train);
        AssertSame(dataset.Validation, again.Validation);
    }

    private static CaptionDataset Example()
    {
        var vocabulary = new Vocabulary(Words);
        var train = new CaptionSplit(
            "train",
            [1, 4, 5, 2, 1, 6, 2, 0, 1, 7, 3, 2],
            4,
            [0, 1, 1],
            new MemoryFeatures(Matrix.LinSpace<float>(-1, 1.5, 2, 3)),
            Words.Length,
            ["http://example.com/0.jpg", "http://example.com/1.jpg"],
            ["0.jpg", "images/één.jpg"]);
        var validation = new CaptionSplit(
            "val", [1, 5, 2, 0], 4, [0], new MemoryFeatures(new Matrix<float>(1, 3, [0.5f, -1, 2])), Words.Length);
        return new CaptionDataset("example", vocabulary, train, validation) { FeatureKind = "example" };
    }

    private static void AssertSame(CaptionSplit expected, CaptionSplit actual)
    {
        Assert.Equal(expected.Name, actual.Name);
        Assert.Equal(expected.CaptionWidth, actual.CaptionWidth);
        Assert.Equal(expected.Captions.ToArray(), actual.Captions.ToArray());
        Assert.Equal(expected.ImageIndices.ToArray(), actual.ImageIndices.ToArray());
        Assert.Equal(expected.Urls, actual.Urls);
        Assert.Equal(expected.ImageNames, actual.ImageNames);
        int[] images = [.. Enumerable.Range(0, expected.ImageCount)];
        var left = new Matrix<float>(images.Length, expected.Features.Columns);
        var right = new Matrix<float>(images.Length, actual.Features.Columns);
        expected.ReadFeatures(images, left);
        actual.ReadFeatures(images, right);
        Assert.Equal(left.Span.ToArray(), right.Span.ToArray());
    }

    private static void ReplaceCaptions(
        TemporaryFolder folder, CaptionDataset dataset, string name, long[] shape, int[] elements) =>
        Hdf5Writer.Write(folder.File("coco2014_captions.h5"), file =>
        {
            foreach (CaptionSplit split in new[] { dataset.Train, dataset.Validation })
            {
                AddOrReplace(
                    file, $"{split.Name}_captions", [split.Count, split.CaptionWidth], split.Captions.ToArray());
                AddOrReplace(file, $"{split.Name}_image_idxs", [split.Count], split.ImageIndices.ToArray());
            }

            void AddOrReplace(Hdf5Writer writer, string dataset, long[] oldShape, int[] old)
            {
                if (dataset == name)
                {
                    writer.Add<int>(name, shape, elements);
                }
                else
                {
                    writer.Add<int>(dataset, oldShape, old);
                }
            }
        });

    private static void WriteVocabulary(TemporaryFolder folder, string[] words) =>
        File.WriteAllText(folder.File("coco2014_vocab.json"), JsonSerializer.Serialize(new
        {
            idx_to_word = words,
            word_to_idx = words.Index().ToDictionary(pair => pair.Item, pair => pair.Index),
        }));

    private static string Refusal(string folder, Cs231nOptions? options = null)
    {
        string message = Assert.Throws<DataException>(() => Cs231nFolder.Load(folder, options).Dispose()).Message;
        Assert.StartsWith(folder, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
