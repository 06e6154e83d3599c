using System.Numerics.Tensors;
using ShowTell.Layers;
using ShowTell.Models;

namespace ShowTell.Diagnostics;

/// <summary>
/// The loss of reference captions, -log p in nats, summed over their words: end tokens, but neither null tokens nor
/// unknown words that the model does not learn.
/// </summary>
/// <param name="Sum">Sum over the words.</param>
/// <param name="Words">Number of words.</param>
public readonly record struct WordLoss(double Sum, long Words)
{
    /// <summary>Mean loss per word in nats.</summary>
    public double PerWord => Sum / Math.Max(Words, 1);

    /// <summary>e to the mean loss per word: as uncertain as a choice among that many equally likely words.</summary>
    public double Perplexity => Math.Exp(PerWord);

    /// <summary>The sum of several losses.</summary>
    public static WordLoss Total(IEnumerable<WordLoss> losses)
    {
        ArgumentNullException.ThrowIfNull(losses);
        return losses.Aggregate((sum, loss) => new WordLoss(sum.Sum + loss.Sum, sum.Words + loss.Words));
    }

    /// <summary>
    /// The loss with the reference's words as input, as in training: word t is predicted from the image and the
    /// reference's words before it.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the references, N x (T + 1), row by row.</param>
    /// <returns>The losses of the N captions.</returns>
    /// <exception cref="ArgumentException">The shapes do not match, or an id is not in [0, V).</exception>
    public static WordLoss[] TeacherForced(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions) =>
        Measure(model, features, captions, freeRunning: false);

    /// <summary>
    /// The loss with the model's own words as input, as in generation: word t of the reference is predicted from the
    /// image and the t most probable words that the model generates. It never generates null, start and end tokens, so
    /// that the same words are scored as in <see cref="TeacherForced"/>. The gap between both is exposure bias: the
    /// cost of never having read its own words in training (Ranzato et al., "Sequence level training with recurrent
    /// neural networks", 2016), and of other words being just as right.
    /// </summary>
    /// <inheritdoc cref="TeacherForced"/>
    public static WordLoss[] FreeRunning(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions) =>
        Measure(model, features, captions, freeRunning: true);

    private static WordLoss[] Measure(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions, bool freeRunning)
    {
        ArgumentNullException.ThrowIfNull(model);
        int count = features.Rows, width = TimeMajor.Timesteps(captions.Length, count);
        var losses = new WordLoss[count];
        var words = new int[count];
        for (int n = 0; n < count; n++)
        {
            words[n] = captions[n * width];
        }

        DecodingState<float> state = model.Begin(features);
        for (int t = 1; t < width; t++)
        {
            MatrixSpan<float> scores = model.Step(state, words);
            for (int n = 0; n < count; n++)
            {
                int target = captions[(n * width) + t];
                words[n] = freeRunning ? BestWord(scores.Row(n), model.Options) : target;
                if (target != model.Options.NullId && target != model.Options.UnknownId)
                {
                    losses[n] = new WordLoss(losses[n].Sum + Loss(scores.Row(n), target), losses[n].Words + 1);
                }
            }
        }

        return losses;
    }

    /// <summary>-log softmax(scores) of a word; overwrites the scores.</summary>
    private static double Loss(Span<float> scores, int word)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)word, (uint)scores.Length, nameof(word));
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max<float>(scores), scores);
        float score = scores[word];
        TensorPrimitives.Exp(scores, scores);
        return Math.Log(TensorPrimitives.Sum<float>(scores)) - score;
    }

    private static int BestWord(ReadOnlySpan<float> scores, CaptioningOptions options)
    {
        int best = -1;
        for (int word = 0; word < scores.Length; word++)
        {
            bool isMarker = word == options.NullId || word == options.StartId || word == options.EndId
                || word == options.UnknownId;
            best = !isMarker && (best < 0 || scores[word] > scores[best]) ? word : best;
        }

        return Math.Max(best, 0);
    }
}
