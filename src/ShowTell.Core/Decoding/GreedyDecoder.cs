using ShowTell.Models;

namespace ShowTell.Decoding;

/// <summary>
/// The exercise's greedy decoding: the most probable token at every step, up to a maximum length. See
/// <see cref="CaptionGenerator"/> for other methods, and for captions that always end.
/// </summary>
public static class GreedyDecoder
{
    /// <summary>
    /// Generates captions, the exercise's <c>sample</c>: starts from the start token, feeds each word back as the next
    /// input, and stops when every caption has ended.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="features">The features of the images, N x D.</param>
    /// <param name="maxLength">The maximum number of tokens per caption, the end token included.</param>
    /// <returns>Ids, N x <paramref name="maxLength"/>, without the start token, null tokens after an end
    /// token.</returns>
    /// <exception cref="ArgumentException">The features and the model are incompatible.</exception>
    public static int[] DecodeGreedily<T>(
        this CaptioningModel<T> model,
        ReadOnlyMatrixSpan<T> features,
        int maxLength = DecodingOptions.DefaultMaxLength)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        return new InferenceModel<T>(model).DecodeGreedily(features, maxLength);
    }

    /// <inheritdoc cref="DecodeGreedily{T}(CaptioningModel{T}, ReadOnlyMatrixSpan{T}, int)"/>
    public static int[] DecodeGreedily<T>(
        this InferenceModel<T> model,
        ReadOnlyMatrixSpan<T> features,
        int maxLength = DecodingOptions.DefaultMaxLength)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        var captions = new int[features.Rows * maxLength];
        Array.Fill(captions, model.Options.NullId);
        int[] words = [.. Enumerable.Repeat(model.Options.StartId, features.Rows)];
        int[] captionOf = [.. Enumerable.Range(0, features.Rows)], selected = new int[features.Rows];
        DecodingState<T> state = model.Begin(features);
        for (int t = 0; t < maxLength && state.Count > 0; t++)
        {
            int count = state.Count, active = 0;
            MatrixSpan<T> scores = model.Step(state, words.AsSpan(0, count));
            for (int n = 0; n < count; n++)
            {
                int word = TensorPrimitives.IndexOfMax<T>(scores.Row(n));
                captions[(captionOf[n] * maxLength) + t] = word;
                if (word != model.Options.EndId)
                {
                    (words[active], captionOf[active], selected[active]) = (word, captionOf[n], n);
                    active++;
                }
            }

            // Finished captions need no further computation.
            if (active < count)
            {
                state.Select(selected.AsSpan(0, active));
            }
        }

        return captions;
    }
}
