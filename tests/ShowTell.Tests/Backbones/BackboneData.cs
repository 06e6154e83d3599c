using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Backbones;

/// <summary>What tests of backbones on real photos need from outside; each skips the test where it is absent.</summary>
internal static class BackboneData
{
    public const int Size = 224;

    /// <summary>The path of the SqueezeNet file.</summary>
    public static string SqueezeNet => TestData.Shared("data", "squeezenet1_1", "squeezenet1_1_features.onnx");

    /// <summary>The first photos by name, 224 x 224, as pixels.</summary>
    public static Photo[] Photos(int count)
    {
        string folder = TestData.Shared("data", "flickr8k", "images");
        var reader = new PhotoReader();
        return
        [
            .. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Take(count).Select(path =>
            {
                Photo photo = reader.Read(path);
                Assert.Equal((Size, Size), (photo.Width, photo.Height));
                return photo;
            }),
        ];
    }
}
