using ShowTell.Models;

namespace ShowTell.Decoding;

/// <summary>
/// The exercise's greedy decoding: the most probable token at every step, whatever it is, cut off at the greatest
/// length. See <see cref="CaptionGenerator"/> for other ways, and for captions that end.
/// </summary>
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
        return new InferenceModel<T>(model).Sample(features, maxLength);
    }

    /// <inheritdoc cref="Sample{T}(CaptioningModel{T}, ReadOnlyMatrixSpan{T}, int)"/>
    public static int[] Sample<T>(this InferenceModel<T> model, ReadOnlyMatrixSpan<T> features, int maxLength = 30)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        var captions = new int[features.Rows * maxLength];
        Array.Fill(captions, model.Options.NullId);
        int count = features.Rows;
        int[] words = [.. Enumerable.Repeat(model.Options.StartId, count)];
        int[] open = [.. Enumerable.Range(0, count)], kept = new int[count];
        DecodingState<T> state = model.Begin(features);
        for (int t = 0; t < maxLength && state.Count > 0; t++)
        {
            int asked = state.Count, going = 0;
            MatrixSpan<T> scores = model.Step(state, words.AsSpan(0, asked));
            for (int n = 0; n < asked; n++)
            {
                int word = TensorPrimitives.IndexOfMax<T>(scores.Row(n));
                captions[(open[n] * maxLength) + t] = word;
                if (word != model.Options.EndId)
                {
                    (words[going], open[going], kept[going]) = (word, open[n], n);
                    going++;
                }
            }

            // Captions that have ended cost nothing more.
            if (going < asked)
            {
                state.Select(kept.AsSpan(0, going));
            }
        }

        return captions;
    }
}
