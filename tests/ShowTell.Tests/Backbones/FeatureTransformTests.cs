using ShowTell.Backbones;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class FeatureTransformTests
{
    [Fact]
    public void Features_are_standardised_then_projected()
    {
        Matrix<float> rows = Matrix.FromRows<float>([3, 10, 5], [1, 30, 5]);
        var standardize = new FeatureTransform([1, 10, 5], [2, 10, 1]);
        var result = new Matrix<float>(2, 3);
        standardize.Apply(rows, result);
        Assert.Equal([1, 0, 0, 0, 2, 0], result.Span.ToArray());

        var project = new FeatureTransform([1, 10, 5], [2, 10, 1], Matrix.FromRows<float>([2, 1, 0], [0, 0.5f, 1]));
        var projected = new Matrix<float>(2, 2);
        project.Apply(rows, projected);
        Assert.Equal([2, 0, 2, 1], projected.Span.ToArray());
        Assert.Equal(
            (3, 2, 3, 3),
            (project.InputSize, project.OutputSize, standardize.InputSize, standardize.OutputSize));
        Assert.Throws<ArgumentException>(() => project.Apply(rows, new Matrix<float>(2, 3)));
    }

    [Fact]
    public void The_fingerprint_is_of_every_number()
    {
        var transforms = new[]
        {
            new FeatureTransform([1, 2], [1, 1]),
            new FeatureTransform([1, 2.0000002f], [1, 1]),
            new FeatureTransform([1, 2], [1, 1.0000001f]),
            new FeatureTransform([1, 2], [1, 1], Matrix.FromRows<float>([1, 0])),
            new FeatureTransform([1, 2], [1, 1], Matrix.FromRows<float>([1, 1e-40f])),
        };
        Assert.Equal(transforms.Length, transforms.Select(transform => transform.Fingerprint()).Distinct().Count());
        Assert.Equal(transforms[0].Fingerprint(), new FeatureTransform([1, 2], [1, 1]).Fingerprint());
    }

    [Theory]
    [InlineData(new float[] { }, new float[] { })]
    [InlineData(new float[] { 1, 2 }, new float[] { 1 })]
    [InlineData(new float[] { 1 }, new float[] { 0 })]
    [InlineData(new float[] { 1 }, new[] { float.NaN })]
    [InlineData(new[] { float.NegativeInfinity }, new float[] { 1 })]
    public void Numbers_that_make_no_sense_are_refused(float[] mean, float[] deviation) =>
        Assert.Throws<ArgumentException>(() => new FeatureTransform(mean, deviation));

    [Fact]
    public void Components_of_other_features_are_refused() =>
        Assert.Throws<ArgumentException>(() => new FeatureTransform([1, 2], [1, 1], new Matrix<float>(1, 3)));
}
