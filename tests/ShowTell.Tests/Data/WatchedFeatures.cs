using ShowTell.Data;
using ShowTell.Numerics;

namespace ShowTell.Tests.Data;

/// <summary>Features that remember who read them, and whether two did at once or after their end.</summary>
/// <param name="features">The features.</param>
/// <param name="delay">Takes the time of a read.</param>
internal sealed class WatchedFeatures(IFeatureSource features, Action delay) : IFeatureSource
{
    private int _reading;
    private bool _isDisposed;

    public List<int> RowsRead { get; } = [];

    public HashSet<Thread> Threads { get; } = [];

    public bool IsBeingRead => Volatile.Read(ref _reading) > 0;

    public bool WasMisused { get; private set; }

    public int Rows => features.Rows;

    public int Columns => features.Columns;

    public string Origin => features.Origin;

    public void Read(ReadOnlySpan<int> rows, MatrixSpan<float> destination)
    {
        WasMisused |= Interlocked.Increment(ref _reading) > 1 || _isDisposed;
        delay();
        RowsRead.AddRange(rows);
        Threads.Add(Thread.CurrentThread);
        features.Read(rows, destination);
        WasMisused |= Interlocked.Decrement(ref _reading) > 0 || _isDisposed;
    }

    public void Dispose()
    {
        WasMisused |= IsBeingRead;
        _isDisposed = true;
        features.Dispose();
    }
}
