using System.Numerics;
using System.Numerics.Tensors;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Decoding;

/// <summary>Greedy decoding: the most probable word at every step.</summary>
public static class GreedyDecoder
{
    /// <summary>Takes the next word of a caption, and the scores that it was chosen by.</summary>
    private delegate void WordAction<T>(int caption, int step, int word, ReadOnlySpan<T> scores);

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
        Run(model, features, maxLength, (caption, step, word, _) => captions[(caption * maxLength) + step] = word);
        return captions;
    }

    /// <summary>The captions that <see cref="Sample{T}(InferenceModel{T}, ReadOnlyMatrixSpan{T}, int)"/> gives, each
    /// with its probability.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="maxLength">The most words of a caption, its end token included.</param>
    /// <returns>N captions.</returns>
    /// <exception cref="ArgumentException">The features do not fit the model.</exception>
    public static DecodedCaption[] Decode<T>(
        InferenceModel<T> model, ReadOnlyMatrixSpan<T> features, int maxLength = 30)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxLength);
        List<int>[] ids = [.. Enumerable.Range(0, features.Rows).Select(_ => new List<int>())];
        var logProbabilities = new double[features.Rows];
        Run(model, features, maxLength, (caption, _, word, scores) =>
        {
            ids[caption].Add(word);
            logProbabilities[caption] += double.CreateTruncating(scores[word]) - LogSoftmax.LogSumExp(scores);
        });
        return [.. ids.Zip(logProbabilities, (words, sum) => new DecodedCaption(words, sum))];
    }

    private static void Run<T>(
        InferenceModel<T> model, ReadOnlyMatrixSpan<T> features, int maxLength, WordAction<T> take)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
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
                take(open[n], t, word, scores.Row(n));
                if (word != model.Options.EndId)
                {
                    (words[going], open[going], kept[going]) = (word, open[n], n);
                    going++;
                }
            }

            // Captions that have ended cost nothing more.
            if (going < asked)
            {
                state.Keep(kept.AsSpan(0, going));
            }
        }
    }
}
