using System.Numerics.Tensors;
using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Captioning;

/// <summary>
/// The loss of the words of reference captions, -log p in nats, their end tokens included and null tokens left out.
/// </summary>
/// <param name="Sum">Summed over the words.</param>
/// <param name="Words">Number of words.</param>
public readonly record struct WordLoss(double Sum, long Words)
{
    /// <summary>Loss of a word in nats.</summary>
    public double PerWord => Sum / Math.Max(Words, 1);

    /// <summary>Among how many equally likely words the model chooses, so to speak: e to the loss of a word.</summary>
    public double Perplexity => Math.Exp(PerWord);

    /// <summary>Both losses together.</summary>
    public static WordLoss operator +(WordLoss left, WordLoss right) =>
        new(left.Sum + right.Sum, left.Words + right.Words);

    /// <summary>
    /// The loss where the model reads the reference's own words, as in training: word t is predicted from the image and
    /// the reference's words before it.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the references, N x (T + 1), caption after caption.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or an id is not in [0, V).</exception>
    public static WordLoss TeacherForced(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions) =>
        Measure(model, features, captions, freeRunning: false);

    /// <summary>
    /// The loss where the model reads its own words, as in captioning: word t of the reference is scored after the
    /// image and the t words that the model says itself, each the most probable one but for null, start and end. (A caption
    /// that it would end before the reference's end goes on with its next best word, so that the very same words are
    /// scored as in <see cref="TeacherForced"/>.) The gap between both is exposure bias: what is lost for never having
    /// read its own words in training (Ranzato et al., "Sequence level training with recurrent neural networks", 2016),
    /// and what is lost because other words would be right, too.
    /// </summary>
    /// <inheritdoc cref="TeacherForced"/>
    public static WordLoss FreeRunning(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions) =>
        Measure(model, features, captions, freeRunning: true);

    private static WordLoss Measure(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions, bool freeRunning)
    {
        ArgumentNullException.ThrowIfNull(model);
        int count = features.Rows, width = TimeMajor.Timesteps(captions.Length, count);
        int[] words = new int[count], targets = new int[count];
        var mask = new bool[count];
        for (int n = 0; n < count; n++)
        {
            words[n] = captions[n * width];
        }

        DecodingState<float> state = model.Begin(features);
        var loss = new WordLoss(0, 0);
        for (int t = 1; t < width; t++)
        {
            for (int n = 0; n < count; n++)
            {
                targets[n] = captions[(n * width) + t];
                mask[n] = targets[n] != model.Options.NullId;
            }

            int scored = mask.Count(isScored => isScored);
            if (scored == 0)
            {
                break;
            }

            MatrixSpan<float> scores = model.Step(state, words);
            for (int n = 0; n < count; n++)
            {
                words[n] = freeRunning ? BestWord(scores.Row(n), model.Options) : targets[n];
            }

            double sum = TemporalSoftmaxLoss.ForwardBackward<float>(scores, targets, mask, batchSize: 1, scores);
            loss += new WordLoss(sum, scored);
        }

        return loss;
    }

    private static int BestWord(ReadOnlySpan<float> scores, CaptioningOptions options)
    {
        int best = TensorPrimitives.IndexOfMax(scores);
        if (!IsMarker(best))
        {
            return best;
        }

        best = -1;
        for (int word = 0; word < scores.Length; word++)
        {
            if (!IsMarker(word) && (best < 0 || scores[word] > scores[best]))
            {
                best = word;
            }
        }

        return Math.Max(best, 0);

        bool IsMarker(int word) => word == options.NullId || word == options.StartId || word == options.EndId;
    }
}
