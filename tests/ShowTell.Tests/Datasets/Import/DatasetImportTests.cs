using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Files;
using ShowTell.Tests.Files;
using Xunit;

namespace ShowTell.Tests.Datasets.Import;

public sealed class DatasetImportTests
{
    /// <summary>Ten photos of two captions each; e.jpg, drawn or listed, is not in the folder.</summary>
    private static ImportOptions Example(TemporaryFolder folder)
    {
        string photos = folder.File("photos");
        Directory.CreateDirectory(photos);
        string[] names = [.. "jihgfedcba".Select(letter => $"{letter}.jpg")];
        foreach (string name in names.Where(name => name != "e.jpg"))
        {
            File.WriteAllText(Path.Combine(photos, name), "");
        }

        string captions = folder.File("captions.csv");
        File.WriteAllLines(
            captions, names.SelectMany(name => new[] { $"{name},A dog {name[0]}{name[0]}.", $"{name},One Two three" }));
        return new ImportOptions { Captions = captions, Photos = photos, MinimumCount = 2, MaxWords = 3 };
    }

    [Fact]
    public void A_draw_splits_photos_and_captions_stand_in_their_order()
    {
        using TemporaryFolder folder = TestData.Temporary();
        ImportOptions options = Example(folder) with { ValidationFraction = 0.3 };
        string data = folder.File("deep/data");
        ImportSummary summary = Import(options, data);
        Assert.Equal(CaptionFileKind.Csv, summary.Kind);
        Assert.Equal([6, 3], summary.Splits.Select(split => split.Photos));
        Assert.Equal([12, 6], summary.Splits.Select(split => split.Captions));
        Assert.Equal((1, "e.jpg"), (summary.MissingPhotos.Count, Assert.Single(summary.MissingPhotos.First)));
        Assert.Equal(1 / 6.0, summary.Splits[0].UnknownShare, 1e-12);
        Assert.Equal(9, summary.Words);

        string[] train = ImportedFolder.PhotosOf(data, "train");
        string[] validation = ImportedFolder.PhotosOf(data, "val");
        Assert.Equal(train.Order(StringComparer.Ordinal), train);
        Assert.Equal("abcdfghij", string.Concat(train.Concat(validation).Select(name => name[0]).Order()));
        Vocabulary vocabulary = VocabularyFile.Load(Path.Combine(data, "vocabulary.json"));
        Assert.Equal(["<NULL>", "<START>", "<END>", "<UNK>", "a", "dog", "one", "three", "two"], vocabulary.Tokens);
        using ITensorFile file = TensorFormats.Open(Path.Combine(data, "captions.safetensors"));
        Assert.Equal([1, 4, 5, 3, 2, 1, 6, 8, 7, 2], file.ReadInt32("train_captions")[..10]);
        Assert.Equal([0, 0, 1, 1, 2, 2], file.ReadInt32("val_image_idxs"));
        ImportedFolder said = ImportedFolder.Load(data);
        Assert.Equal((Path.GetFullPath(options.Photos), 3, false), (said.Photos, said.MaxWords, said.KeepCase));

        string again = folder.File("again");
        Import(options, again);
        Assert.All(
            Directory.EnumerateFiles(data),
            path => Assert.Equal(
                File.ReadAllBytes(path), File.ReadAllBytes(Path.Combine(again, Path.GetFileName(path)))));
    }

