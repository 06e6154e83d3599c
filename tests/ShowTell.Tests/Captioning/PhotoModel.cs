using ShowTell.Captioning;
using ShowTell.Files;
using ShowTell.Models;
using ShowTell.Tests.Data;
using ShowTell.Tests.Models;
using ShowTell.Tests.Vision;
using ShowTell.Vision;

namespace ShowTell.Tests.Captioning;

/// <summary>
/// A model file that takes SqueezeNet's features of photos as Flickr8k's are kept, standardised, and a place to write to.
/// Its weights are random. Skips the test without SqueezeNet or Flickr8k.
/// </summary>
internal sealed class PhotoModel : IDisposable
{
    private readonly TemporaryFolder _folder = TestData.Temporary();

    public PhotoModel()
    {
        using Backbone backbone = Backbone.Load(BackboneData.SqueezeNet);
        using var encoder = new PhotoEncoder(backbone, Standardization());
        Recipe = encoder.Recipe;
        Bundle = Made(Recipe, encoder.FeatureSize);
        Path = Save(Bundle with { Network = System.IO.File.ReadAllBytes(BackboneData.SqueezeNet) }, "one.safetensors");
    }

    public PhotoRecipe Recipe { get; }

    /// <summary>The model, without its network.</summary>
    public ModelBundle Bundle { get; }

    /// <summary>The model's file, with its network.</summary>
    public string Path { get; }

    public string Folder => _folder.Path;

    public string File(string name) => _folder.File(name);

    public string Save(ModelBundle bundle, string name)
    {
        bundle.Save(File(name));
        return File(name);
    }

    public Captioner Load() => Captioner.Load(Path);

    /// <summary>The first of Flickr8k's validation photos.</summary>
    public static string[] Photos(int count) =>
    [
        .. System.IO.File.ReadLines(TestData.Shared("data", "flickr8k-cs231n", "val2014_images.txt")).Take(count)
            .Select(name => TestData.Shared(["data", .. name.Split('/')])),
    ];

    /// <summary>A model with random weights for features of photos.</summary>
    public static ModelBundle Made(PhotoRecipe recipe, int size)
    {
        ModelBundle small = SmallModel.Bundle();
        CaptioningOptions options = SmallModel.Options(CellKind.Lstm, d: size, w: 8, h: 16, v: SmallDataset.Vocabulary.Count);
        return small with { Model = SmallModel.Normal<float>(options, 8), Features = FeatureRecipe.Of(recipe, size) };
    }

    public void Dispose() => _folder.Dispose();

    private static FeatureTransform Standardization()
    {
        using ITensorFile file = TensorFormats.Open(TestData.Shared("data", "flickr8k-cs231n", "feature_mean_std.h5"));
        return new FeatureTransform(file.ReadSingle("mean"), file.ReadSingle("std"));
    }
}
