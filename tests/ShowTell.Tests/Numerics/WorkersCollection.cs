using System.Diagnostics;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>Tests that set the process-wide <see cref="Workers.Count"/> run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WorkersCollection
{
    public const string Name = "Workers";

    /// <summary>How long a test waits for a second thread on a busy machine.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Runs with a number of workers, repeatedly until several threads have taken part, and returns the last result.
    /// Fails the test if only one ever does.
    /// </summary>
    internal static TResult InThreads<TResult>(int count, Func<TResult> run)
    {
        TResult result = default!;
        With(count, () =>
        {
            long before = Workers.PartsOfWorkers, start = Stopwatch.GetTimestamp();
            do
            {
                result = run();
            }
            while (count > 1 && Workers.PartsOfWorkers == before && Stopwatch.GetElapsedTime(start) < Patience);
            Assert.True(count == 1 || Workers.PartsOfWorkers > before, $"Only one of {count} threads took part.");
        });
        return result;
    }

    /// <summary>Runs with a number of workers, then restores the number.</summary>
    internal static void With(int count, Action run)
    {
        int before = Workers.Count;
        Workers.Count = count;
        try
        {
            run();
        }
        finally
        {
            Workers.Count = before;
        }
    }
}