    [Fact]
    public void Lists_split_photos_and_what_is_left_out_is_counted()
    {
        using TemporaryFolder folder = TestData.Temporary();
        ImportOptions options = Example(folder);
        File.AppendAllText(options.Captions, "a.jpg,one two three four\na.jpg,...\n");
        File.WriteAllText(folder.File("train.txt"), "b.jpg\na.jpg\r\n\nnone.jpg\n");
        File.WriteAllText(folder.File("val.txt"), "e.jpg\nc.jpg");
        options = options
            with { TrainList = folder.File("train.txt"), ValidationList = folder.File("val.txt"), VocabularyWords = 1 };
        ImportSummary summary = Import(options, folder.File("data"));
        Assert.Equal([new("train", 2, 4, 1, 1, 10 / 12.0), new("val", 1, 2, 0, 0, 5 / 6.0)], summary.Splits);
        Assert.Equal((5, 6), (summary.Words, summary.Unassigned));
        Assert.Equal("none.jpg", Assert.Single(summary.WithoutCaptions.First));
        Assert.Equal("e.jpg", Assert.Single(summary.MissingPhotos.First));
        Assert.Equal(["a.jpg", "b.jpg"], ImportedFolder.PhotosOf(folder.File("data"), "train"));

        File.AppendAllText(folder.File("val.txt"), "\na.jpg");
        Refuse(options, folder.File("other"), "contains a.jpg, which");
        Refuse(options with { ValidationList = null }, folder.File("other"), "expected two lists");
        Refuse(options with { TrainList = folder.File("absent") }, folder.File("other"), "there is no such file");
    }

