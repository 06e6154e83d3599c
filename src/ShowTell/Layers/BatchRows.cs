using ShowTell.Numerics;

namespace ShowTell.Layers;

/// <summary>
/// A pass over time, cut along the rows of the minibatch: samples do not depend on each other, so each thread takes its
/// own rows through all timesteps, and threads meet once a pass. Reused, it allocates nothing.
/// </summary>
/// <param name="pass">Takes rows (start, count) of the minibatch through all timesteps.</param>
internal sealed class BatchRows(Action<int, int> pass) : WorkerJob
{
    /// <summary>Below this many multiply-adds a pass stays on the calling thread.</summary>
    private const long ParallelThreshold = 1 << 20;

    private int _rows;
    private int _parts;

    /// <summary>Runs the pass.</summary>
    /// <param name="rows">Rows of the minibatch, N.</param>
    /// <param name="multiplyAdds">What the whole pass takes.</param>
    public void Run(int rows, long multiplyAdds)
    {
        _rows = rows;
        _parts = multiplyAdds < ParallelThreshold ? 1 : Math.Min(Workers.Count, rows);
        Workers.Run(this, _parts);
    }

    /// <inheritdoc/>
    public override void Run(int part)
    {
        int start = (int)((long)_rows * part / _parts), end = (int)((long)_rows * (part + 1) / _parts);
        pass(start, end - start);
    }
}
