using System.Diagnostics;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>Tests that set <see cref="Workers.Count"/>, which all of the program shares, run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WorkersCollection
{
    public const string Name = "Workers";

    /// <summary>How long a test waits for a busy machine to let a second thread run.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Runs with a number of workers, again until more than one thread has taken part if there are several, and gives
    /// the last result. Fails the test if that never happens: without threads, nothing is shown about them.
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
            Assert.True(count == 1 || Workers.PartsOfWorkers > before, $"Of {count} threads, only one has taken part.");
        });
        return result;
    }

    /// <summary>Runs with a number of workers, then sets the number back.</summary>
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
