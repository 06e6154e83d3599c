using System.Text.Json;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Files;
using ShowTell.Numerics;
using ShowTell.Tests.Data;
using ShowTell.Tests.Datasets.Features;
using ShowTell.Tests.Files;
using Xunit;

namespace ShowTell.Tests.Datasets;

public sealed class DatasetFolderTests
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
            DatasetFolder.Save(saved, place, pcaFeatures: pca);
            Assert.Empty(Directory.GetDirectories(place));
            Assert.Equal(pca, File.Exists(Path.Combine(place, "val_features_pca.safetensors")));
            using CaptionDataset loaded = DatasetFolder.Load(place);
            Assert.Equal(place, loaded.Origin);
            Assert.Equal(saved.Vocabulary.Tokens, loaded.Vocabulary.Tokens);
            AssertSame(saved.Train, loaded.Train);
            AssertSame(saved.Validation, loaded.Validation);
            Assert.Empty(loaded.Validation.Urls);
        }
    }

    [Fact]
    public void Regions_of_a_grid_are_kept_and_must_be_equal()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using var saved = new CaptionDataset("made", SmallDataset.Vocabulary, Split("train", 2), Split("val", 2))
        {
            FeatureKind = "made",
        };
        Assert.Equal(2, saved.Regions);
        DatasetFolder.Save(saved, folder.File("grid"));
        using (CaptionDataset loaded = DatasetFolder.Load(folder.File("grid")))
        {
            Assert.Equal((2, 2), (loaded.Regions, loaded.FeatureSize));
        }

        using var mixed = new CaptionDataset("made", SmallDataset.Vocabulary, Split("train", 2), Split("val", 1))
        {
            FeatureKind = "made",
        };
        DatasetFolder.Save(mixed, folder.File("mixed"));
        Assert.Contains(
            "2 regions per image", Assert.Throws<DataException>(() => DatasetFolder.Load(folder.File("mixed"))).Message,
            StringComparison.Ordinal);

        static CaptionSplit Split(string name, int places) => SmallDataset.Split(
            new MemoryFeatures(SmallDataset.Features().Matrix) { Regions = places }, name);
    }

    [Fact]
    public void MaxTrain_draws_by_its_seed()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
        int[] Draw(ulong seed)
        {
            using CaptionDataset loaded = DatasetFolder.Load(
                folder.Path, new DatasetOptions { MaxTrain = 2, Seed = seed });
            Assert.Equal(2, loaded.Train.Count);
            Assert.Equal(2, loaded.Train.ImageCount);
            Assert.Equal(1, loaded.Validation.Count);
            return loaded.Train.Captions.ToArray();
        }

        Assert.Equal(Draw(1), Draw(1));
        Assert.Contains(Enumerable.Range(2, 20), seed => !Draw((ulong)seed).SequenceEqual(Draw(1)));
        Assert.Throws<ArgumentOutOfRangeException>(
            () => DatasetFolder.Load(folder.Path, new DatasetOptions { MaxTrain = 0 }));
    }

    [Fact]
    public void A_folder_that_lacks_files_is_told_which()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Assert.Contains("is not a folder", Refusal(folder.File("absent")));
        string message = Refusal(folder.Path);
        Assert.Contains("contains no dataset (dataset.json)", message);
        Assert.Contains(
            "coco2014_captions.h5, coco2014_vocab.json, train2014_vgg16_fc7_pca.h5 and val2014_vgg16_fc7_pca.h5",
            message);
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
        message = Refusal(folder.Path, new DatasetOptions { PcaFeatures = false });
        Assert.Contains("lacks features: train_features.safetensors and val_features.safetensors", message);
        Assert.Contains("(PcaFeatures is false)", message);
        File.Move(folder.File("val_features_pca.safetensors"), folder.File("other"));
        Assert.Contains("(PcaFeatures is true)", Refusal(folder.Path, new DatasetOptions { PcaFeatures = true }));
        File.Move(folder.File("other"), folder.File("val_features_pca.safetensors"));
        File.Delete(folder.File("val_features_pca.safetensors"));
        Assert.Equal(
            $"{folder.Path}: lacks features: train_features_pca.safetensors and val_features_pca.safetensors, or "
                + $"train_features.safetensors and val_features.safetensors.",
            Refusal(folder.Path));
    }

    [Fact]
    public void A_folder_with_a_dataset_is_not_written_over()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        File.WriteAllText(folder.File("train_urls.txt"), "mine");
        var error = Assert.Throws<DataException>(() => DatasetFolder.Save(saved, folder.Path));
        Assert.StartsWith(folder.Path, error.Message);
        Assert.Contains("(train_urls.txt)", error.Message);
        Assert.Equal("mine", File.ReadAllText(folder.File("train_urls.txt")));
        using CaptionDataset characters = saved.WithCharacterTokens();
        Assert.Throws<ArgumentException>(() => DatasetFolder.Save(characters, folder.File("characters")));
    }

    [Fact]
    public void Features_that_are_not_finite_are_not_saved()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        ((MemoryFeatures)saved.Validation.Features).Matrix[0, 1] = float.NaN;
        var error = Assert.Throws<DataException>(() => DatasetFolder.Save(saved, folder.Path));
        Assert.Contains("holds NaN or infinity", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Theory]
    [InlineData("train_captions", 3, 4, 8, "caption 0 holds the word id 8, but the vocabulary has ids 0 to 7")]
    [InlineData("train_captions", 3, 4, -1, "caption 0 holds the word id -1")]
    [InlineData(
        "train_captions", 4, 3, 1,
        "train_image_idxs (3 int32): must have one index for each of the 4 captions")]
    [InlineData("train_captions", 12, 0, 1, "train_captions (12 int32): has 1 dimensions, but must have 2")]
    [InlineData("train_captions", 12, 1, 1, "must contain at least one caption of at least two ids")]
    [InlineData("train_captions", 0, 4, 1, "must contain at least one caption")]
    [InlineData("train_image_idxs", 3, 0, 2, "caption 1 belongs to image 2")]
    [InlineData("train_image_idxs", 3, 0, -5, "caption 1 belongs to image -5")]
    [InlineData("train_image_idxs", 3, 1, 0, "has 2 dimensions, but must have 1")]
    public void Captions_that_do_not_fit_are_refused(string name, int rows, int columns, int second, string reason)
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
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
        DatasetFolder.Save(saved, folder.Path);
        WriteVocabulary(folder, ["<START>", "<NULL>", .. Words[2..]]);
        Assert.Contains(
            "caption 0 of train_captions begins with the id 1, but <START> is 0 in vocabulary.json",
            Refusal(folder.Path));
    }

    [Theory]
    [InlineData("", "is not valid JSON")]
    [InlineData("{\"idx_to_word\": [", "is not valid JSON")]
    [InlineData("[]", "must be an object with a list")]
    [InlineData("{\"idx_to_word\": 3, \"word_to_idx\": {}}", "must be an object with a list")]
    [InlineData("{\"idx_to_word\": [\"a\", 3], \"word_to_idx\": {}}", "entry 1 of \"idx_to_word\"")]
    [InlineData("{\"idx_to_word\": [\"\\ud800\"], \"word_to_idx\": {}}", "entry 0 of \"idx_to_word\"")]
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
        "a name in \"word_to_idx\"")]
    public void Vocabularies_that_contradict_themselves_are_refused(string json, string reason)
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
        string markers = "\"<NULL>\", \"<START>\", \"<END>\", \"<UNK>\"";
        string ids = "\"<NULL>\": 0, \"<START>\": 1, \"<END>\": 2, \"<UNK>\": 3";
        File.WriteAllText(folder.File("vocabulary.json"), json.Replace("MARKERS", markers).Replace("IDS", ids));
        string message = Refusal(folder.Path);
        Assert.Contains(reason, message);
        Assert.StartsWith(folder.File("vocabulary.json"), message);
    }

    [Fact]
    public void Vocabularies_of_more_than_a_million_words_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
        string words = string.Join(',', Enumerable.Repeat("\"a\"", 1_000_001));
        File.WriteAllText(folder.File("vocabulary.json"), $"{{\"idx_to_word\": [{words}], \"word_to_idx\": {{}}}}");
        Assert.Contains("has 1000001 words; the maximum is 1000000.", Refusal(folder.Path));
    }

    [Fact]
    public void Lists_must_have_a_line_for_each_image()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
        string path = folder.File("train_urls.txt");
        string features = folder.File("train_features_pca.safetensors");
        File.WriteAllText(path, "one\n");
        Assert.Equal($"{path}: has 1 lines, but {features} has 2 images.", Refusal(folder.Path));
        File.WriteAllText(path, "1\n2\n3\n4\n");
        Assert.Equal($"{path}: has more than 2 lines, but {features} has 2 images.", Refusal(folder.Path));
        using (FileStream large = File.OpenWrite(path))
        {
            large.SetLength((256L << 20) + 1); // A hole, which takes no space on the disk.
        }

        Assert.Equal($"{path}: has 268435457 bytes; the maximum is 268435456.", Refusal(folder.Path));
        File.WriteAllText(path, " one \r\ntwo");
        using CaptionDataset loaded = DatasetFolder.Load(folder.Path);
        Assert.Equal(["one", "two"], loaded.Train.Urls);
    }

    [Fact]
    public void Splits_must_have_features_of_one_size()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
        Tensors.Write(folder.File("val_features_pca.safetensors"), file => file.Add<float>("features", [1, 2], [1, 2]));
        Assert.Contains("has 3 features per image", Refusal(folder.Path));
    }

    [Fact]
    public void Loading_that_fails_leaves_no_file_open()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counts open files as Linux lists them.");
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
        File.WriteAllText(folder.File("train_urls.txt"), "one\n");
        Refusal(folder.Path);
        Tensors.Write(folder.File("val_features_pca.safetensors"), file => file.Add<int>("features", [1, 2], [1, 2]));
        File.Delete(folder.File("train_urls.txt"));
        Refusal(folder.Path);
        IEnumerable<string?> open = Directory.GetFiles("/proc/self/fd").Select(link => new FileInfo(link).LinkTarget);
        Assert.DoesNotContain(open, target => target?.StartsWith(folder.Path, StringComparison.Ordinal) == true);
    }

    /// <summary>Their rows are zeros.</summary>
    [Fact]
    public void Captions_of_photos_without_features_are_left_out()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path);
        Missing(1);
        using (CaptionDataset loaded = DatasetFolder.Load(folder.Path))
        {
            Assert.Equal([1, 4, 5, 2], loaded.Train.Captions.ToArray());
            Assert.Equal([0], loaded.Train.ImageIndices.ToArray());
        }

        Missing(0, 1);
        Assert.Contains("captions.safetensors: no caption is left: none of their photos", Refusal(folder.Path));

        void Missing(params int[] rows) => Tensors.Write(folder.File("train_features_pca.safetensors"), file =>
        {
            file.Add<float>("features", [2, 3], [1, 2, 3, 4, 5, 6]);
            file.Add("missing", [rows.Length], rows);
        });
    }

    [Fact]
    public void Both_splits_must_have_features_of_the_same_pipeline()
    {
        using var pile = new PhotoPile();
        using CaptionDataset saved = Example();
        string folder = pile.File("data"), train = Path.Combine(folder, "train_features_pca.safetensors");
        DatasetFolder.Save(saved, folder);
        foreach (string list in Directory.GetFiles(folder, "*.txt"))
        {
            File.Delete(list);
        }

        pile.Extract(pile.File("f.safetensors"));
        string validation = Path.Combine(folder, "val_features_pca.safetensors");
        File.Copy(pile.File("f.safetensors"), train, overwrite: true);
        File.Copy(pile.File("f.safetensors"), validation, overwrite: true);
        using (CaptionDataset loaded = DatasetFolder.Load(folder))
        using (PhotoEncoder encoder = pile.Encoder())
        {
            Assert.Equal(encoder.Pipeline, loaded.PhotoPipeline);
        }

        Tensors.Write(validation, file => file.Add("features", [1, 8], new float[8]));
        Assert.Contains($"{validation} has no pipeline", Refusal(folder));
        Tensors.Write(train, file => file.Add("features", [2, 8], new float[16]));
        File.Copy(pile.File("f.safetensors"), validation, overwrite: true);
        Assert.Contains($"{train} has no pipeline", Refusal(folder));
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
        Tensors.Write(folder.File("captions.safetensors"), file =>
        {
            foreach (CaptionSplit split in new[] { dataset.Train, dataset.Validation })
            {
                AddOrReplace(
                    file, $"{split.Name}_captions", [split.Count, split.CaptionWidth], split.Captions.ToArray());
                AddOrReplace(file, $"{split.Name}_image_idxs", [split.Count], split.ImageIndices.ToArray());
            }

            void AddOrReplace(TensorFileContent content, string tensor, long[] oldShape, int[] old) =>
                content.Add(tensor, tensor == name ? shape : oldShape, tensor == name ? elements : old);
        });

    private static void WriteVocabulary(TemporaryFolder folder, string[] words) =>
        File.WriteAllText(folder.File("vocabulary.json"), JsonSerializer.Serialize(new
        {
            idx_to_word = words,
            word_to_idx = words.Index().ToDictionary(pair => pair.Item, pair => pair.Index),
        }));

    private static string Refusal(string folder, DatasetOptions? options = null)
    {
        string message = Assert.Throws<DataException>(() => DatasetFolder.Load(folder, options).Dispose()).Message;
        Assert.StartsWith(folder, message);
        Assert.DoesNotContain('\n', message);
        return message;
    }
}
