using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Files;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class FeatureTransformFitTests
{
    [Fact]
    public void Standardised_features_have_mean_0_and_deviation_1_and_constant_ones_stay_0()
    {
        Matrix<float> rows = Matrix.Normal<float>(new SeededRandom(1), 1000, 6, 3);
        for (int i = 0; i < rows.Rows; i++)
        {
            rows[i, 0] += 1e4f;
            rows[i, 1] *= 1e-3f;
            rows[i, 2] = 7;
        }

        var fit = new FeatureTransformFit(null, standardize: true);
        fit.Add(rows.RowBlock(0, 300));
        fit.Add(rows.RowBlock(300, 700));
        var result = new Matrix<float>(1000, 6);
        fit.Fit().Apply(rows, result);
        for (int j = 0; j < 6; j++)
        {
            double[] column = [.. Enumerable.Range(0, 1000).Select(i => (double)result[i, j])];
            Assert.Equal(0, column.Average(), 1e-3);
            Assert.Equal(j == 2 ? 0 : 1, Math.Sqrt(column.Average(value => value * value)), 1e-3);
        }
    }

    [Fact]
    public void Components_without_standardising_are_those_of_Pca()
    {
        Matrix<float> rows = Matrix.Normal<float>(new SeededRandom(2), 200, 8);
        for (int i = 0; i < rows.Rows; i++)
        {
            TensorPrimitives.Multiply(rows.Row(i), new float[] { 9, 7, 5, 3, 1, 1, 1, 1 }, rows.Row(i));
            rows[i, 3] += 2;
        }

        var fit = new FeatureTransformFit(3, standardize: false);
        fit.Add(rows);
        var found = new Matrix<float>(200, 3);
        fit.Fit().Apply(rows, found);
        Matrix<float> expected = Pca.Fit(rows, 3).Transform(rows);
        for (int i = 0; i < found.Length; i++)
        {
            Assert.Equal(expected.Span[i], found.Span[i], 1e-3f);
        }
    }

    /// <summary>More rows than are sampled: the first come from another distribution, which must not win.</summary>
    [Fact]
    public void Components_come_from_a_sample_of_all_rows()
    {
        var fit = new FeatureTransformFit(1, standardize: false);
        var random = new SeededRandom(3);
        for (int block = 0; block < 10; block++)
        {
            Matrix<float> rows = Matrix.Normal<float>(random, FeatureTransformFit.MaxSampledRows / 2, 2);
            for (int i = 0; i < rows.Rows; i++)
            {
                rows[i, block < 2 ? 0 : 1] *= 5;
            }

            fit.Add(rows);
        }

        Matrix<float> component = fit.Fit().Components!;
        Assert.Equal(1, Math.Abs(component[0, 1]), 0.02);
    }

    [Fact]
    public void What_cannot_be_fitted_is_refused()
    {
        Assert.Throws<DataException>(() => new FeatureTransformFit(1, standardize: true).Fit());
        var fit = new FeatureTransformFit(4, standardize: true);
        fit.Add(new Matrix<float>(3, 9));
        Assert.Contains(
            "4 principal components", Assert.Throws<DataException>(fit.Fit).Message, StringComparison.Ordinal);
        Assert.Throws<DataException>(() => fit.Add(Matrix.FromRows<float>([0, 0, 0, float.NaN, 0, 0, 0, 0, 0])));
        Assert.Throws<ArgumentException>(() => fit.Add(new Matrix<float>(1, 8)));
    }

    /// <summary>The ready features of Flickr8k were standardised by these very numbers.</summary>
    [Fact]
    public void Mean_and_deviation_of_real_features_are_those_of_another_program()
    {
        string folder = TestData.Shared("data", "flickr8k-cs231n");
        string raw = TestData.Shared("data", "squeezenet1_1", "reference_features.h5");
        string[] train = File.ReadAllLines(Path.Combine(folder, "train2014_images.txt"));
        using ITensorFile file = TensorFormats.Open(raw);
        Dictionary<string, int> rows = file.ReadStrings("names").Select((name, row) => (name, row))
            .ToDictionary(pair => Path.GetFileName(pair.name), pair => pair.row);
        using TensorFeatures features = TensorFeatures.Open(raw);
        var all = new Matrix<float>(train.Length, features.Columns);
        features.Read([.. train.Select(name => rows[Path.GetFileName(name)])], all);

        var fit = new FeatureTransformFit(null, standardize: true);
        fit.Add(all);
        FeatureTransform found = fit.Fit();
        using ITensorFile expected = TensorFormats.Open(Path.Combine(folder, "feature_mean_std.h5"));
        (string, float[])[] parts = [("mean", found.Mean.ToArray()), ("std", found.Deviation.ToArray())];
        foreach ((string name, float[] values) in parts)
        {
            foreach ((float first, float second) in expected.ReadSingle(name).Zip(values))
            {
                Assert.Equal(first, second, 1e-3f * Math.Max(1, Math.Abs(first)));
            }
        }
    }
}
