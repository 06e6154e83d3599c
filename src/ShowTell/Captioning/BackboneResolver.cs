using ShowTell.Backbones;
using ShowTell.ModelFiles;

namespace ShowTell.Captioning;

/// <summary>Finds and loads the backbone that a model was trained with.</summary>
internal static class BackboneResolver
{
    private const string InModel = "in the model file";

    /// <summary>Loads the backbone of a model as an encoder of the model's features.</summary>
    /// <param name="model">The model file.</param>
    /// <param name="bundle">Its content.</param>
    /// <param name="options">Where to find the backbone, its threads, and the limits on photos.</param>
    /// <exception cref="IncompatibleException">The model does not take photos, or its backbone is missing or not the
    /// one it was trained with.</exception>
    /// <exception cref="ModelFileException">The backbone's file is damaged.</exception>
    public static PhotoEncoder LoadEncoder(string model, ModelBundle bundle, CaptionerOptions options)
    {
        PhotoPipeline pipeline = bundle.Photos ?? throw new IncompatibleException(
            $"{model}: was trained on features ({bundle.Features.Kind}) of unknown origin, so it cannot caption "
            + "photos. To caption photos, train it from photos: showtell train PHOTOS --captions FILE --backbone NET");
        Backbone backbone = Find(model, bundle, pipeline, options.Backbone, options.Threads)?.Backbone
            ?? throw new IncompatibleException(
                $"{model}: its backbone {Path.GetFileName(pipeline.BackboneFile)} (SHA-256 {pipeline.Sha256[..12]}...) "
                + "is neither in it nor next to it. Put that file there, or name it with --backbone.");
        try
        {
            var encoder = new PhotoEncoder(backbone, pipeline.Transform, options.Limits);
            return encoder.FeatureSize == bundle.Features.Size
                ? encoder
                : throw new IncompatibleException(
                    $"{model}: takes {bundle.Features.Size} features per photo, but {pipeline.Output} of "
                    + $"{backbone.Path} has {encoder.FeatureSize}: the model file contradicts itself; train it again.");
        }
        catch
        {
            backbone.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Loads the backbone of a model: the given one, or else the one in the model file, or else the file of its name
    /// next to the model.
    /// </summary>
    /// <param name="model">The model file; null if the model is in no file.</param>
    /// <param name="bundle">Its content.</param>
    /// <param name="pipeline">How the model's photos become features.</param>
    /// <param name="given">The backbone's file; null to search for it.</param>
    /// <param name="threads">Threads per run; 0 for one per processor.</param>
    /// <returns>The backbone and where it was found; null if it was not.</returns>
    public static (Backbone Backbone, string Location)? Find(
        string? model, ModelBundle bundle, PhotoPipeline pipeline, string? given, int threads)
    {
        // The pipeline determines everything: the metadata of the backbone's file may have been changed.
        BackboneOptions options = pipeline.ToBackboneOptions(threads);
        if (given is not null)
        {
            return (Backbone.Load(given, options), "the given file");
        }

        string name = $"{model ?? "the model"}: {pipeline.BackboneFile}";
        if (bundle.BackboneFile is string file)
        {
            return (Backbone.Load(copy => PhotoTensors.CopyBackbone(file, copy), name, options), InModel);
        }

        if (!bundle.BackboneBytes.IsEmpty)
        {
            return (Backbone.Load(bundle.BackboneBytes, name, options), InModel);
        }

        // The name comes from an untrusted file: only the model's own folder is searched.
        string neighbor = Path.Combine(Path.GetDirectoryName(model) ?? "", Path.GetFileName(pipeline.BackboneFile));
        return model is not null && File.Exists(neighbor)
            ? (Backbone.Load(neighbor, options), "next to the model file")
            : null;
    }
}
