namespace ShowTell.Numerics;

/// <summary>How many threads the library computes with. Results do not depend on it.</summary>
public static class Workers
{
    private static int s_count = Environment.ProcessorCount;

    /// <summary>Number of threads, at least 1; by default as many as the machine has processors.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public static int Count
    {
        get => Volatile.Read(ref s_count);
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            Volatile.Write(ref s_count, value);
        }
    }

    /// <summary>Runs the parts 0 to <paramref name="parts"/> - 1, on several threads, and waits for all of them.</summary>
    internal static void For(int parts, Action<int> run)
    {
        if (parts == 1)
        {
            run(0);
            return;
        }

        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, run);
    }
}
