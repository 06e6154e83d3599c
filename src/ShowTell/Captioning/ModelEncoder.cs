using ShowTell.Backbones;
using ShowTell.ModelFiles;

namespace ShowTell.Captioning;

/// <summary>Finds the network that a model was trained with, and makes photos the model's features by it.</summary>
internal static class ModelEncoder
{
    private const int HashDigits = 12;
    private const string InModel = "in the model file";

    /// <summary>Loads the network of a model.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="bundle">What is in it.</param>
    /// <param name="options">Where the network is, and how it is used.</param>
    /// <exception cref="IncompatibleException">The model takes no photos, or the network is missing or
    /// another.</exception>
    /// <exception cref="ModelFileException">The network's file is damaged.</exception>
    public static PhotoEncoder Load(string model, ModelBundle bundle, CaptionerOptions options)
    {
        PhotoPipeline recipe = bundle.Photos ?? throw new IncompatibleException(
            $"{model}: was trained on features ({bundle.Features.Kind}) that nobody knows how to make of a photo. To "
            + "caption photos, train it from photos: showtell train PHOTOS --captions FILE --backbone NET");
        Backbone backbone = FindBackbone(model, bundle, recipe, options.Backbone, options.Threads)?.Backbone
            ?? throw new IncompatibleException(
                $"{model}: its network {Path.GetFileName(recipe.Network)} (SHA-256 {recipe.Sha256[..HashDigits]}...) "
                + "is neither in it nor beside it. Put that file there, or say where it is by --backbone.");
        try
        {
            var encoder = new PhotoEncoder(backbone, recipe.Transform, options.Limits);
            return encoder.FeatureSize == bundle.Features.Size
                ? encoder
                : throw new IncompatibleException(
                    $"{model}: takes {bundle.Features.Size} features a photo, and {recipe.Output} of "
                    + $"{backbone.Path} gives {encoder.FeatureSize}: the model file contradicts itself; train it "
                    + "again.");
        }
        catch
        {
            backbone.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Loads the network of a model: the one that was given, else the one in the model file, else the file of its name
    /// beside the model.
    /// </summary>
    /// <param name="model">The model's file; null for one that is in no file.</param>
    /// <param name="bundle">What is in it.</param>
    /// <param name="recipe">How the model's photos become features.</param>
    /// <param name="given">The network's file; null to look for it.</param>
    /// <param name="threads">Threads that share one run.</param>
    /// <returns>The network, and where it was found; null if it is nowhere.</returns>
    public static (Backbone Backbone, string Place)? FindBackbone(
        string? model, ModelBundle bundle, PhotoPipeline recipe, string? given, int threads)
    {
        // All that decides the features is the recipe's: what the network's file says of itself may be changed there.
        var use = new BackboneOptions
        {
            Output = recipe.Output,
            Grid = recipe.IsGrid,
            GridSide = recipe.GridSide,
            Sha256 = recipe.Sha256,
            Preprocessing = recipe.Preprocessing,
            Threads = threads,
        };
        if (given is not null)
        {
            return (Backbone.Load(given, use), "the one that was given");
        }

        string name = $"{model ?? "the model"}: {recipe.Network}";
        if (bundle.BackboneFile is string file)
        {
            return (Backbone.Load(copy => PhotoTensors.CopyBackbone(file, copy), name, use), InModel);
        }

        if (!bundle.BackboneBytes.IsEmpty)
        {
            return (Backbone.Load(bundle.BackboneBytes, name, use), InModel);
        }

        // The name stands in a file that anybody may have made: no folder counts but the model's own.
        string beside = Path.Combine(Path.GetDirectoryName(model) ?? "", Path.GetFileName(recipe.Network));
        return model is not null && File.Exists(beside)
            ? (Backbone.Load(beside, use), "beside the model file")
            : null;
    }
}
