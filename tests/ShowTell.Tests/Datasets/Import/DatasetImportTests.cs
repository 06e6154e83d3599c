using System.Text.Json.Nodes;
using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Datasets.Features;
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
        return new ImportOptions { Captions = [captions], Photos = photos, MinimumCount = 2, MaxWords = 3 };
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

        string[] train = PhotoPile.PhotosOf(data, "train"), validation = PhotoPile.PhotosOf(data, "val");
        Assert.Equal(train.Order(StringComparer.Ordinal), train);
        Assert.Equal("abcdfghij", string.Concat(train.Concat(validation).Select(name => name[0]).Order()));
        DatasetManifest manifest = DatasetManifest.Load(data);
        Assert.Equal(["<NULL>", "<START>", "<END>", "<UNK>", "a", "dog", "one", "three", "two"], manifest.Vocabulary);
        Assert.Equal(Path.GetFullPath(options.Photos!), manifest.Photos);
        Assert.Equal((3, false), (manifest.Settings.MaxWords, manifest.Settings.KeepCase));
        string line = File.ReadLines(Path.Combine(data, "captions.jsonl")).First();
        Assert.Equal("""{"photo":"a.jpg","split":"train","captions":["A dog aa.","One Two three"]}""", line);

        using CaptionDataset dataset = Load(data);
        Assert.Equal([1, 4, 5, 3, 2, 1, 6, 8, 7, 2], dataset.Train.Captions[..10]);
        Assert.Equal([0, 0, 1, 1, 2, 2], dataset.Validation.ImageIndices);
        Directory.Delete(Path.Combine(data, "features"), recursive: true);

        string again = folder.File("deep/again");
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
        File.AppendAllText(options.Captions[0], "a.jpg,one two three four\na.jpg,...\n");
        File.WriteAllText(folder.File("train.txt"), "b.jpg\na.jpg\r\n\nnone.jpg\n");
        File.WriteAllText(folder.File("val.txt"), "e.jpg\nc.jpg");
        options = options
            with
        {
            TrainList = folder.File("train.txt"), ValidationList = folder.File("val.txt"), VocabularyWords = 5,
            MinimumCount = null,
        };
        ImportSummary summary = Import(options, folder.File("data"));
        Assert.Equal([new("train", 2, 4, 1, 1, 2 / 12.0), new("val", 1, 2, 0, 0, 1 / 6.0)], summary.Splits);
        Assert.Equal((9, 6), (summary.Words, summary.Unassigned));
        Assert.Equal("none.jpg", Assert.Single(summary.WithoutCaptions.First));
        Assert.Equal("e.jpg", Assert.Single(summary.MissingPhotos.First));
        Assert.Equal(["a.jpg", "b.jpg"], PhotoPile.PhotosOf(folder.File("data"), "train"));

        File.AppendAllText(folder.File("val.txt"), "\na.jpg");
        Refuse(options, folder.File("other"), "contains a.jpg, which is also in");
        File.WriteAllText(folder.File("test.txt"), "d");
        File.WriteAllText(folder.File("val.txt"), "c\n");
        summary = Import(options with { TestList = folder.File("test.txt") }, folder.File("three"));
        Assert.Equal(
            [("train", 2), ("val", 1), ("test", 1)], summary.Splits.Select(split => (split.Split, split.Photos)));
        Assert.Equal(["d.jpg"], PhotoPile.PhotosOf(folder.File("three"), "test"));

        Refuse(options with { ValidationList = null }, folder.File("other"), "expected two lists");
        Refuse(options with { TrainList = folder.File("absent") }, folder.File("other"), "there is no such file");
    }

    [Fact]
    public void The_splits_of_the_file_are_taken_and_its_subfolders()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Directory.CreateDirectory(folder.File("photos/val2014"));
        foreach (string photo in new[] { "val2014/a.jpg", "b.jpg", "c.jpg" })
        {
            File.WriteAllText(folder.File($"photos/{photo}"), "");
        }

        File.WriteAllText(folder.File("captions.json"), """
            {"images": [{"filename": "a.jpg", "filepath": "val2014", "split": "restval",
              "sentences": [{"raw": "<START> Dog. Dog. dog. dog."}]},
            {"filename": "b.jpg", "split": "val", "sentences": [{"raw": "a dog"}]},
            {"filename": "c.jpg", "filepath": "val2014", "split": "test", "sentences": [{"raw": "a"}]}]}
            """);
        var options = new ImportOptions
        {
            Captions = [folder.File("captions.json")],
            Photos = folder.File("photos"),
            Normalization = new CaptionNormalization(KeepCase: true, KeepPunctuation: true),
        };
        string data = folder.File("data");
        ImportSummary summary = Import(options, data);
        Assert.Equal((CaptionFileKind.KarpathyJson, 0, 6), (summary.Kind, summary.Unassigned, summary.Words));
        Assert.Equal(["train", "val", "test"], summary.Splits.Select(split => split.Split));
        Assert.Equal(["val2014/a.jpg"], PhotoPile.PhotosOf(data, "train"));
        Assert.Equal(["c.jpg"], PhotoPile.PhotosOf(data, "test"));
        using CaptionDataset dataset = Load(data);
        Assert.Equal([1, 3, 4, 4, 5, 5, 2, 0], dataset.Train.Captions[..8]); // A marker in a caption is no marker.
        Assert.Equal([1, 3, 2, 0], dataset.Split("test").Captions[..4]);
    }

    [Fact]
    public void Nothing_is_written_where_something_is_wrong()
    {
        using TemporaryFolder folder = TestData.Temporary();
        ImportOptions options = Example(folder);
        string data = folder.File("data");
        Refuse(options with { Photos = folder.File("absent") }, data, "is not a folder");
        Directory.CreateDirectory(folder.File("empty"));
        Refuse(options with { Photos = folder.File("empty") }, data, "none of the photos of");
        Refuse(options with { MaxWords = 2 }, data, "no caption is left: 18 have more than 2 words (--max-words)");
        Directory.CreateDirectory(folder.File("alone"));
        File.Copy(options.Captions[0], folder.File("alone/captions.csv"));
        Refuse(
            options with { Photos = null, Captions = [folder.File("alone/captions.csv")] }, data,
            "names photos; say in which folder");
        string[] secrets = ["../secret.jpg", "/etc/secret.jpg", "a/../../b.jpg", @"..\secret.jpg", "C:/s.jpg"];
        foreach (string secret in secrets)
        {
            string bad = folder.File("bad.csv");
            File.WriteAllText(bad, File.ReadAllText(options.Captions[0]) + $"{secret},A dog\n");
            Refuse(options with { Captions = [bad] }, data, $"\"{secret}\" is not a valid photo name");
        }

        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => DatasetImport.Run(Example(folder), data, cancellation: cancelled.Token));
        Assert.False(Directory.Exists(data));

        Import(Example(folder), data);
        Refuse(options, data, "already contains a dataset");
        Assert.Contains(
            $"showtell features {data} --backbone net.onnx",
            Assert.Throws<DataException>(() => DatasetFolder.Load(data)).Message,
            StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(data, "dataset.json"), "{\"photos\": 3}");
        Assert.Contains(
            "dataset.json: is damaged", Assert.Throws<DataException>(() => DatasetManifest.Load(data)).Message,
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
                Captions = [folder.File("Flickr.token.txt")],
                Photos = folder.File("images"),
                TrainList = folder.File("train.txt"),
                ValidationList = folder.File("dev.txt"),
            },
            folder.File("data"));
        Assert.Equal((0, 0, 0), (summary.Unassigned, summary.MissingPhotos.Count, summary.WithoutCaptions.Count));
        Assert.Equal([(4, 12), (2, 6)], summary.Splits.Select(split => (split.Photos, split.Captions)));
        Assert.All(summary.Splits, split => Assert.Equal((split.Photos, split.Photos), (split.TooLong, split.Empty)));
        Assert.Equal(photos[4..], PhotoPile.PhotosOf(folder.File("data"), "val"));
    }

    [Fact]
    public void Flickr8k_becomes_a_dataset()
    {
        string flickr = TestData.Shared("data", "flickr8k");
        using TemporaryFolder folder = TestData.Temporary();
        var options = new ImportOptions
        {
            Captions = [Path.Combine(flickr, "Flickr8k.token.txt")],
            Photos = Path.Combine(flickr, "images"),
            TrainList = Path.Combine(flickr, "Flickr_8k.trainImages.txt"),
            ValidationList = Path.Combine(flickr, "Flickr_8k.devImages.txt"),
        };
        ImportSummary summary = Import(options, folder.Path);
        Assert.Equal((0, 0, 0), (summary.Unassigned, summary.MissingPhotos.Count, summary.WithoutCaptions.Count));
        Assert.Equal([(5_997, 26_803), (1_000, 4_422)], summary.Splits.Select(split => (split.Photos, split.Captions)));
        Assert.All(
            summary.Splits, split => Assert.Equal(5 * split.Photos, split.Captions + split.TooLong + split.Empty));
        Assert.Equal(5_997, PhotoPile.PhotosOf(folder.Path, "train").Length);

        using CaptionDataset dataset = Load(folder.Path);
        int image = dataset.Validation.ImageNames.ToList().IndexOf("2090545563_a4e66ec76b.jpg");
        Assert.Equal(
            "two girls play on a skateboard in a courtyard", // The caption before it has 17 words.
            dataset.Vocabulary.Decode(dataset.Validation.Caption(dataset.Validation.CaptionsOf(image).First())));
    }

    /// <summary>Entries that are no use are counted, and the default of --min-count goes by the number of captions.
    /// </summary>
    [Fact]
    public void What_is_left_out_is_counted_by_reason()
    {
        using TemporaryFolder folder = TestData.Temporary();
        ImportOptions options = Example(folder) with { Captions = [folder.File("c.json")], MinimumCount = null };
        File.WriteAllText(folder.File("c.json"), """
            {"images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"},
             {"id": 3, "file_name": "c.jpg"}],
             "annotations": [{"image_id": 1, "caption": "a dog"}, {"image_id": "2", "caption": "a cat"},
             {"image_id": 7, "caption": "a cow"}, {"image_id": 8, "caption": "a cow"}]}
            """);
        ImportSummary summary = Import(options, folder.File("data"));
        Assert.Equal(1, summary.MinimumCount);
        Assert.Equal(
            [
                ("annotations of images that are not in \"images\"", 2, "annotations[2]"),
                ("images without a caption", 1, "c.jpg"),
            ],
            summary.LeftOut.Select(reason => (reason.Reason, reason.Count, reason.First[0])));
        int[] captions = [999, 1_000, 4_000, 10_000, 20_000];
        Assert.Equal([1, 2, 3, 4, 5], captions.Select(ImportOptions.MinimumCountFor));
    }

    /// <summary>Different names that fit the same file are two photos; an ambiguous name is none.</summary>
    [Fact]
    public void Names_of_different_photos_never_share_a_file()
    {
        using var example = new SourceExample();
        foreach (string photo in new[] { "1.jpg", "2.jpg", "3.jpg", "x/4.jpg", "y/4.jpg" })
        {
            example.Write($"photos/{photo}", "");
        }

        string captions = example.Write(
            "c.csv",
            "image,caption\na/1.jpg,a dog\nb/1.jpg,a bird\nc/1.jpg,a cow\n2.jpg,two\nx/2.jpg,the two\n3.jpg,three\n"
                + "4.jpg,four\n5.jpg,five\n");
        (ImportSummary summary, string data) =
            example.Import(new ImportOptions { Captions = [captions], Photos = example.Path("photos") });
        Assert.Equal(
            ["2.jpg: two; the two", "3.jpg: three"],
            SourceExample.LinesOf(data).Select(line => line.Replace(" train:", ":").Replace(" val:", ":")));
        Assert.Equal(
            [("photos of different names that fit the same file", 3), ("photos whose name fits several files", 1)],
            summary.LeftOut.Select(reason => (reason.Reason, reason.Count)).Order());
        Assert.Equal("5.jpg", Assert.Single(summary.MissingPhotos.First));
        Assert.Contains(
            "Left out: 2 photos of different names that fit the same file, such as a/1.jpg",
            Assert.Throws<DataException>(() => example.Import(new ImportOptions
            {
                Captions = [example.Write("d.csv", "image,caption\na/1.jpg,a dog\nb/1.jpg,a bird\n")],
                Photos = example.Path("photos"),
            })).Message);
    }

    [Theory]
    [InlineData("train/1.jpg,val/2.jpg,test/3.jpg", "train val test")]
    [InlineData("train2014/1.jpg,train2014/2.jpg,val2014/3.jpg", "train train val")]
    [InlineData("train/1.jpg,train/2.jpg,other/3.jpg", "")]
    public void Folders_named_after_splits_are_the_splits(string photos, string splits)
    {
        using var example = new SourceExample();
        string captions = "image,caption\n" + string.Concat(photos.Split(',').Select(photo => $"{photo},a dog\n"));
        foreach (string photo in photos.Split(','))
        {
            example.Write($"photos/{photo}", "");
        }

        string[] found = [.. example.Lines(new ImportOptions
        {
            Captions = [example.Write("c.csv", captions)], Photos = example.Path("photos"),
        }).Select(line => line.Split(' ', ':')[1])];
        Assert.Equal(splits.Length > 0 ? splits.Split(' ').Order() : ["train", "train", "val"], found.Order());
    }

    [Fact]
    public void Blank_captions_are_counted_and_a_language_without_spaces_is_pointed_out()
    {
        using var example = new SourceExample();
        example.Write("photos/1.jpg", "");
        example.Write("photos/2.jpg", "");
        example.Write("photos/3.jpg", "");
        (ImportSummary summary, string data) = example.Import(new ImportOptions
        {
            Captions =
            [
                example.Write(
                    "photos/c.csv",
                    "image,a,caption1,caption2\n1.jpg,,一只狗,\n2.jpg,,一只猫,一只狗\n3.jpg,,nan,\n"),
            ],
        });
        Assert.Equal(
            ["1.jpg: 一只狗", "2.jpg: 一只猫; 一只狗"],
            SourceExample.LinesOf(data).Select(line => line.Replace(" train:", ":").Replace(" val:", ":")));
        Assert.Equal(1, summary.Splits.Sum(split => split.Empty));
        Assert.Equal(("photos without a caption", 1), (summary.LeftOut[0].Reason, summary.LeftOut[0].Count));
        Assert.Contains("--tokens char", Assert.Single(summary.Warnings), StringComparison.Ordinal);
    }

    /// <summary>With its photos or without them.</summary>
    [Fact]
    public void A_dataset_may_be_moved_but_not_cut()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Import(Example(folder), folder.File("data"));
        string photos = DatasetManifest.Load(folder.File("data")).Photos;
        Assert.Equal(folder.File("photos"), photos);
        Directory.CreateDirectory(folder.File("away/deep"));
        Directory.Move(folder.File("data"), folder.File("away/deep/data"));
        Assert.Equal(photos, DatasetManifest.Load(folder.File("away/deep/data")).Photos);
        Directory.Move(folder.File("away/deep/data"), folder.File("away/data"));
        Directory.Move(photos, folder.File("away/photos"));
        Assert.Equal(folder.File("away/photos"), DatasetManifest.Load(folder.File("away/data")).Photos);

        string captions = folder.File("away/data/captions.jsonl");
        File.WriteAllLines(captions, File.ReadAllLines(captions)[..5]);
        Assert.Contains(
            "captions.jsonl: is damaged or was changed: its checksum is ",
            Assert.Throws<DataException>(() => DatasetManifest.LoadPhotos(folder.File("away/data"))).Message);

        // Datasets of earlier versions have no checksum.
        string manifest = folder.File("away/data/dataset.json");
        JsonObject old = JsonNode.Parse(File.ReadAllText(manifest))!.AsObject();
        Assert.True(old.Remove("captionsChecksum"));
        File.WriteAllText(manifest, old.ToJsonString());
        Assert.Contains(
            "has 5 photos; dataset.json says 9",
            Assert.Throws<DataException>(() => DatasetManifest.LoadPhotos(folder.File("away/data"))).Message);
    }

    private static CaptionDataset Load(string data)
    {
        string[] names = [.. DatasetManifest.LoadPhotos(data).Select(photo => photo.Photo)];
        Directory.CreateDirectory(Path.Combine(data, "features"));
        Tensors.Write(Path.Combine(data, "features", "made.safetensors"), file =>
        {
            file.Add<float>("features", [names.Length, 2], new float[2 * names.Length]);
            file.AddStrings("names", names);
            file.AddStrings("recipe", [(PhotoPipelineTests.Example with { Transform = null }).ToJson()]);
        });
        return DatasetFolder.Load(data);
    }

    private static ImportSummary Import(ImportOptions options, string folder) =>
        DatasetImport.Run(options, folder, cancellation: TestContext.Current.CancellationToken);

    [Theory]
    [InlineData("หมา", true)]
    [InlineData("ឆ្កែ", true)]
    [InlineData("ネコ", true)]
    [InlineData("dog", false)]
    [InlineData("собака", false)]
    public void Languages_without_spaces_are_told_by_their_letters(string word, bool isSpaceless)
    {
        using var example = new SourceExample();
        foreach (int photo in new[] { 1, 2, 3 })
        {
            example.Write($"photos/{photo}.jpg", "");
        }

        (ImportSummary summary, _) = example.Import(new ImportOptions
        {
            Captions = [example.Write("photos/c.csv", $"image,caption\n1.jpg,{word}\n2.jpg,{word}\n3.jpg,{word}\n")],
        });
        Assert.Equal(
            isSpaceless, summary.Warnings.Any(warning => warning.Contains("--tokens char", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("1.jpg,a dog,train\n2.jpg,a very long caption,val\n", "1 captions have more than 3 words")]
    [InlineData("1.jpg,a dog,train\n2.jpg,,val\n", "1 photos have captions to train on")]
    [InlineData("1.jpg,a dog,train\n2.jpg,a very long caption,train\n", "1 captions have more than 3 words")]
    [InlineData("1.jpg,a very long caption,train\n2.jpg,a very long one,val\n", "2 have more than 3 words")]
    [InlineData("1.jpg,a dog,train\n2.jpg,a cat,test\n", "1 photos have captions to train on")]
    public void What_leaves_a_split_without_captions_is_told(string lines, string said)
    {
        using var example = new SourceExample();
        example.Write("photos/1.jpg", "");
        example.Write("photos/2.jpg", "");
        string captions = example.Write("photos/c.csv", $"image,caption,split\n{lines}");
        Refuse(new ImportOptions { Captions = [captions], MaxWords = 3 }, example.Path("data"), said);
    }

    [Theory]
    [InlineData("none", "of which 0 photos are in", " 1 names of the lists have no caption, such as none.")]
    [InlineData("2.jpg", "of which 1 photos are in", "train and val need at least one each.")]
    public void What_leaves_a_list_without_captions_is_told(string validation, string said, string end)
    {
        using var example = new SourceExample();
        example.Write("photos/1.jpg", "");
        example.Write("photos/2.jpg", "");
        string captions = example.Write("photos/c.csv", "image,caption\n1.jpg,a dog\n2.jpg,...\n");
        var options = new ImportOptions
        {
            Captions = [captions], TrainList = example.Write("train.txt", "1.jpg\n"),
            ValidationList = example.Write("val.txt", validation),
        };
        string message = Assert.Throws<DataException>(() => Import(options, example.Path("data"))).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.EndsWith(end, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Photos_that_are_nowhere_are_asked_for_and_the_encoding_is_part_of_the_source()
    {
        using var example = new SourceExample();
        string captions = example.Write("lone/c.csv", "");
        File.WriteAllText(captions, "image,caption\n1.jpg,caf\u00E9\n2.jpg,a dog\n", System.Text.Encoding.Latin1);
        example.Write("photos/1.jpg", "");
        example.Write("photos/2.jpg", "");
        var options = new ImportOptions
        {
            Captions = [captions], File = new CaptionFileOptions { Encoding = System.Text.Encoding.Latin1 },
        };
        Refuse(options, example.Path("data"), "names photos; say in which folder they are (--photos)");
        options = options with { Photos = example.Path("photos") };
        (_, string data) = example.Import(options);
        Assert.Contains("caf\u00E9", string.Concat(SourceExample.LinesOf(data)), StringComparison.Ordinal);
        Assert.True(DatasetImport.IsOfSameSource(options, data));
        Assert.False(DatasetImport.IsOfSameSource(
            options with { File = new CaptionFileOptions { Encoding = System.Text.Encoding.ASCII } }, data));
    }

    [Fact]
    public void An_empty_list_of_photos_is_refused()
    {
        using var example = new SourceExample();
        example.Write("photos/1.jpg", "");
        string captions = example.Write("photos/c.csv", "image,caption\n1.jpg,a dog\n");
        string list = example.Write("train.txt", "\n \n");
        Refuse(
            new ImportOptions { Captions = [captions], TrainList = list, ValidationList = list }, example.Path("data"),
            $"{list}: contains no photo name");
    }

    [Fact]
    public void Patterns_of_names_are_expanded_or_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string name in new[] { "a-8.tar", "a-9.tar", "a-10.tar", "b.csv" })
        {
            File.WriteAllText(folder.File(name), "");
        }

        Assert.Equal([folder.File("b.csv")], CaptionPaths.Expand(folder.File("b.csv")));
        Assert.Equal(
            [folder.File("a-8.tar"), folder.File("a-9.tar"), folder.File("a-10.tar")],
            CaptionPaths.Expand(folder.File("a-{8..10}.tar")));
        Assert.Equal([folder.File("a-08.tar")], CaptionPaths.Expand(folder.File("a-{08..8}.tar")));
        Assert.Equal(
            [folder.File("a-10.tar"), folder.File("a-8.tar"), folder.File("a-9.tar")],
            CaptionPaths.Expand(folder.File("a-*.tar")));
        Assert.Equal(["absent.csv"], CaptionPaths.Expand("absent.csv"));
        foreach ((string name, string said) in new[]
            {
                (folder.File("c*.csv"), "no file matches"), ("no-such-name-*.nothing", "no file matches"),
                (folder.File("absent/*.csv"), "there is no such folder"),
                (folder.File("a-{9..8}.tar"), "9..8 is not a range"),
                (folder.File("a-{0..100000}.tar"), "0..100000 is not a range of at most 100,000 numbers"),
            })
        {
            string message = Assert.Throws<DataException>(() => CaptionPaths.Expand(name)).Message;
            Assert.Contains(said, message, StringComparison.Ordinal);
        }
    }

    private static void Refuse(ImportOptions options, string folder, string said)
    {
        Assert.Contains(
            said, Assert.Throws<DataException>(() => Import(options, folder)).Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder) && !File.Exists(Path.Combine(folder, "dataset.json")));
    }
}
