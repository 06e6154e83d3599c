namespace ShowTell.Photos;

/// <summary>
/// Reserves memory for one photo out of a total for all photos being read, until it is disposed. Reservations are
/// served in order, so that a large photo is not overtaken forever.
/// </summary>
internal sealed class PhotoMemory : IDisposable
{
    private static readonly Lock s_queue = new();
    private static readonly object s_monitor = new();

    // Reserved bytes, and released ones that may not have been collected yet.
    private static long s_reserved;
    private static long s_garbage;

    private readonly long _bytes;

    /// <summary>Waits until the memory is free; more bytes than the total wait until no other photo is read.</summary>
    public PhotoMemory(long bytes, long total)
    {
        _bytes = bytes;
        lock (s_queue)
        {
            lock (s_monitor)
            {
                while (s_reserved > 0 && s_reserved + bytes > total)
                {
                    Monitor.Wait(s_monitor);
                }

                // By itself the collector keeps much of what is free.
                if (s_reserved + s_garbage + bytes > total)
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    s_garbage = 0;
                }

                s_reserved += bytes;
            }
        }
    }

    /// <summary>Releases the memory. No variable may refer to the arrays anymore.</summary>
    public void Dispose()
    {
        lock (s_monitor)
        {
            s_reserved -= _bytes;
            s_garbage += _bytes;
            Monitor.PulseAll(s_monitor);
        }
    }
}
