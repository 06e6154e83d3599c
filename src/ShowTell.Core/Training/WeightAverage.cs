using ShowTell.Models;

namespace ShowTell.Training;

/// <summary>
/// The exponential moving average of the weights (Polyak and Juditsky, 1992), which is smoother than the weights and
/// often captions better. The decay grows from 0.1 to its value, as in TensorFlow's ExponentialMovingAverage.
/// </summary>
/// <param name="options">The model's options.</param>
/// <param name="decay">The share of the average that is kept at a step, in (0, 1).</param>
internal sealed class WeightAverage(CaptioningOptions options, double decay)
{
    /// <summary>The number of weights that were added so far.</summary>
    public int Steps { get; set; }

    /// <summary>The averages.</summary>
    public CaptioningParameters<float> Parameters { get; } = new(options);

    /// <summary>Adds the weights after a step.</summary>
    public void Add(CaptioningParameters<float> weights)
    {
        float share = (float)(1 - Math.Min(decay, (1.0 + Steps) / (10.0 + Steps)));
        share = Steps++ == 0 ? 1 : share;
        for (int i = 0; i < weights.All.Count; i++)
        {
            Span<float> average = Parameters.All[i].Value.Span;
            TensorPrimitives.Lerp(average, weights.All[i].Value.Span, share, average);
        }
    }
}
