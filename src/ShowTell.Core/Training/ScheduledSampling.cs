using ShowTell.Decoding;
using ShowTell.Layers;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// Scheduled sampling (Bengio et al., "Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks",
/// 2015): in training the model reads the true words, in use its own. Here each word that it reads after the first is
/// with probability ε one that it draws itself, given the words that it has read until then; what it should say stays
/// the true caption. ε grows linearly with the iterations,
/// <code>
/// ε_i = greatest · i / iterations
/// </code>
/// The words are drawn step by step, without dropout, before the pass that is learned from; no gradient goes through a
/// draw.
/// </summary>
internal sealed class ScheduledSampling(CaptioningModel<float> model)
{
    /// <summary>Draws from the model's probabilities as they are.</summary>
    private static readonly DecodingOptions s_asItIs = new();

    private int[] _inputs = [];
    private int[] _words = [];
    private int[] _open = [];
    private int[] _kept = [];

    /// <summary>ε of an iteration, counted from 0.</summary>
    public static double ProbabilityAt(int iteration, int iterations, double greatest) =>
        greatest * iteration / iterations;

    /// <summary>What the model reads of a minibatch of captions.</summary>
    /// <param name="features">Features of the images, N x D.</param>
    /// <param name="captions">Ids of the captions, N x (T + 1), caption after caption.</param>
    /// <param name="probability">ε.</param>
    /// <param name="seed">What is drawn is a function of this: every iteration needs another one.</param>
    /// <returns>Ids in the captions' places, until the next call.</returns>
    public ReadOnlySpan<int> Mix(
        ReadOnlyMatrixSpan<float> features, ReadOnlySpan<int> captions, double probability, ulong seed)
    {
        int width = captions.Length / features.Rows;
        Reserve(captions.Length, features.Rows);
        Span<int> inputs = _inputs.AsSpan(0, captions.Length);
        captions.CopyTo(inputs);
        var inference = new InferenceModel<float>(model);
        DecodingState<float> state = inference.Begin(features);
        for (int t = 1; t + 1 < width; t++)
        {
            int going = KeepGoing(state, captions, width, t);
            if (going == 0)
            {
                break;
            }

            for (int i = 0; i < going; i++)
            {
                _words[i] = inputs[(_open[i] * width) + t - 1];
            }

            MatrixSpan<float> scores = inference.Step(state, _words.AsSpan(0, going));
            for (int i = 0; i < going; i++)
            {
                int place = (_open[i] * width) + t;
                var random = new SeededRandom(SeededRandom.BitsAt(seed, (ulong)place));

                // Scores that are no numbers give no word, and the loss tells of them.
                if (random.NextUniform() < probability
                    && WordDraw.Draw<float>(scores.Row(i), s_asItIs, random) is int word)
                {
                    inputs[place] = word;
                }
            }
        }

        return inputs;
    }

    /// <summary>Goes on with those captions of which there is something to say behind word t.</summary>
    /// <returns>How many there are.</returns>
    private int KeepGoing(DecodingState<float> state, ReadOnlySpan<int> captions, int width, int t)
    {
        int going = 0;
        for (int i = 0; i < state.Count; i++)
        {
            int n = _open[i];
            if (captions[((n * width) + t + 1)..((n + 1) * width)].ContainsAnyExcept(model.Options.NullId))
            {
                (_open[going], _kept[going]) = (n, i);
                going++;
            }
        }

        if (going < state.Count)
        {
            state.Select(_kept.AsSpan(0, going));
        }

        return going;
    }

    private void Reserve(int words, int captions)
    {
        ReusedArray.Reserve(ref _inputs, words);
        ReusedArray.Reserve(ref _words, captions);
        ReusedArray.Reserve(ref _open, captions);
        ReusedArray.Reserve(ref _kept, captions);
        for (int n = 0; n < captions; n++)
        {
            _open[n] = n;
        }
    }
}
