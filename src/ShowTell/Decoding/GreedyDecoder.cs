using System.Numerics;
using System.Numerics.Tensors;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Decoding;

/// <summary>Greedy decoding: the most probable word at every step.</summary>
public static class GreedyDecoder
{
    /// <summary>
    /// Captions for images, the exercise's <c>sample</c>. Starts from the start token, feeds every word back as the
    /// next input, and stops as soon as every caption has ended.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="maxLength">The most words of a caption, its end token included.</param>
    /// <returns>
    /// Ids, N x <paramref name="maxLength"/>, without the start token; null tokens after an end token.
    /// </returns>
    /// <exception cref="ArgumentException">The features do not fit the model.</exception>
    public static int[] Sample<T>(this CaptioningModel<T> model, ReadOnlyMatrixSpan<T> features, int maxLength = 30)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        CaptioningOptions options = model.Options;
        int count = features.Rows;
        var captions = new int[count * maxLength];
        Array.Fill(captions, options.NullId);
        var words = new int[count];
        Array.Fill(words, options.StartId);
        var scores = new Matrix<T>(count, options.VocabularySize);
        DecodingState<T> state = model.Begin(features);

        var ended = new bool[count];
        int open = count;
        for (int t = 0; t < maxLength && open > 0; t++)
        {
            model.Step(state, words, scores);
            for (int n = 0; n < count; n++)
            {
                words[n] = TensorPrimitives.IndexOfMax<T>(scores.Row(n));
                if (ended[n])
                {
                    continue;
                }

                captions[(n * maxLength) + t] = words[n];
                if (words[n] == options.EndId)
                {
                    ended[n] = true;
                    open--;
                }
            }
        }

        return captions;
    }
}
