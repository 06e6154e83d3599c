namespace ShowTell.Photos;

/// <summary>
/// A share of the memory that all photos which are read at this moment may take together, for one of them, until it is
/// disposed of. Photos get theirs in turn, so that a large one is not overtaken for ever.
/// </summary>
internal sealed class PhotoMemory : IDisposable
{
    private static readonly Lock Turn = new();
    private static readonly object Ledger = new();

    // Bytes of photos that are being read, and those of earlier ones that may not have been given back yet.
    private static long _used;
    private static long _left;

    private readonly long _bytes;

    /// <summary>Waits for room. For more bytes than the total it is there when no other photo is read.</summary>
    public PhotoMemory(long bytes, long total)
    {
        _bytes = bytes;
        lock (Turn)
        {
            lock (Ledger)
            {
                while (_used > 0 && _used + bytes > total)
                {
                    Monitor.Wait(Ledger);
                }

                // By itself the collector keeps much of what is free.
                if (_used + _left + bytes > total)
                {
                    GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                    _left = 0;
                }

                _used += bytes;
            }
        }
    }

    /// <summary>Gives the share back. No variable may hold the arrays any more.</summary>
    public void Dispose()
    {
        lock (Ledger)
        {
            _used -= _bytes;
            _left += _bytes;
            Monitor.PulseAll(Ledger);
        }
    }
}
