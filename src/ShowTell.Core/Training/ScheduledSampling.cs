using ShowTell.Decoding;
using ShowTell.Layers;
using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// Scheduled sampling (Bengio et al., "Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks",
/// 2015), which prepares the model to read its own words: with probability ε, each input word after the first is
/// sampled from the model, given the inputs before it. Targets stay the true words. ε grows linearly over the
/// iterations,
/// <code>
/// ε_i = max · i / iterations
/// </code>
/// Words are sampled step by step, without dropout, before the forward pass. No gradient flows through sampling.
/// </summary>
internal sealed class ScheduledSampling(CaptioningModel<float> model)
{
    /// <summary>Samples from the model's unmodified probabilities.</summary>
    private static readonly DecodingOptions s_unchanged = new();

    private int[] _inputs = [];
    private int[] _words = [];
    private int[] _captionOf = [];
    private int[] _selected = [];

    /// <summary>ε of an iteration, counted from 0.</summary>
    public static double ProbabilityAt(int iteration, int iterations, double max) =>
        max * iteration / iterations;

    /// <summary>The input words for a minibatch of captions.</summary>
    /// <param name="features">The features of the images, N x D.</param>
    /// <param name="captions">The ids of the captions, N x (T + 1), caption by caption.</param>
    /// <param name="probability">ε.</param>
    /// <param name="seed">The random seed; different at every iteration.</param>
    /// <returns>N x (T + 1) ids, valid until the next call.</returns>
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
            int active = SelectActive(state, captions, width, t);
            if (active == 0)
            {
                break;
            }

            for (int i = 0; i < active; i++)
            {
                _words[i] = inputs[(_captionOf[i] * width) + t - 1];
            }

            MatrixSpan<float> scores = inference.Step(state, _words.AsSpan(0, active));
            for (int i = 0; i < active; i++)
            {
                int position = (_captionOf[i] * width) + t;
                var random = new SeededRandom(SeededRandom.BitsAt(seed, (ulong)position));

                // NaN scores give no word; the loss reports them.
                if (random.NextUniform() < probability
                    && TokenSampler.Sample<float>(scores.Row(i), s_unchanged, random) is int word)
                {
                    inputs[position] = word;
                }
            }
        }

        return inputs;
    }

    /// <summary>Selects the captions that have a target after word t.</summary>
    /// <returns>Their number.</returns>
    private int SelectActive(DecodingState<float> state, ReadOnlySpan<int> captions, int width, int t)
    {
        int active = 0;
        for (int i = 0; i < state.Count; i++)
        {
            int n = _captionOf[i];
            if (captions[((n * width) + t + 1)..((n + 1) * width)].ContainsAnyExcept(model.Options.NullId))
            {
                (_captionOf[active], _selected[active]) = (n, i);
                active++;
            }
        }

        if (active < state.Count)
        {
            state.Select(_selected.AsSpan(0, active));
        }

        return active;
    }

    private void Reserve(int words, int captions)
    {
        ReusedArray.Reserve(ref _inputs, words);
        ReusedArray.Reserve(ref _words, captions);
        ReusedArray.Reserve(ref _captionOf, captions);
        ReusedArray.Reserve(ref _selected, captions);
        for (int n = 0; n < captions; n++)
        {
            _captionOf[n] = n;
        }
    }
}
