using System.Numerics.Tensors;
using ShowTell.Models;

namespace ShowTell.Confidence;

/// <summary>Vectors of images, in which similar images lie close together.</summary>
internal static class ImageVectors
{
    /// <summary>Averages the features of an image's regions.</summary>
    /// <param name="features">R·D features, region by region.</param>
    /// <param name="regions">R.</param>
    /// <param name="pooled">Receives D numbers.</param>
    public static void Pool(ReadOnlySpan<float> features, int regions, Span<float> pooled)
    {
        pooled.Clear();
        for (int region = 0; region < regions; region++)
        {
            TensorPrimitives.Add(pooled, features.Slice(region * pooled.Length, pooled.Length), pooled);
        }

        TensorPrimitives.Divide(pooled, regions, pooled);
    }

    /// <summary>
    /// The images as the decoder sees them before the first word: their features, averaged over the regions that it
    /// attends to, times W_proj. Captions depend on little else, so that neighbors have similar captions.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="features">The features of the images, N x D.</param>
    /// <returns>N x H.</returns>
    public static Matrix<float> Project(CaptioningModel<float> model, ReadOnlyMatrixSpan<float> features)
    {
        Matrix<float> projection = model.Parameters.WProj;
        int regions = features.Columns / projection.Rows;
        var pooled = new Matrix<float>(features.Rows, projection.Rows);
        for (int i = 0; i < features.Rows; i++)
        {
            Pool(features.Row(i), regions, pooled.Row(i));
        }

        var vectors = new Matrix<float>(features.Rows, projection.Columns);
        Gemm.NN<float>(pooled, projection, vectors);
        return vectors;
    }
}
