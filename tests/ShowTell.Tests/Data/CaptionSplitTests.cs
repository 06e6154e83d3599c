using ShowTell.Data;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Data;

public sealed class CaptionSplitTests
{
    [Fact]
    public void A_split_knows_its_captions_and_images()
    {
        using CaptionSplit split = SmallDataset.Split();
        Assert.Equal((5, 5, 3), (split.Count, split.CaptionWidth, split.ImageCount));
        Assert.Equal("a dog runs", SmallDataset.Vocabulary.Decode(split.Caption(1)));
        Assert.Equal([0, 1], split.CaptionsOf(2));
        Assert.Equal([4], split.CaptionsOf(1));
        Assert.Empty(split.CaptionsOf(7));
        Assert.Equal([0, 1, 2], split.CaptionedImages());
    }

    [Fact]
    public void An_image_is_called_by_the_best_name_there_is()
    {
        string[] names = ["x.jpg", "y.jpg", "z.jpg"], urls = ["http://x", "http://y", "http://z"];
        Assert.Equal("z.jpg", SmallDataset.Split(imageNames: names, urls: urls).ImageLabel(2));
        Assert.Equal("http://z", SmallDataset.Split(urls: urls).ImageLabel(2));
        Assert.Equal("train image 2", SmallDataset.Split().ImageLabel(2));
    }

    [Fact]
    public void A_minibatch_holds_captions_and_their_features_in_the_order_asked_for()
    {
        using CaptionSplit split = SmallDataset.Split();
        var minibatch = new Minibatch();
        split.Read([4, 1, 4], minibatch);
        Assert.Equal((3, 5), (minibatch.Count, minibatch.CaptionWidth));
        Assert.Equal([1, 2, 1], minibatch.Images);
        Assert.Equal("runs", SmallDataset.Vocabulary.Decode(minibatch.Caption(0)));
        Assert.Equal("a dog runs", SmallDataset.Vocabulary.Decode(minibatch.Caption(1)));
        Assert.Equal([1, 1.5f, 2, 2.5f, 1, 1.5f], minibatch.Features.Span);

        split.Read([0], minibatch);
        Assert.Equal((1, 5, 2), (minibatch.Count, minibatch.Captions.Length, minibatch.Features.Length));
    }

    [Fact]
    public void Reading_allocates_nothing_once_the_minibatch_is_large_enough()
    {
        using CaptionSplit split = SmallDataset.Split();
        var minibatch = new Minibatch();
        split.Read([0, 1, 2, 3], minibatch);
        long before = GC.GetAllocatedBytesForCurrentThread();
        split.Read([3, 2, 1], minibatch);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void Samples_are_drawn_with_replacement_and_fixed_by_the_seed()
    {
        using CaptionSplit split = SmallDataset.Split();
        Minibatch sample = split.Sample(new SeededRandom(1), 40);
        Assert.Equal(40, sample.Count);
        Assert.Equal([0, 1, 2], sample.Images.ToArray().Distinct().Order());
        Assert.Equal(sample.Captions, split.Sample(new SeededRandom(1), 40).Captions);
        Assert.NotEqual(sample.Captions.ToArray(), split.Sample(new SeededRandom(2), 40).Captions.ToArray());
    }

    [Fact]
    public void Captions_are_taken_without_replacement()
    {
        using CaptionSplit split = SmallDataset.Split(imageNames: ["x.jpg", "y.jpg", "z.jpg"]);
        CaptionSplit taken = split.Take(new SeededRandom(1), 4);
        Assert.Equal((4, "z.jpg"), (taken.Count, taken.ImageLabel(2)));
        string[] captions = SmallDataset.Vocabulary.DecodeBatch(taken.Captions, taken.CaptionWidth);
        Assert.Equal(4, captions.Distinct().Count());
        for (int i = 0; i < taken.Count; i++)
        {
            Assert.Equal(SmallDataset.Images[Array.IndexOf(SmallDataset.Captions, captions[i])], taken.ImageIndices[i]);
        }

        Assert.Same(split, split.Take(new SeededRandom(1), 5));
        Assert.Same(split, split.Take(new SeededRandom(1), 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => split.Take(new SeededRandom(1), 0));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void Features_that_are_no_numbers_are_refused_when_read(float value)
    {
        MemoryFeatures features = SmallDataset.Features();
        features.Matrix[2, 1] = value;
        using CaptionSplit split = SmallDataset.Split(features, imageNames: ["x.jpg", "y.jpg", "z.jpg"]);
        var minibatch = new Minibatch();
        split.Read([2, 4], minibatch);
        var exception = Assert.Throws<DataException>(() => split.Read([2, 0], minibatch));
        Assert.Equal(
            "made.safetensors: row 2 (z.jpg) holds NaN or infinity; features must be finite numbers.",
            exception.Message);
    }

    [Fact]
    public void Ids_outside_the_vocabulary_are_refused()
    {
        var exception = Assert.Throws<DataException>(
            () => new CaptionSplit("val", [1, 2, 1, 8], 2, [0, 0], SmallDataset.Features(), 8));
        Assert.Equal(
            "val: caption 1 holds the word id 8, but the vocabulary has ids 0 to 7: captions and vocabulary do not "
                + "belong together.",
            exception.Message);
        Assert.Throws<DataException>(() => new CaptionSplit("val", [1, -1], 2, [0], SmallDataset.Features(), 8));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    public void Images_without_features_are_refused(int image)
    {
        var exception = Assert.Throws<DataException>(
            () => new CaptionSplit("val", [1, 2], 2, [image], SmallDataset.Features(), 8));
        Assert.Equal(
            $"val: caption 0 belongs to image {image}, but made.safetensors has images 0 to 2.", exception.Message);
    }

    [Fact]
    public void Lists_of_another_length_are_refused()
    {
        Assert.Equal(
            "val: 3 ids do not make 2 captions of 2.",
            Assert.Throws<DataException>(
                () => new CaptionSplit("val", [1, 2, 1], 2, [0, 0], SmallDataset.Features(), 8)).Message);
        Assert.Equal(
            "train: 2 URLs for 3 images of made.safetensors.",
            Assert.Throws<DataException>(() => SmallDataset.Split(urls: ["x", "y"])).Message);
        Assert.Equal(
            "train: 1 image names for 3 images of made.safetensors.",
            Assert.Throws<DataException>(() => SmallDataset.Split(imageNames: ["x"])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(
            () => new CaptionSplit("val", [1], 1, [0], SmallDataset.Features(), 8));
    }
}
