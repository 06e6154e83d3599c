using System.Text.Json;
using ShowTell.Backbones;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Datasets.Features;

public sealed class FeatureTransformGoldenTests
{
    /// <summary>By <c>tests/golden/feature_transform.py</c>.</summary>
    [Theory]
    [InlineData("standardized")]
    [InlineData("three components")]
    [InlineData("three components of standardized features")]
    public void Features_are_standardized_and_reduced_as_by_NumPy(string name)
    {
        JsonElement golden = GoldenFile.Read("feature_transform"), expected = golden.GetProperty(name);
        Matrix<double> given = golden.Matrix("given");
        var rows = new Matrix<float>(
            given.Rows, given.Columns, [.. given.Span.ToArray().Select(value => (float)value)]);
        int components = expected.GetProperty("components").GetInt32();
        var fit = new FeatureTransformFit(
            components > 0 ? components : null, expected.GetProperty("standardize").GetBoolean());
        fit.Add(rows);
        double[] features = expected.GetProperty("features").Numbers();
        var transformed = new Matrix<float>(rows.Rows, features.Length / rows.Rows);
        fit.Fit().Apply(rows, transformed);
        double largest = features.Max(Math.Abs);
        Assert.All(
            features.Zip(transformed.Span.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 2e-6 * largest));
    }
}
