using ShowTell.Backbones;
using ShowTell.Photos;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class PhotoFeaturesTests
{
    /// <summary>The way that docs/photos.md shows.</summary>
    [Fact]
    public void A_large_photo_has_the_features_of_its_small_copy_rather_than_of_other_photos()
    {
        string[] photos =
        [
            .. Directory.EnumerateFiles(TestData.Shared("data", "flickr8k", "images"))
                .Order(StringComparer.Ordinal)
                .Take(9),
        ];
        using TemporaryFolder folder = TestData.Temporary();
        Photo enlarged = PhotoResize.Resize(new PhotoReader().Read(photos[0]), 1_792, 1_792);
        File.WriteAllBytes(folder.File("large.jpg"), PictureWriter.Jpeg(enlarged, 95).Bytes.Span);
        float[] large = Features(BackboneData.SqueezeNet, folder.File("large.jpg"));
        double[] distances = [.. photos.Select(path => Distance(large, Features(BackboneData.SqueezeNet, path)))];
        Assert.True(distances[0] < distances[1..].Min() / 3, string.Join(", ", distances));
    }

    private static float[] Features(string network, string path)
    {
        using var encoder = new PhotoEncoder(Backbone.Load(network));
        float[] features = encoder.Encode(encoder.Reader.Read(path));
        return features;
    }

    private static double Distance(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += Math.Pow(x[i] - y[i], 2);
        }

        return Math.Sqrt(sum);
    }
}
