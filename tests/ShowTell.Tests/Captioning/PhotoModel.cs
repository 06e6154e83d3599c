using ShowTell.Backbones;
using ShowTell.Captioning;
using ShowTell.Data;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;
using ShowTell.Tests.Data;
using ShowTell.Tests.Models;

namespace ShowTell.Tests.Captioning;

/// <summary>
/// A model file that takes standardized features of photos by <see cref="TinyNetwork"/>, photos to caption, and a place
/// to write to. Its weights are random.
/// </summary>
internal sealed class PhotoModel : IDisposable
{
    private readonly TemporaryFolder _folder = TestData.Temporary();

    public PhotoModel()
    {
        Directory.CreateDirectory(File("network"));
        System.IO.File.WriteAllBytes(Network, TinyNetwork.Bytes());
        using var encoder = new PhotoEncoder(Backbone.Load(Network), Standardization());
        Pipeline = encoder.Pipeline;
        Bundle = Made(Pipeline, encoder.FeatureSize);
        Path = Save(Bundle with { BackboneBytes = System.IO.File.ReadAllBytes(Network) }, "one.safetensors");
    }

    public PhotoPipeline Pipeline { get; }

    /// <summary>The model, without its backbone.</summary>
    public ModelBundle Bundle { get; }

    /// <summary>The model's file, with its backbone.</summary>
    public string Path { get; }

    /// <summary>The backbone's file, which is not next to the model.</summary>
    public string Network => File("network/tiny.onnx");

    public string Folder => _folder.Path;

    public string File(string name) => _folder.File(name);

    public string Save(ModelBundle bundle, string name)
    {
        bundle.Save(File(name));
        return File(name);
    }

    public Captioner Load() => Captioner.Load(Path);

    /// <summary>Drawn photos; the first ones are the same whatever the count.</summary>
    public string[] Photos(int count) => DrawnPhotos.Save(File("photos"), count);

    /// <summary>A model with random weights for features of photos.</summary>
    public static ModelBundle Made(PhotoPipeline pipeline, int size)
    {
        ModelBundle small = SmallModel.Bundle();
        CaptioningOptions options = SmallModel.Options(
            CellKind.Lstm, d: size, w: 8, h: 16, v: SmallDataset.Vocabulary.Count);
        return small with { Model = SmallModel.Normal<float>(options, 8), Features = FeaturesSpec.Of(pipeline, size) };
    }

    public void Dispose() => _folder.Dispose();

    private FeatureTransform Standardization()
    {
        using var encoder = new PhotoEncoder(Backbone.Load(Network));
        var fit = new FeatureTransformFit(components: null, standardize: true);
        fit.Add(Matrix.FromRows<float>([.. Photos(40).Select(photo => encoder.Encode(encoder.Reader.Read(photo)))]));
        return fit.Fit();
    }
}
