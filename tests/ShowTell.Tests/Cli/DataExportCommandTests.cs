using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Numerics;
using ShowTell.Tests.Datasets.Features;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class DataExportCommandTests
{
    [Fact]
    public async Task A_dataset_is_written_in_the_files_of_the_exercises()
    {
        using var pile = new PhotoPile();
        string data = pile.Import(), folder = pile.File("coco");
        (await Command.RunAsync("data", "export", data, "--cs231n", "--out", folder)).Failed("no features");
        (await Command.RunAsync("features", data, "--backbone", pile.Network)).Succeeded();
        (await Command.RunAsync("data", "export", data, "--out", folder)).Failed("--cs231n");
        (await Command.RunAsync("data", "export", data, "--cs231n", "--out", folder)).Succeeded();
        Assert.Equal(
            ["coco2014_captions.h5", "coco2014_vocab.json", "train2014_images.txt", "train2014_vgg16_fc7.h5",
                "val2014_images.txt", "val2014_vgg16_fc7.h5"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        using CaptionDataset one = DatasetFolder.Load(data), other = DatasetFolder.Load(folder);
        Assert.Equal(one.Vocabulary.Tokens, other.Vocabulary.Tokens);
        foreach ((CaptionSplit left, CaptionSplit right) in one.Splits.Zip(other.Splits))
        {
            Assert.Equal(left.Captions, right.Captions);
            Assert.Equal(left.ImageNames, right.ImageNames);
            Assert.Equal(FeaturesOf(left).Span, FeaturesOf(right).Span);
        }

        (await Command.RunAsync("data", "export", data, "--cs231n", "--out", folder)).Failed(
            folder, "already contains a dataset");
    }

    private static Matrix<float> FeaturesOf(CaptionSplit split)
    {
        var features = new Matrix<float>(split.ImageCount, split.Features.Columns);
        split.ReadFeatures([.. Enumerable.Range(0, split.ImageCount)], features);
        return features;
    }
}
