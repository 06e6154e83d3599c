using Google.Protobuf;
using ShowTell.Backbones;
using ShowTell.Captioning;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Captioning;

/// <summary>Which backbone a model gets, and which are refused.</summary>
public sealed class BackboneResolverTests
{
    [Fact]
    public void The_backbone_is_in_the_model_or_next_to_it_or_named()
    {
        using var model = new PhotoModel();
        string photo = model.Photos(1)[0];
        GeneratedCaption expected = Caption(model.Path);
        string apart = model.Save(model.Bundle, "apart.safetensors");
        Assert.Equal(expected, Caption(apart, model.Network));
        Assert.Equal(expected, Caption(model.Path, model.Network));
        string message = Assert.Throws<IncompatibleException>(() => Captioner.Load(apart)).Message;
        Assert.StartsWith($"{apart}: ", message);
        Assert.Contains($"tiny.onnx (SHA-256 {model.Pipeline.Sha256[..12]}...)", message);
        Assert.Contains("--backbone", message);
        File.Copy(model.Network, model.File(model.Pipeline.BackboneFile));
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
    public void Another_backbone_is_refused()
    {
        using var model = new PhotoModel();
        OnnxModel other = OnnxModel.Parser.ParseFrom(File.ReadAllBytes(model.Network));
        other.MetadataProps.Clear();
        string path = model.File(model.Pipeline.BackboneFile);
        File.WriteAllBytes(path, other.ToByteArray());
        string apart = model.Save(model.Bundle, "apart.safetensors");
        string message = Assert.Throws<IncompatibleException>(() => Captioner.Load(apart)).Message;
        Assert.StartsWith($"{path}: is another backbone", message);
        Assert.Contains(model.Pipeline.Sha256[..12], message);
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
        PhotoPipeline raw = model.Pipeline with { Transform = null };
        string wrong = model.Save(PhotoModel.Made(raw, 100), "wrong.safetensors");
        string message = Assert.Throws<IncompatibleException>(() => Captioner.Load(wrong, Named(model))).Message;
        Assert.StartsWith($"{wrong}: takes 100 features", message);
        Assert.Contains($"has {TinyNetwork.Features}", message);

        PhotoPipeline standardized = model.Pipeline with { Transform = new FeatureTransform([0, 0], [1, 1]) };
        wrong = model.Save(PhotoModel.Made(standardized, 2), "wrong.safetensors");
        Assert.Contains(
            $"has {TinyNetwork.Features} features",
            Assert.Throws<IncompatibleException>(() => Captioner.Load(wrong, Named(model))).Message);

        PhotoPipeline absent = raw with { Output = "fc7" };
        wrong = model.Save(PhotoModel.Made(absent, TinyNetwork.Features), "wrong.safetensors");
        Assert.Contains(
            "no node computes a tensor named fc7",
            Assert.Throws<ModelFileException>(() => Captioner.Load(wrong, Named(model))).Message);
    }

    /// <summary>The backbone's file says RGB; a model that was trained with BGR gets BGR.</summary>
    [Fact]
    public void The_preprocessing_of_the_pipeline_overrides_that_of_the_backbone_file()
    {
        using var model = new PhotoModel();
        string photo = model.Photos(1)[0];
        PhotoPipeline other =
            model.Pipeline with { Preprocessing = model.Pipeline.Preprocessing with { BlueFirst = true } };
        string path = model.Save(PhotoModel.Made(other, TinyNetwork.Features), "bgr.safetensors");
        using Captioner captioner = Captioner.Load(path, Named(model)), original = model.Load();
        Assert.NotEqual(original.Caption(photo).LogProbability, captioner.Caption(photo).LogProbability, 1e-6);

        PhotoPipeline grid = model.Pipeline with { IsGrid = true, Output = "grid" };
        path = model.Save(PhotoModel.Made(grid, TinyNetwork.Regions * TinyNetwork.Features), "grid.safetensors");
        using Captioner regions = Captioner.Load(path, Named(model));
        Assert.NotEqual(0, regions.Caption(photo).LogProbability);
    }

    /// <summary>
    /// A model file is untrusted: it can only name files in its own folder, and never crashes the program.
    /// </summary>
    [Fact]
    public void A_pipeline_that_was_tampered_with_is_refused()
    {
        using var model = new PhotoModel();
        File.WriteAllText(model.File("secret"), "x");
        Directory.CreateDirectory(model.File("inner"));
        string path = model.Save(
            PhotoModel.Made(
                model.Pipeline with { BackboneFile = "../secret" }, TinyNetwork.Features), "inner/m.safetensors");
        Assert.Contains(" secret (SHA", Assert.Throws<IncompatibleException>(() => Captioner.Load(path)).Message);
        path = model.Save(
            PhotoModel.Made(model.Pipeline with { Sha256 = "1f" }, TinyNetwork.Features), "short.safetensors");
        Assert.Contains("64", Assert.Throws<ModelFileException>(() => Captioner.Load(path)).Message);
    }

    private static CaptionerOptions Named(PhotoModel model) => new() { Backbone = model.Network };
}
