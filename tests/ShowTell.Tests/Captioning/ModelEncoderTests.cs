using Google.Protobuf;
using ShowTell.Backbones;
using ShowTell.Captioning;
using ShowTell.Tests.Models;
using ShowTell.Tests.Vision;
using Xunit;

namespace ShowTell.Tests.Captioning;

/// <summary>Which network a model is given, and which it refuses.</summary>
public sealed class ModelEncoderTests
{
    [Fact]
    public void The_network_is_in_the_model_or_beside_it_or_named()
    {
        using var model = new PhotoModel();
        string photo = model.Photos(1)[0];
        GeneratedCaption expected = Caption(model.Path);
        string apart = model.Save(model.Bundle, "apart.safetensors");
        Assert.Equal(expected, Caption(apart, model.Network));
        Assert.Equal(expected, Caption(model.Path, model.Network));
        Assert.Equal(
            $"{apart}: its network tiny.onnx (SHA-256 {model.Recipe.Sha256[..12]}...) is neither in it nor "
            + "beside it. Put that file there, or say where it is by --backbone.",
            Assert.Throws<IncompatibleException>(() => Captioner.Load(apart)).Message);
        File.Copy(model.Network, model.File(model.Recipe.Network));
        Assert.Equal(expected, Caption(apart));

        GeneratedCaption Caption(string path, string? network = null)
        {
            using Captioner captioner = Captioner.Load(path, new() { Backbone = network });
            return captioner.Caption(photo);
        }
    }

    [Fact]
    public void A_model_of_other_features_is_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("made.safetensors");
        SmallModel.Bundle().Save(path);
        string message = Assert.Throws<IncompatibleException>(() => Captioner.Load(path)).Message;
        Assert.StartsWith($"{path}: was trained on features (made)", message);
        Assert.EndsWith("train it from photos: showtell train PHOTOS --captions FILE --backbone NET", message);
        Assert.Throws<ModelFileException>(() => Captioner.Load(folder.File("absent.safetensors")));
    }

    [Fact]
    public void Another_network_is_refused()
    {
        using var model = new PhotoModel();
        OnnxModel other = OnnxModel.Parser.ParseFrom(File.ReadAllBytes(model.Network));
        other.MetadataProps.Clear();
        string path = model.File(model.Recipe.Network);
        File.WriteAllBytes(path, other.ToByteArray());
        string apart = model.Save(model.Bundle, "apart.safetensors");
        string message = Assert.Throws<IncompatibleException>(() => Captioner.Load(apart)).Message;
        Assert.StartsWith($"{path}: is another network", message);
        Assert.Contains(model.Recipe.Sha256[..12], message);
        Assert.Throws<IncompatibleException>(() => Captioner.Load(model.Path, new() { Backbone = path }));
        Assert.Throws<ModelFileException>(
            () => Captioner.Load(model.Path, new() { Backbone = model.File("absent.onnx") }));

        string embedded = model.Save(model.Bundle with { BackboneBytes = other.ToByteArray() }, "embedded.safetensors");
        Assert.StartsWith($"{embedded}: ", Assert.Throws<IncompatibleException>(() =>
            Captioner.Load(embedded)).Message);
    }

    [Fact]
    public void Features_of_another_size_are_refused()
    {
        using var model = new PhotoModel();
        PhotoPipeline raw = model.Recipe with { Transform = null };
        string wrong = model.Save(PhotoModel.Made(raw, 100), "wrong.safetensors");
        string message = Assert.Throws<IncompatibleException>(() => Captioner.Load(wrong, Named(model))).Message;
        Assert.StartsWith($"{wrong}: takes 100 features a photo", message);
        Assert.Contains($"gives {TinyNetwork.Features}", message);

        PhotoPipeline standardized = model.Recipe with { Transform = new FeatureTransform([0, 0], [1, 1]) };
        wrong = model.Save(PhotoModel.Made(standardized, 2), "wrong.safetensors");
        Assert.Contains(
            $"gives {TinyNetwork.Features} features",
            Assert.Throws<IncompatibleException>(() => Captioner.Load(wrong, Named(model))).Message);

        PhotoPipeline absent = raw with { Output = "fc7" };
        wrong = model.Save(PhotoModel.Made(absent, TinyNetwork.Features), "wrong.safetensors");
        Assert.Contains(
            "no node gives a tensor named fc7",
            Assert.Throws<ModelFileException>(() => Captioner.Load(wrong, Named(model))).Message);
    }

    /// <summary>The network's file says RGB; a model that was trained with BGR gets BGR.</summary>
    [Fact]
    public void Photos_are_prepared_as_the_recipe_says_whatever_the_network_says()
    {
        using var model = new PhotoModel();
        string photo = model.Photos(1)[0];
        PhotoPipeline other =
            model.Recipe with { Preprocessing = model.Recipe.Preprocessing with { BlueFirst = true } };
        string path = model.Save(PhotoModel.Made(other, TinyNetwork.Features), "bgr.safetensors");
        using Captioner captioner = Captioner.Load(path, Named(model)), usual = model.Load();
        Assert.NotEqual(usual.Caption(photo).LogProbability, captioner.Caption(photo).LogProbability, 1e-6);

        PhotoPipeline grid = model.Recipe with { IsGrid = true, Output = "grid" };
        path = model.Save(PhotoModel.Made(grid, TinyNetwork.Places * TinyNetwork.Features), "grid.safetensors");
        using Captioner places = Captioner.Load(path, Named(model));
        Assert.NotEqual(0, places.Caption(photo).LogProbability);
    }

    /// <summary>
    /// A model file may come from anybody; it names files in its own folder alone, and never stops the program.
    /// </summary>
    [Fact]
    public void A_recipe_that_was_tampered_with_is_refused()
    {
        using var model = new PhotoModel();
        File.WriteAllText(model.File("secret"), "x");
        Directory.CreateDirectory(model.File("inner"));
        string path = model.Save(
            PhotoModel.Made(model.Recipe with { Network = "../secret" }, TinyNetwork.Features), "inner/m.safetensors");
        Assert.Contains(" secret (SHA", Assert.Throws<IncompatibleException>(() => Captioner.Load(path)).Message);
        path = model.Save(
            PhotoModel.Made(model.Recipe with { Sha256 = "1f" }, TinyNetwork.Features), "short.safetensors");
        Assert.Contains("64", Assert.Throws<ModelFileException>(() => Captioner.Load(path)).Message);
    }

    private static CaptionerOptions Named(PhotoModel model) => new() { Backbone = model.Network };
}