    [Fact]
    public void The_splits_of_the_file_are_taken_and_its_subfolders()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Directory.CreateDirectory(folder.File("photos/val2014"));
        File.WriteAllText(folder.File("photos/val2014/a.jpg"), "");
        File.WriteAllText(folder.File("photos/b.jpg"), "");
        File.WriteAllText(folder.File("captions.json"), """
            {"images": [{"filename": "a.jpg", "filepath": "val2014", "split": "restval",
              "sentences": [{"raw": "<START> Dog."}]},
            {"filename": "b.jpg", "split": "val", "sentences": [{"raw": "a dog"}]},
            {"filename": "c.jpg", "split": "test", "sentences": [{"raw": "a"}]}]}
            """);
        var options = new ImportOptions
        {
            Captions = folder.File("captions.json"),
            Photos = folder.File("photos"),
            MinimumCount = 1,
            Normalization = new CaptionNormalization(KeepCase: true, KeepPunctuation: true),
        };
        ImportSummary summary = Import(options, folder.File("data"));
        Assert.Equal((CaptionFileKind.KarpathyJson, 1, 5), (summary.Kind, summary.Unassigned, summary.Words));
        Assert.Equal(["val2014/a.jpg"], ImportedFolder.PhotosOf(folder.File("data"), "train"));
        using ITensorFile file = TensorFormats.Open(folder.File("data/captions.safetensors"));
        Assert.Equal([1, 3, 4, 2, 0], file.ReadInt32("train_captions")[..5]); // A marker in a caption is no marker.
    }

    [Fact]
    public void Nothing_is_written_where_something_is_wrong()
    {
        using TemporaryFolder folder = TestData.Temporary();
        ImportOptions options = Example(folder);
        string data = folder.File("data");
        Refuse(options with { Photos = folder.File("absent") }, data, "is not a folder");
        Directory.CreateDirectory(folder.File("empty"));
        Refuse(options with { Photos = folder.File("empty") }, data, "none of the 10 photos");
        Refuse(options with { MaxWords = 2 }, data, "no caption is left for the train split");
        File.AppendAllText(options.Captions, "../secret.jpg,A dog\n");
        Refuse(options, data, "\"../secret.jpg\" is not a valid photo name");
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => DatasetImport.Run(Example(folder), data, null, cancelled.Token));
        Assert.False(Directory.Exists(data));

        Import(Example(folder), data);
        Refuse(options, data, "already contains a dataset");
        Assert.Contains(
            $"showtell features {data} --backbone net.onnx",
            Assert.Throws<DataException>(() => DatasetFolder.Load(data)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(data, "import.json"), "{\"photos\": 3}");
        Assert.Contains(
            "import.json: is damaged", Assert.Throws<DataException>(() => ImportedFolder.Load(data)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>The same form as Flickr8k's, with captions that are too long or empty.</summary>
    [Fact]
    public void A_folder_like_Flickr8ks_becomes_a_dataset()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] photos = [.. DrawnPhotos.Save(folder.File("images"), 6).Select(path => Path.GetFileName(path))];
        string tooLong = string.Concat(Enumerable.Repeat(" disk", 16));
        File.WriteAllLines(folder.File("Flickr.token.txt"), photos.SelectMany(name => new[]
        {
            $"{name}#0\tA disk on the ground .", $"{name}#1\tSome disks in the sky .", $"{name}#2\tMany{tooLong}",
            $"{name}#3\t . ",
            $"{name}#4\tThe sun is a disk , isn't it ?",
        }));
        File.WriteAllLines(folder.File("train.txt"), photos[..4]);
        File.WriteAllLines(folder.File("dev.txt"), photos[4..]);
        ImportSummary summary = Import(
            new ImportOptions
            {
                Captions = folder.File("Flickr.token.txt"),
                Photos = folder.File("images"),
                TrainList = folder.File("train.txt"),
                ValidationList = folder.File("dev.txt"),
            },
            folder.File("data"));
        Assert.Equal((0, 0, 0), (summary.Unassigned, summary.MissingPhotos.Count, summary.WithoutCaptions.Count));
        Assert.Equal([(4, 12), (2, 6)], summary.Splits.Select(split => (split.Photos, split.Captions)));
        Assert.All(summary.Splits, split => Assert.Equal((split.Photos, split.Photos), (split.TooLong, split.Empty)));
        Assert.Equal(photos[4..], ImportedFolder.PhotosOf(folder.File("data"), "val"));
    }

    [Fact]
    public void Flickr8k_becomes_a_dataset()
    {
        string flickr = TestData.Shared("data", "flickr8k");
        using TemporaryFolder folder = TestData.Temporary();
        var options = new ImportOptions
        {
            Captions = Path.Combine(flickr, "Flickr8k.token.txt"),
            Photos = Path.Combine(flickr, "images"),
            TrainList = Path.Combine(flickr, "Flickr_8k.trainImages.txt"),
            ValidationList = Path.Combine(flickr, "Flickr_8k.devImages.txt"),
        };
        ImportSummary summary = Import(options, folder.Path);
        Assert.Equal((0, 0, 0), (summary.Unassigned, summary.MissingPhotos.Count, summary.WithoutCaptions.Count));
        Assert.Equal([(5_997, 26_803), (1_000, 4_422)], summary.Splits.Select(split => (split.Photos, split.Captions)));
        Assert.All(
            summary.Splits, split => Assert.Equal(5 * split.Photos, split.Captions + split.TooLong + split.Empty));
        Assert.Equal(5_997, ImportedFolder.PhotosOf(folder.Path, "train").Length);

        // With features beside it the folder is a dataset like any other.
        foreach ((string split, int rows) in new[] { ("train", 5_997), ("val", 1_000) })
        {
            Tensors.Write(folder.File($"{split}_features.safetensors"), file => file.Add<float>(
                "features", [rows, 2], new float[2 * rows]));
        }

        using CaptionDataset dataset = DatasetFolder.Load(folder.Path);
        int image = dataset.Validation.ImageNames.ToList().IndexOf("2090545563_a4e66ec76b.jpg");
        Assert.Equal(
            "two girls play on a skateboard in a courtyard", // The caption before it has 17 words.
            dataset.Vocabulary.Decode(dataset.Validation.Caption(dataset.Validation.CaptionsOf(image).First())));
    }

    private static ImportSummary Import(ImportOptions options, string folder) =>
        DatasetImport.Run(options, folder, null, TestContext.Current.CancellationToken);

    private static void Refuse(ImportOptions options, string folder, string said)
    {
        Assert.Contains(
            said, Assert.Throws<DataException>(() => Import(options, folder)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder) && !File.Exists(Path.Combine(folder, "import.json")));
    }
}
