using System.Globalization;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Datasets.Features;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Files;
using Xunit;

namespace ShowTell.Tests.Datasets.Features;

public sealed class FeatureFileTests
{
    /// <summary>
    /// Against NumPy: standardised, principal components of either, of vectors and of grids; 32 and 16 bits.
    /// </summary>
    [Theory]
    [InlineData(0, true, false, false)]
    [InlineData(3, false, false, false)]
    [InlineData(3, true, false, true)]
    [InlineData(3, true, true, false)]
    [InlineData(0, false, true, true)]
    public void Features_are_transformed_as_NumPy_does_it(int components, bool standardize, bool grid, bool half)
    {
        using var pile = new PhotoPile();
        pile.Spoil(5);
        pile.Extract(pile.File("raw.h5"), grid: grid);
        FeatureExtractionSummary summary = pile.Extract(
            pile.File("f.h5"),
            new() { Components = components > 0 ? components : null, Standardize = standardize, HalfPrecision = half },
            grid);
        Assert.Equal(components > 0 ? components : TinyNetwork.Features, summary.Features);
        Assert.Equal(grid ? TinyNetwork.Regions : 1, summary.Regions);
        string error = TestData.RunPython(
            ["h5py", "numpy"], Script, pile.File("raw.h5"), pile.File("f.h5"), $"{components}", $"{standardize}",
            $"{half}");
        Assert.InRange(double.Parse(error, CultureInfo.InvariantCulture), 0, half ? 2e-3 : 2e-5);

        PhotoPipeline recipe = Assert.IsType<PhotoPipeline>(FeatureFile.ReadPipeline(pile.File("f.h5")));
        Assert.Equal(summary.Pipeline, recipe);
        using var encoder = new PhotoEncoder(
            Backbone.Load(pile.Network, new BackboneOptions { Threads = 1, Grid = grid }), recipe.Transform);
        using TensorFeatures features = TensorFeatures.Open(pile.File("f.h5"));
        Assert.Equal((encoder.FeatureSize, encoder.Regions), (features.Columns, features.Regions));
        var row = new Matrix<float>(1, features.Columns);
        features.Read([9], row);
        Matrix<float> alone = pile.Encode(encoder, PhotoPile.NameOf(10));
        for (int i = 0; i < row.Length; i++)
        {
            Assert.Equal(alone.Span[i], row.Span[i], half ? 5e-3 : 1e-5);
        }
    }

    [Fact]
    public void A_transform_of_another_file_is_used_as_it_is()
    {
        using var pile = new PhotoPile();
        FeatureTransform first =
            pile.Extract(pile.File("first.safetensors"), new() { Components = 4 }).Pipeline.Transform!;
        File.Delete(pile.PathOf(PhotoPile.NameOf(19)));
        FeatureExtractionSummary summary = pile.Extract(pile.File("f.safetensors"), new() { Transform = first });
        Assert.Equal((first.Fingerprint(), 4), (summary.Pipeline.Transform?.Fingerprint(), summary.Features));
        Assert.NotEqual(
            first.Fingerprint(),
            pile.Extract(pile.File("own.safetensors"), new() { Components = 4 }).Pipeline.Transform?.Fingerprint());
        Assert.Throws<ArgumentException>(
            () => pile.Extract(pile.File("f.safetensors"), new() { Transform = first, Standardize = true }));
        var narrow = new FeatureTransform([0, 0], [1, 1]);
        Assert.Throws<IncompatibleException>(() =>
            pile.Extract(pile.File("f.safetensors"), new() { Transform = narrow }));
        Assert.Contains(
            "19 rows of 8 features (tiny.onnx, pooled) have at most 8 principal components, not 9",
            Assert.Throws<DataException>(
                () => pile.Extract(pile.File("g.safetensors"), new() { Components = 9 })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Features_beyond_16_bits_are_refused()
    {
        using var pile = new PhotoPile();
        float[] tiny = [.. Enumerable.Repeat(1e-9f, TinyNetwork.Features)];
        var blowUp = new FeatureTransform(new float[TinyNetwork.Features], tiny);
        string message = Assert.Throws<DataException>(
            () => pile.Extract(pile.File("f.safetensors"), new() { Transform = blowUp, HalfPrecision = true })).Message;
        Assert.Contains("exceed the maximum of 16 bits, 65504", message, StringComparison.Ordinal);
        Assert.False(File.Exists(pile.File("f.safetensors")));
        Assert.True(File.Exists(pile.File("f.safetensors.work")));
    }

    [Theory]
    [InlineData("no JSON", 8, "pipeline")]
    [InlineData(null, 2, "mean, deviation and components")]
    public void Damaged_recipes_are_refused(string? json, int deviations, string reason)
    {
        using var pile = new PhotoPile();
        string damaged = pile.File("damaged.safetensors");
        PhotoPipeline recipe = pile.Extract(pile.File("f.safetensors"), new() { Standardize = true }).Pipeline;
        Tensors.Write(damaged, file =>
        {
            file.AddStrings("recipe", [json ?? recipe.ToJson()]);
            file.Add("mean", [TinyNetwork.Features], recipe.Transform!.Mean.ToArray());
            file.Add("deviation", [deviations], recipe.Transform.Deviation[..deviations].ToArray());
        });
        string message = Assert.ThrowsAny<ShowTellException>(() => FeatureFile.ReadPipeline(damaged)).Message;
        Assert.StartsWith(damaged, message, StringComparison.Ordinal);
        Assert.Contains(reason, message, StringComparison.Ordinal);
    }

    private const string Script = """
        import sys, h5py, numpy as np
        raw, file = h5py.File(sys.argv[1]), h5py.File(sys.argv[2])
        k, standardize, half = int(sys.argv[3]), sys.argv[4] == "True", sys.argv[5] == "True"
        x = raw["features"][:].astype(np.float64)
        shape = x.shape
        x = x.reshape(-1, shape[-1])
        y = x
        if k or standardize:
            y = x - x.mean(0)
        if standardize:
            y = y / x.std(0)
        if k:
            u, s, v = np.linalg.svd(y - y.mean(0), full_matrices=False)
            v = v[:k]
            v *= np.sign(v[range(k), abs(v).argmax(1)])[:, None]
            y = y @ v.T
        got = file["features"]
        assert got.dtype == (np.float16 if half else np.float32), got.dtype
        assert got.shape == shape[:-1] + (k or shape[-1],), got.shape
        assert list(file["names"]) == list(raw["names"]) and len(file["missing"]) == 0
        print(abs(got[:].reshape(y.shape) - y).max() / abs(y).max())
        """;
}
