namespace ShowTell.Decoding;

/// <summary>Samples a token from its scores.</summary>
internal static class TokenSampler
{
    /// <summary>Samples from <c>softmax(scores / temperature)</c>, cut to top-k, then to top-p.</summary>
    /// <param name="scores">The scores of all words, V; negative infinity for impossible words.</param>
    /// <param name="options">Temperature, top-k and top-p.</param>
    /// <param name="random">Used for one draw, unless there is only one choice.</param>
    /// <returns>The word; null if none is possible.</returns>
    public static int? Sample<T>(ReadOnlySpan<T> scores, DecodingOptions options, SeededRandom random)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int best = TensorPrimitives.IndexOfMax(scores);
        if (!T.IsFinite(scores[best]))
        {
            return null;
        }

        double temperature = options.Temperature ?? 1;
        if (temperature == 0 || options.TopK == 1)
        {
            return best;
        }

        // Shifted by the maximum to avoid overflow.
        var weights = new double[scores.Length];
        TensorPrimitives.ConvertTruncating(scores, weights);
        TensorPrimitives.Subtract(weights, weights[best], weights);
        TensorPrimitives.Divide(weights, temperature, weights);
        TensorPrimitives.Exp<double>(weights, weights);
        if (options.TopK is null && options.TopP is null)
        {
            return Pick(weights, random);
        }

        int[] words = [.. Enumerable.Range(0, weights.Length)];
        int count = Cut(weights, words, options);
        return words[Pick(weights.AsSpan(0, count), random)];
    }

    /// <summary>Moves the most probable words to the front.</summary>
    /// <returns>The number of words to sample from.</returns>
    private static int Cut(double[] weights, int[] words, DecodingOptions options)
    {
        Array.Sort(weights, words);
        Array.Reverse(weights);
        Array.Reverse(words);
        int count = Math.Min(options.TopK ?? words.Length, words.Length);
        double limit = (options.TopP ?? 1) * TensorPrimitives.Sum<double>(weights.AsSpan(0, count)), sum = 0;
        if (options.TopP < 1)
        {
            int nucleus = 0;
            while (nucleus < count && sum < limit)
            {
                sum += weights[nucleus++];
            }

            count = nucleus;
        }

        return count;
    }

    private static int Pick(ReadOnlySpan<double> weights, SeededRandom random)
    {
        double left = random.NextUniform() * TensorPrimitives.Sum(weights);
        int last = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (weights[i] > 0)
            {
                last = i;
                left -= weights[i];
                if (left < 0)
                {
                    break;
                }
            }
        }

        return last; // Rounding may leave a remainder: it goes to the last possible word.
    }
}
