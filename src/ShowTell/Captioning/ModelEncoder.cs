using ShowTell.Models;
using ShowTell.Vision;

namespace ShowTell.Captioning;

/// <summary>Finds the network that a model was trained with, and makes photos the model's features by it.</summary>
internal static class ModelEncoder
{
    private const int HashDigits = 12;

    /// <summary>Loads the network of a model.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="bundle">What is in it.</param>
    /// <param name="options">Where the network is, and how it is used.</param>
    /// <exception cref="PairingException">The model takes no photos, or the network is missing or another.</exception>
    /// <exception cref="ModelFileException">The network's file is damaged.</exception>
    public static PhotoEncoder Load(string model, ModelBundle bundle, CaptionerOptions options)
    {
        PhotoRecipe recipe = bundle.Features.Photos ?? throw new PairingException(
            $"{model}: was trained on features ({bundle.Features.Kind}) that nobody knows how to make of a photo. To "
            + "caption photos, train it from photos: showtell train PHOTOS --captions FILE --backbone NET");
        Backbone backbone = LoadBackbone(model, bundle.Network, recipe, options);
        try
        {
            var encoder = new PhotoEncoder(backbone, recipe.Transform, options.Limits);
            return encoder.FeatureSize == bundle.Features.Size
                ? encoder
                : throw new PairingException(
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

    private static Backbone LoadBackbone(
        string model, ReadOnlyMemory<byte> embedded, PhotoRecipe recipe, CaptionerOptions options)
    {
        // All that decides the features is the recipe's: what the network's file says of itself may be changed there.
        var use = new BackboneOptions
        {
            Output = recipe.Output,
            Grid = recipe.IsGrid,
            Sha256 = recipe.Sha256,
            Preprocessing = recipe.Preprocessing,
            Threads = options.Threads,
        };
        if (options.Backbone is null && !embedded.IsEmpty)
        {
            return Backbone.Load(embedded, $"{model}: {recipe.Network}", use);
        }

        // The name stands in a file that anybody may have made: no folder counts but the model's own.
        string name = Path.GetFileName(recipe.Network);
        string beside = Path.Combine(Path.GetDirectoryName(model) ?? "", name);
        if (options.Backbone is null && !File.Exists(beside))
        {
            throw new PairingException(
                $"{model}: its network {name} (SHA-256 {recipe.Sha256[..HashDigits]}...) is neither in it nor beside "
                + "it. Put that file there, or say where it is by --backbone.");
        }

        return Backbone.Load(options.Backbone ?? beside, use);
    }
}
