using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Features;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;
using Xunit;

namespace ShowTell.Tests.Datasets.Features;

public sealed class DatasetFeaturesTests
{
    [Fact]
    public void Features_of_an_imported_dataset_belong_to_its_photos()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        FeatureExtractionSummary summary = Extract(pile, data);
        Assert.Equal(
            (PhotoPile.Count, TinyNetwork.Features, PhotoPile.Count),
            (summary.Photos, summary.Features, summary.Computed));
        using CaptionDataset dataset = DatasetFolder.Load(data);
        using PhotoEncoder encoder = pile.Encoder();
        foreach (CaptionSplit split in new[] { dataset.Train, dataset.Validation })
        {
            var features = new Matrix<float>(split.ImageCount, split.Features.Columns);
            split.ReadFeatures([.. Enumerable.Range(0, split.ImageCount)], features);
            Assert.Equal(pile.Encode(encoder, split.ImageNames).Span.ToArray(), features.Span.ToArray());
        }

        Assert.Equal(PhotoPile.Count, dataset.Train.ImageCount + dataset.Validation.ImageCount);
        Assert.Equal(encoder.Pipeline, dataset.PhotoPipeline);
        Assert.Equal(FeaturesSpec.Of(encoder.Pipeline, TinyNetwork.Features), dataset.Features);
        Assert.True(Extract(pile, data).IsUpToDate);
        Assert.Equal([], Directory.GetFiles(Path.Combine(data, "features"), "*.work"));
    }

    [Fact]
    public void Files_are_named_after_the_backbone_with_plain_letters()
    {
        using var pile = new PhotoPile();
        string data = pile.Import(), network = pile.File("my_net-1.0 é.onnx");
        File.Copy(pile.Network, network);
        using var encoder = new PhotoEncoder(Backbone.Load(network));
        string file = Assert.Single(FeatureExtraction.OfDataset(
            encoder, data, cancellation: TestContext.Current.CancellationToken).Files);
        Assert.Matches(@"^my_net-1\.0__-[0-9a-f]{8}\.safetensors$", Path.GetFileName(file));
    }

    [Fact]
    public void What_is_fitted_is_fitted_to_train_photos()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        FeatureExtractionSummary summary = Extract(pile, data, new() { Components = 2, Standardize = true });
        Assert.Matches(@"features.tiny-[0-9a-f]{8}\.safetensors$", Assert.Single(summary.Files));
        Extract(pile, data);
        Assert.Contains("contains several; choose one with --features: tiny-", Refusal(data), StringComparison.Ordinal);
        Assert.Contains(
            "contains no such features, only tiny-",
            Assert.Throws<DataException>(
                () => DatasetFolder.Load(data, new DatasetOptions { Features = "huge" })).Message);
        using CaptionDataset reduced = DatasetFolder.Load(data, new DatasetOptions { PcaFeatures = true });
        using CaptionDataset named = DatasetFolder.Load(
            data, new DatasetOptions { Features = Path.GetFileName(summary.Files[0])[..9] });
        Assert.Equal(reduced.FeatureKind, named.FeatureKind);
        using CaptionDataset raw = DatasetFolder.Load(data, new DatasetOptions { PcaFeatures = false });
        Assert.Equal((2, TinyNetwork.Features), (reduced.FeatureSize, raw.FeatureSize));
        Assert.NotEqual(raw.FeatureKind, reduced.FeatureKind);

        using PhotoEncoder encoder = pile.Encoder();
        Matrix<float> train = pile.Encode(encoder, raw.Train.ImageNames);
        var fit = new FeatureTransformFit(2, standardize: true);
        fit.Add(train);
        Assert.Equal(fit.Fit().Fingerprint(), ((PhotoPipeline)reduced.PhotoPipeline!).Transform?.Fingerprint());
    }

    [Fact]
    public void Features_with_mirror_images_serve_where_there_are_both_and_belong_to_the_same_photos()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        Extract(pile, data);
        using CaptionDataset plain = DatasetFolder.Load(data);
        Assert.Null(plain.Train.Mirrored);
        Extract(pile, data, new() { Mirror = true });
        using CaptionDataset both = DatasetFolder.Load(data);
        using PhotoEncoder encoder = pile.Encoder();
        var row = new Matrix<float>(1, both.FeatureSize);
        foreach (CaptionSplit split in both.Splits)
        {
            for (int i = 0; i < split.ImageCount; i++)
            {
                split.ReadMirrored([i], row);
                Assert.Equal(
                    encoder.Encode(encoder.Reader.Read(pile.PathOf(split.ImageNames[i])).Mirrored()),
                    row.Span.ToArray());
            }
        }

        // Others are still to be chosen from.
        Extract(pile, data, new() { Standardize = true });
        Assert.Contains("contains several", Refusal(data));
    }

    [Fact]
    public void Captions_of_photos_that_cannot_be_read_are_left_out()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        string[] train = PhotoPile.PhotosOf(data, "train");
        string[] validation = PhotoPile.PhotosOf(data, "val");
        File.WriteAllText(pile.PathOf(train[4]), "");
        File.Delete(pile.PathOf(validation[1]));
        FeatureExtractionSummary summary = Extract(pile, data, new() { Standardize = true });
        Assert.Equal(
            new[] { train[4], validation[1] }.Order(StringComparer.Ordinal),
            summary.Unreadable.Select(photo => photo.File));
        Assert.Equal(
            "there is no such file.", summary.Unreadable.Single(photo => photo.File == validation[1]).Reason);

        using CaptionDataset dataset = DatasetFolder.Load(data);
        Assert.Equal(2 * (train.Length - 1), dataset.Train.Count);
        Assert.Equal(train.Length, dataset.Train.ImageCount);
        Assert.Empty(dataset.Train.CaptionsOf(4));
        Assert.Empty(dataset.Validation.CaptionsOf(1));
        Assert.All(
            Enumerable.Range(5, train.Length - 5), image => Assert.Equal(2, dataset.Train.CaptionsOf(image).Count()));
        int caption = dataset.Train.CaptionsOf(5).First();
        Assert.Contains(
            $"n{Array.IndexOf(PhotoPile.Names, train[5])}", dataset.Vocabulary.Decode(dataset.Train.Caption(caption)));
        var row = new Matrix<float>(1, dataset.FeatureSize);
        dataset.Train.ReadFeatures([4], row);
        Assert.Equal(new float[TinyNetwork.Features], row.Span);

        foreach (string photo in validation)
        {
            File.Delete(pile.PathOf(photo));
        }

        Assert.Contains(
            "none of the val photos can be read",
            Assert.Throws<DataException>(() => Extract(pile, data, new() { Standardize = true })).Message);
        foreach (string photo in train)
        {
            File.Delete(pile.PathOf(photo));
        }

        Assert.Contains(
            "none of the 20 photos can be read", Assert.Throws<DataException>(() => Extract(pile, data)).Message);
    }

    /// <summary>Other words, lengths or splits need no other features, unless those were fitted to the train photos.
    /// </summary>
    [Fact]
    public void Features_outlast_another_import_of_the_same_photos()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        Extract(pile, data);
        string features = Assert.Single(Directory.GetFiles(Path.Combine(data, "features")));
        DateTime written = File.GetLastWriteTimeUtc(features);
        pile.Import(maxWords: 2, seed: 7, isReplacing: true);
        Assert.True(Extract(pile, data).IsUpToDate);
        Assert.Equal(written, File.GetLastWriteTimeUtc(features));
        using CaptionDataset dataset = DatasetFolder.Load(data);
        Assert.Equal(
            (4, PhotoPile.Count), (dataset.Train.CaptionWidth, dataset.Train.Count + dataset.Validation.Count));
        using PhotoEncoder encoder = pile.Encoder();
        var row = new Matrix<float>(1, dataset.FeatureSize);
        dataset.Validation.ReadFeatures([2], row);
        Assert.Equal(pile.Encode(encoder, dataset.Validation.ImageNames[2]).Span, row.Span);

        File.WriteAllText(pile.File("more.csv"), $"{PhotoPile.NameOf(0)},one photo\n{PhotoPile.NameOf(1)},another\n");
        pile.Import(captions: pile.File("more.csv"), isReplacing: true);
        using (CaptionDataset few = DatasetFolder.Load(data))
        {
            Assert.Equal(2, few.Train.ImageCount + few.Validation.ImageCount);
        }

        Assert.Equal(2, Extract(pile, data).Photos);
        pile.Import(isReplacing: true);
        Assert.Contains("lacks more/p02.png, which the dataset has; compute the features again", Refusal(data));
    }

    [Fact]
    public void Statistics_of_other_train_photos_are_refused()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        Extract(pile, data, new() { Standardize = true });
        pile.Import(maxWords: 2, isReplacing: true);
        DatasetFolder.Load(data).Dispose();
        pile.Import(seed: 7, isReplacing: true);
        Assert.Contains("was standardized or reduced for other train photos", Refusal(data), StringComparison.Ordinal);
        Assert.False(Extract(pile, data, new() { Standardize = true }).IsUpToDate);
        DatasetFolder.Load(data).Dispose();
    }

    [Fact]
    public void A_dataset_without_its_photos_is_refused()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        Directory.Delete(pile.Photos, recursive: true);
        Assert.Equal(
            $"{pile.Photos}: there is no such folder; expected the photo folder.",
            Assert.Throws<DataException>(() => Extract(pile, data)).Message);
    }

    private static string Refusal(string data) => Assert.Throws<DataException>(() => DatasetFolder.Load(data)).Message;

    private static FeatureExtractionSummary Extract(
        PhotoPile pile, string data, FeatureExtractionOptions? options = null)
    {
        using PhotoEncoder encoder = pile.Encoder();
        return FeatureExtraction.OfDataset(encoder, data, options);
    }
}
