namespace ShowTell.Training;

/// <summary>How the learning rate changes from epoch to epoch, after an optional warmup.</summary>
public enum LearningRateSchedule
{
    /// <summary>Multiplied by the decay after every epoch, as in the exercises.</summary>
    Exponential,

    /// <summary>
    /// Half a cosine from the learning rate to 1/100 of it over all iterations (Loshchilov and Hutter, "SGDR", 2017,
    /// without restarts).
    /// </summary>
    Cosine,

    /// <summary>Multiplied by the decay after every N epochs, see <see cref="SolverOptions.StepEpochs"/>.</summary>
    Step,

    /// <summary>Multiplied by the decay after every epoch that is not the best so far.</summary>
    Plateau,
}

/// <summary>The learning rate of every iteration of a run.</summary>
internal sealed class LearningRates(SolverOptions options, int iterations)
{
    private const double CosineEnd = 0.01;

    private readonly int _warmup = options.WarmupIterations ?? 0;

    /// <summary>How far the learning rate has been lowered from epoch to epoch.</summary>
    public double Factor { get; set; } = 1;

    /// <summary>The learning rate of an iteration, counted from 0.</summary>
    public double At(int iteration)
    {
        double rate = options.LearningRate * Factor;
        if (options.Schedule == LearningRateSchedule.Cosine)
        {
            double share = (double)Math.Max(0, iteration - _warmup) / Math.Max(1, iterations - _warmup);
            rate *= CosineEnd + ((1 - CosineEnd) * 0.5 * (1 + Math.Cos(Math.PI * share)));
        }

        return iteration < _warmup ? rate * (iteration + 1) / _warmup : rate;
    }

    /// <summary>Advances to the next epoch.</summary>
    /// <param name="epoch">The epoch that ended, from 1 on.</param>
    /// <param name="isBest">Whether it is the best so far.</param>
    public void EndEpoch(int epoch, bool isBest)
    {
        bool isSmaller = options.Schedule switch
        {
            LearningRateSchedule.Exponential => true,
            LearningRateSchedule.Step => epoch % options.StepEpochs == 0,
            LearningRateSchedule.Plateau => !isBest,
            _ => false,
        };
        Factor *= isSmaller ? options.LearningRateDecay : 1;
    }
}
