using ShowTell.Data;

namespace ShowTell.ModelFiles;

/// <summary>
/// Features of a few images that a model was trained on, kept with it: features that are said to be the same can be
/// held against them.
/// </summary>
/// <param name="Images">Names of the images, K.</param>
/// <param name="Features">Their features as the model was given them, K x D.</param>
public sealed record ReferenceFeatures(IReadOnlyList<string> Images, Matrix<float> Features)
{
    /// <summary>The most images that are kept.</summary>
    public const int Count = 8;

    /// <summary>The first images of a split that have captions.</summary>
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
