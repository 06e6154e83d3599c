using ShowTell.Data;

namespace ShowTell.ModelFiles;

/// <summary>
/// Features of a few training images, kept with the model, to check whether other features of the same images equal
/// them.
/// </summary>
/// <param name="Images">The names of the K images.</param>
/// <param name="Features">Their features as the model was trained on, K x D.</param>
public sealed record ReferenceFeatures(IReadOnlyList<string> Images, Matrix<float> Features)
{
    /// <summary>The maximum number of images.</summary>
    public const int Count = 8;

    /// <summary>The features of the first images of a split that have captions.</summary>
    /// <exception cref="DataException">The features cannot be read.</exception>
    public static ReferenceFeatures Of(CaptionSplit split)
    {
        ArgumentNullException.ThrowIfNull(split);
        int[] images = [.. split.CaptionedImages().Take(Count)];
        var features = new Matrix<float>(images.Length, split.Features.Columns);
        split.ReadFeatures(images, features);
        return new ReferenceFeatures([.. images.Select(split.ImageLabel)], features);
    }
}
