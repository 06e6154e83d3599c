using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace ShowTell.Numerics;

/// <summary>
/// The library's worker threads. Parts of work write to disjoint memory, so that results do not depend on the number of
/// threads. Threads are started once and wait, first awake, then asleep.
/// </summary>
public static class Workers
{
    /// <summary>How long an idle thread stays awake: longer than the pauses within a training step.</summary>
    private static readonly long s_awakeTicks = Stopwatch.Frequency / 2_000;

    private static readonly Lock s_oneCallerAtATime = new();
    private static readonly object s_sleep = new();

    [ThreadStatic]
    private static bool t_isInside;

    private static int s_count = Environment.ProcessorCount;
    private static int s_started;
    private static int s_sleeping;

    /// <summary>
    /// The number of the call (32 bits), its number of parts (16 bits), the next part to take (16 bits).
    /// </summary>
    private static long s_state;
    private static int s_unfinished;
    private static WorkerJob? s_job;
    private static ExceptionDispatchInfo? s_failure;
    private static long s_partsOfWorkers;

    /// <summary>The number of parts run by worker threads so far, for tests.</summary>
    internal static long PartsOfWorkers => Interlocked.Read(ref s_partsOfWorkers);

    /// <summary>The number of threads; at least 1; default the number of processors.</summary>
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

    /// <summary>
    /// Runs parts 0 to <paramref name="parts"/> - 1 and waits for all of them. Allocates nothing once warm. Nested or
    /// concurrent calls run all parts on the calling thread.
    /// </summary>
    internal static void Run(WorkerJob job, int parts)
    {
        if (parts <= 1 || parts > short.MaxValue || t_isInside || Count == 1 || !s_oneCallerAtATime.TryEnter())
        {
            for (int part = 0; part < parts; part++)
            {
                job.Run(part);
            }

            return;
        }

        t_isInside = true;
        try
        {
            Start(Math.Min(parts, Count) - 1);
            Publish(job, parts);
            TakeParts(isWorker: false);
            var spin = new SpinWait();
            while (Volatile.Read(ref s_unfinished) > 0)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            s_failure?.Throw();
        }
        finally
        {
            (s_job, s_failure) = (null, null);
            t_isInside = false;
            s_oneCallerAtATime.Exit();
        }
    }

    private static void Publish(WorkerJob job, int parts)
    {
        s_job = job;
        s_unfinished = parts;
        long call = (Volatile.Read(ref s_state) >> 32) + 1;
        Interlocked.Exchange(ref s_state, (call << 32) | ((long)parts << 16));
        if (Volatile.Read(ref s_sleeping) > 0)
        {
            lock (s_sleep)
            {
                Monitor.PulseAll(s_sleep);
            }
        }
    }

    /// <summary>Takes and runs parts of the current call until none is left.</summary>
    private static void TakeParts(bool isWorker)
    {
        while (true)
        {
            long state = Volatile.Read(ref s_state);
            int part = (int)(state & 0xFFFF), parts = (int)((state >> 16) & 0xFFFF);
            if (part >= parts)
            {
                return;
            }

            // The part is taken only if the state, and so the call, is unchanged.
            if (Interlocked.CompareExchange(ref s_state, state + 1, state) != state)
            {
                continue;
            }

            try
            {
                s_job!.Run(part);
            }
            catch (Exception failure)
            {
                s_failure = ExceptionDispatchInfo.Capture(failure);
            }

            if (isWorker)
            {
                Interlocked.Increment(ref s_partsOfWorkers);
            }

            Interlocked.Decrement(ref s_unfinished);
        }
    }

    private static void Start(int threads)
    {
        for (; s_started < threads; s_started++)
        {
            new Thread(Work) { IsBackground = true, Name = $"ShowTell worker {s_started + 1}" }.Start();
        }
    }

    private static void Work()
    {
        t_isInside = true;
        long seen = 0;
        while (true)
        {
            seen = WaitForCall(seen);
            TakeParts(isWorker: true);
        }
    }

    /// <summary>Waits for a call after <paramref name="seen"/>, and returns its number.</summary>
    private static long WaitForCall(long seen)
    {
        long asleepAt = Stopwatch.GetTimestamp() + s_awakeTicks;
        while (Stopwatch.GetTimestamp() < asleepAt)
        {
            if (Volatile.Read(ref s_state) >> 32 is var call && call != seen)
            {
                return call;
            }

            Thread.SpinWait(20);
        }

        lock (s_sleep)
        {
            Interlocked.Increment(ref s_sleeping);
            while (Volatile.Read(ref s_state) >> 32 == seen)
            {
                Monitor.Wait(s_sleep);
            }

            Interlocked.Decrement(ref s_sleeping);
            return Volatile.Read(ref s_state) >> 32;
        }
    }
}

/// <summary>Work that is divided into parts. Objects are reused, so that calls allocate nothing.</summary>
internal abstract class WorkerJob
{
    /// <summary>Does one part; parts run concurrently and must write to disjoint memory.</summary>
    public abstract void Run(int part);

    /// <summary>The share of a part, if N items are divided equally: those from Start to before End.</summary>
    protected static (int Start, int End) Share(int count, int part, int parts) =>
        ((int)((long)count * part / parts), (int)((long)count * (part + 1) / parts));
}
