namespace ShowTell.Layers;

/// <summary>
/// A pass over time, cut along the rows of the minibatch: sequences do not depend on each other, so each thread takes
/// its own ones through all timesteps, and threads meet once a pass. Reused, it allocates nothing.
/// </summary>
/// <param name="steps">The timesteps.</param>
/// <param name="pass">Takes sequences (start, count) of the minibatch through all timesteps.</param>
internal sealed class BatchRows(TimeSteps steps, Action<int, int> pass) : WorkerJob
{
    /// <summary>Below this many multiply-adds a pass stays on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 20;

    private int _parts;

    /// <summary>Runs the pass.</summary>
    /// <param name="multiplyAdds">What the whole pass takes.</param>
    public void Run(long multiplyAdds)
    {
        _parts = multiplyAdds < ParallelThreshold ? 1 : Math.Min(Workers.Count, steps.BatchSize);
        Workers.Run(this, _parts);
    }

    /// <inheritdoc/>
    public override void Run(int part)
    {
        int start = steps.PartStart(part, _parts);
        pass(start, steps.PartStart(part + 1, _parts) - start);
    }
}
