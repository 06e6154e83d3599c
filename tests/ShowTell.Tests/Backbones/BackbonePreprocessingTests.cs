using ShowTell.Backbones;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Backbones;

public sealed class BackbonePreprocessingTests
{
    private static readonly byte[] s_pixels = [255, 0, 51, 10, 20, 30, 0, 0, 0, 102, 204, 255];

    [Fact]
    public void Planes_of_a_torchvision_network()
    {
        BackbonePreprocessing preprocessing = BackbonePreprocessing.Torchvision with { Size = 2, ShorterSide = 2 };
        float[] input = Prepare(preprocessing);
        float[] expected =
        [
            (1 - 0.485f) / 0.229f, ((10 / 255f) - 0.485f) / 0.229f, -0.485f / 0.229f, (0.4f - 0.485f) / 0.229f,
            -0.456f / 0.224f, ((20 / 255f) - 0.456f) / 0.224f, -0.456f / 0.224f, (0.8f - 0.456f) / 0.224f,
            (0.2f - 0.406f) / 0.225f, ((30 / 255f) - 0.406f) / 0.225f, -0.406f / 0.225f, (1 - 0.406f) / 0.225f,
        ];
        Assert.All(expected.Zip(input), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void Blue_comes_first_for_caffe() =>
        Assert.Equal(
            [
                51 - 103.939f, 30 - 103.939f, -103.939f, 255 - 103.939f,
                -116.779f, 20 - 116.779f, -116.779f, 204 - 116.779f,
                255 - 123.68f, 10 - 123.68f, -123.68f, 102 - 123.68f,
            ],
            Prepare(BackbonePreprocessing.Caffe with { Size = 2 }));

    [Fact]
    public void Pixels_stay_together_for_keras() =>
        Assert.Equal(
            [1, -1, (51 / 127.5f) - 1, (10 / 127.5f) - 1],
            Prepare(BackbonePreprocessing.Keras with { Size = 2 })[..4],
            (expected, actual) => Math.Abs(expected - actual) < 1e-6);

    [Fact]
    public void Blue_comes_first_in_each_pixel_for_keras_in_caffe_mode() =>
        Assert.Equal(
            [51 - 103.939f, -116.779f, 255 - 123.68f, 30 - 103.939f],
            Prepare(BackbonePreprocessing.KerasCaffe with { Size = 2 })[..4]);

    [Fact]
    public void A_photo_of_another_size_is_a_mistake()
    {
        BackbonePreprocessing preprocessing = BackbonePreprocessing.Caffe with { Size = 2 };
        Assert.Throws<ArgumentException>(() => preprocessing.Prepare(new Photo(4, 1, s_pixels), new float[12]));
        Assert.Throws<ArgumentException>(() => preprocessing.Prepare(new Photo(2, 2, s_pixels), new float[11]));
    }

    [Theory]
    [InlineData("torchvision")]
    [InlineData("timm")]
    [InlineData("model-zoo")]
    [InlineData("caffe")]
    [InlineData("keras")]
    [InlineData("keras-caffe")]
    public void Entries_read_back_as_the_same(string preset)
    {
        BackbonePreprocessing written = BackbonePreset.Get(preset);
        Assert.Equal(written, new BackbonePreprocessingReader("net.onnx", written.ToEntries()).Read());
        BackbonePreprocessing stretched = written with { ShorterSide = 0, Mean = new(0.1f, 1 / 3f, 1e-9f) };
        Assert.Equal(stretched, new BackbonePreprocessingReader("net.onnx", stretched.ToEntries()).Read());
    }

    [Theory]
    [InlineData("channel_order", "GRB", "RGB or BGR")]
    [InlineData("value_range", "0..2", "0..1 or 0..255")]
    [InlineData("mean", "1,2", "three numbers")]
    [InlineData("mean", "1,2,NaN", "three numbers")]
    [InlineData("std", "1,0,1", "above 0")]
    [InlineData("size", "-1", "a whole number from 1 to 4096")]
    [InlineData("resize", "100", "stretch, or at least the size, 224")]
    [InlineData("layout", "CHWN", "NCHW or NHWC")]
    public void Entries_without_sense_are_refused(string name, string value, string expected)
    {
        Dictionary<string, string> entries = new(BackbonePreprocessing.Caffe.ToEntries()) { [name] = value };
        var error = Assert.Throws<ModelFileException>(
            () => new BackbonePreprocessingReader("net.onnx", entries).Read());
        Assert.StartsWith($"net.onnx: {name} of the preprocessing must be", error.Message);
        Assert.Contains(expected, error.Message);
        Assert.EndsWith($"but is {value}.", error.Message);
    }

    [Fact]
    public void A_missing_entry_and_an_unknown_preset_are_named()
    {
        Dictionary<string, string> entries = new(BackbonePreprocessing.Caffe.ToEntries());
        entries.Remove("mean");
        var error = Assert.Throws<ModelFileException>(
            () => new BackbonePreprocessingReader("net.onnx", entries).Read());
        Assert.StartsWith("net.onnx: the preprocessing lacks mean;", error.Message);
        Assert.Contains(
            "choose torchvision",
            Assert.Throws<ShowTellException>(() => BackbonePreset.Get("vgg")).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[1, 2]")]
    [InlineData("{\"mean\": 1, \"mean\": 2}")]
    [InlineData("{\"size\": 224}")]
    public void A_file_that_describes_nothing_is_refused(string text)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.json");
        File.WriteAllText(path, text);
        var error = Assert.Throws<ModelFileException>(() => BackbonePreprocessing.Load(path));
        Assert.StartsWith(path, error.Message);
    }

    [Fact]
    public void Channels_are_numbered_and_photos_have_the_size_of_the_input()
    {
        var channels = new BackboneChannels(1, 2, 3);
        Assert.Equal([1f, 2, 3], Enumerable.Range(0, 3).Select(channel => channels[channel]));
        Assert.Throws<ArgumentOutOfRangeException>(() => channels[3]);
        BackbonePreprocessing small = BackbonePreprocessing.Torchvision with { Size = 2, ShorterSide = 2 };
        foreach ((int width, int height, int length) in new[] { (1, 2, 12), (2, 1, 12), (2, 2, 11) })
        {
            var photo = new Photo(width, height, new byte[3 * width * height]);
            Assert.Contains(
                $"takes 2 x 2 pixels as 12 numbers, not {width} x {height} as {length}",
                Assert.Throws<ArgumentException>(() => small.Prepare(photo, new float[length])).Message);
        }
    }

    private static float[] Prepare(BackbonePreprocessing preprocessing)
    {
        var input = new float[s_pixels.Length];
        preprocessing.Prepare(new Photo(2, 2, s_pixels), input);
        return input;
    }
}
