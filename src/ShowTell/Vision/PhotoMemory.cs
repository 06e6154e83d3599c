namespace ShowTell.Vision;

/// <summary>Memory for pixels.</summary>
internal static class PhotoMemory
{
    private const long Large = 64 << 20;

    /// <summary>
    /// An array that is not cleared. Before a large one, what earlier photos left is given back: the collector by
    /// itself lets several of them pile up.
    /// </summary>
    public static unsafe T[] Allocate<T>(long length)
        where T : unmanaged
    {
        if (length * sizeof(T) >= Large)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        return GC.AllocateUninitializedArray<T>(checked((int)length));
    }
}
