using ShowTell.Backbones;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class BackbonePresetTests
{
    /// <summary>A white pixel becomes (1 - mean) / deviation.</summary>
    [Theory]
    [InlineData("torchvision", 224, 256, 2.2489f, 2.64f)]
    [InlineData("timm", 299, 341, 2.2489f, 2.64f)]
    [InlineData("timm-0.9", 224, 248, 2.2489f, 2.64f)]
    [InlineData("timm-0.95", 224, 235, 2.2489f, 2.64f)]
    [InlineData("timm-inception", 384, 426, 1, 1)]
    [InlineData("clip", 224, 224, 1.9303f, 2.1459f)]
    [InlineData("vit", 224, 0, 1, 1)]
    [InlineData("siglip", 384, 0, 1, 1)]
    [InlineData("model-zoo", 224, 256, 2.2489f, 2.64f)]
    [InlineData("caffe", 224, 224, 151.061f, 131.32f)]
    [InlineData("keras", 224, 224, 1, 1)]
    [InlineData("keras-caffe", 224, 224, 151.061f, 131.32f)]
    [InlineData("keras-torch", 224, 224, 2.2489f, 2.64f)]
    [InlineData("raw", 224, 224, 255, 255)]
    public void A_preset_has_the_numbers_that_the_docs_list(string name, int size, int resize, float first, float last)
    {
        BackbonePreprocessing preset = BackbonePreset.Get(name, size);
        Assert.Equal((size, resize), (preset.Size, preset.ShorterSide));
        Assert.Equal(first, preset.Value(255, 0), 1e-3f);
        Assert.Equal(last, preset.Value(255, 2), 1e-3f);
        Assert.Equal(name.StartsWith("keras", StringComparison.Ordinal), preset.ChannelsLast);
        Assert.Equal(name.Contains("caffe", StringComparison.Ordinal), preset.BlueFirst);
        string docs = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "docs", "backbones.md"));
        Assert.Contains($"`{name}`", docs);
    }

    [Fact]
    public void All_presets_are_listed() => Assert.Equal(14, BackbonePreset.Names.Count);

    /// <summary>A photo of 8 x 4 is stretched to 4 x 4, of which the inner 2 x 2 pixels are taken.</summary>
    [Fact]
    public void A_photo_can_be_stretched_and_then_cropped()
    {
        BackbonePreprocessing preprocessing = new() { Size = 2, ShorterSide = 0, StretchedSide = 4 };
        byte[] pixels = [.. Enumerable.Range(0, 8 * 4 * 3).Select(i => (byte)((i / 3 % 8 / 2 * 10) + (i / 24 * 50)))];
        Photo cropped = preprocessing.Resize(new Photo(8, 4, pixels));
        Assert.Equal([60, 70, 110, 120], cropped.Pixels.ToArray().Where((_, i) => i % 3 == 0));
        Assert.Equal(4, preprocessing.MinPhotoSize.Width);
        Assert.Equal("stretch 4", preprocessing.ToEntries()["resize"]);
        Assert.Equal(
            preprocessing, new BackbonePreprocessingReader("net", preprocessing.ToEntries()).Read());
    }
}
