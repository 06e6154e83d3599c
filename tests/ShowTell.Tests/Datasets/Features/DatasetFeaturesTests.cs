using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Features;
using ShowTell.Datasets.Import;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Files;
using Xunit;

namespace ShowTell.Tests.Datasets.Features;

public sealed class DatasetFeaturesTests
{
    [Fact]
    public void Features_of_an_imported_dataset_belong_to_its_lists()
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
        Assert.Equal([], Directory.GetFiles(data, "*.work"));
    }

    [Fact]
    public void What_is_fitted_is_fitted_to_train_photos()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        FeatureExtractionSummary summary = Extract(pile, data, new() { Components = 2, Standardize = true });
        Assert.Equal(
            ["train_features_pca.safetensors", "val_features_pca.safetensors"], summary.Files.Select(Path.GetFileName));
        Extract(pile, data);
        using CaptionDataset reduced = DatasetFolder.Load(data);
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
    public void Captions_of_photos_that_cannot_be_read_are_left_out()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        string[] train = ImportedFolder.PhotosOf(data, "train");
        string[] validation = ImportedFolder.PhotosOf(data, "val");
        File.WriteAllText(pile.PathOf(train[4]), "");
        File.Delete(pile.PathOf(validation[1]));
        FeatureExtractionSummary summary = Extract(pile, data, new() { Standardize = true });
        Assert.Equal([train[4], validation[1]], summary.Unreadable.Select(photo => photo.File));
        Assert.Equal("there is no such file.", summary.Unreadable[1].Reason);

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
            $"none of the {validation.Length} photos for val_features.safetensors can be read",
            Assert.Throws<DataException>(() => Extract(pile, data)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Splits_with_features_of_different_origin_are_refused()
    {
        using var pile = new PhotoPile();
        string data = pile.Import();
        Extract(pile, data, new() { Standardize = true });
        string validation = Path.Combine(data, "val_features.safetensors");
        byte[] standardised = File.ReadAllBytes(validation);
        Extract(pile, data);
        File.WriteAllBytes(validation, standardised);
        Assert.Contains(
            "must be from the same pipeline, but", Refusal(data), StringComparison.Ordinal);
        Assert.Contains($"{validation} has standardized features", Refusal(data), StringComparison.Ordinal);

        int count = ImportedFolder.PhotosOf(data, "val").Length;
        Tensors.Write(validation, file => file.Add<float>(
            "features", [count, TinyNetwork.Features], new float[count * TinyNetwork.Features]));
        Assert.Contains($"{validation} has no pipeline", Refusal(data), StringComparison.Ordinal);
        Assert.Contains(
            "not created by showtell features", Assert.Throws<DataException>(() => Extract(pile, data)).Message);
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
