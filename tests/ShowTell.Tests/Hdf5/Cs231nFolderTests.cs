using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Numerics;
using ShowTell.Tests.Data;
using Xunit;

namespace ShowTell.Tests.Hdf5;

/// <summary>Dataset folders in the exercises' own files.</summary>
public sealed class Cs231nFolderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_is_saved_loads_again_and_is_in_the_exercises_files(bool pca)
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path, DatasetLayout.Cs231n, pca);
        string suffix = pca ? "_pca" : "";
        Assert.Equal(
            [
                "coco2014_captions.h5", "coco2014_vocab.json", "train2014_urls.txt", $"train2014_vgg16_fc7{suffix}.h5",
                $"val2014_vgg16_fc7{suffix}.h5",
            ],
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using CaptionDataset loaded = DatasetFolder.Load(folder.Path);
        Assert.Equal($"cs231n train2014_vgg16_fc7{suffix}", loaded.FeatureKind);
        AssertSame(saved, loaded);
        Assert.Contains(
            "coco2014_captions.h5",
            Assert.Throws<DataException>(() => DatasetFolder.Save(saved, folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void H5py_and_json_read_what_is_saved()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset saved = Example();
        DatasetFolder.Save(saved, folder.Path, DatasetLayout.Cs231n);
        string seen = TestData.RunPython(["h5py"], """
            import sys, os, json, h5py
            at = lambda name: os.path.join(sys.argv[1], name)
            with h5py.File(at('coco2014_captions.h5'), 'r') as f:
                for name in sorted(f): print(name, f[name].dtype, f[name][()].tolist())
            with h5py.File(at('val2014_vgg16_fc7_pca.h5'), 'r') as f:
                print(list(f), f['features'].dtype, f['features'][()].tolist())
            with open(at('coco2014_vocab.json'), encoding='utf-8') as f: v = json.load(f)
            print(sorted(v), all(v['word_to_idx'][w] == i for i, w in enumerate(v['idx_to_word'])))
            """, folder.Path);
        Assert.Equal(
            """
            train_captions int32 [[1, 4, 6, 2, 0], [1, 4, 6, 7, 2], [1, 4, 5, 2, 0], [1, 5, 2, 0, 0], [1, 7, 2, 0, 0]]
            train_image_idxs int32 [2, 2, 0, 0, 1]
            val_captions int32 [[1, 4, 6, 2, 0], [1, 4, 6, 7, 2], [1, 4, 5, 2, 0], [1, 5, 2, 0, 0], [1, 7, 2, 0, 0]]
            val_image_idxs int32 [2, 2, 0, 0, 1]
            ['features'] float32 [[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]
            ['idx_to_word', 'word_to_idx'] True

            """.ReplaceLineEndings("\n"),
            seen);
    }

    [Fact]
    public void Real_data_loads_and_is_the_same_in_either_layout()
    {
        using CaptionDataset dataset = DatasetFolder.Load(TestData.Shared("data", "flickr8k-cs231n"));
        Assert.Equal((26_803, 4_422), (dataset.Train.Count, dataset.Validation.Count));
        Assert.Equal((17, 512), (dataset.Train.CaptionWidth, dataset.FeatureSize));
        Assert.Equal((5_997, 5_997), (dataset.Train.ImageCount, dataset.Train.Urls.Count));
        Assert.EndsWith(".jpg", dataset.Validation.ImageNames[999], StringComparison.Ordinal);
        var rows = new Matrix<float>(4, 512);
        dataset.Train.ReadFeatures([5996, 17, 17, 18], rows);

        // Sums by h5py and NumPy.
        Assert.Equal(58.420772262034006, rows.Span.ToArray().Sum(value => (double)value), 1e-9);
        Assert.Equal(7_432_377, dataset.Validation.Captions.ToArray().Sum());
        Assert.Equal(80_404_324, dataset.Train.ImageIndices.ToArray().Sum());
        using TemporaryFolder folder = TestData.Temporary();
        DatasetFolder.Save(dataset, folder.File("hdf5"), DatasetLayout.Cs231n);
        DatasetFolder.Save(dataset, folder.File("safetensors"));
        foreach (string copy in new[] { "hdf5", "safetensors" })
        {
            using CaptionDataset again = DatasetFolder.Load(folder.File(copy));
            AssertSame(dataset, again);
        }
    }

    private static CaptionDataset Example() => new(
        "example",
        SmallDataset.Vocabulary,
        SmallDataset.Split(urls: ["http://example.com/0.jpg", "http://example.com/1.jpg", "http://example.com/2.jpg"]),
        SmallDataset.Split(name: "val"))
    {
        FeatureKind = "example",
    };

    private static void AssertSame(CaptionDataset expected, CaptionDataset actual)
    {
        Assert.Equal(expected.Vocabulary.Tokens, actual.Vocabulary.Tokens);
        foreach (string name in new[] { "train", "val" })
        {
            CaptionSplit left = expected.Split(name), right = actual.Split(name);
            Assert.Equal(left.Captions.ToArray(), right.Captions.ToArray());
            Assert.Equal(left.ImageIndices.ToArray(), right.ImageIndices.ToArray());
            Assert.Equal(left.Urls, right.Urls);
            Assert.Equal(left.ImageNames, right.ImageNames);
            Assert.Equal(FeaturesOf(left), FeaturesOf(right));
        }
    }

    private static float[] FeaturesOf(CaptionSplit split)
    {
        var features = new Matrix<float>(split.ImageCount, split.Features.Columns);
        split.ReadFeatures([.. Enumerable.Range(0, split.ImageCount)], features);
        return features.Span.ToArray();
    }
}
