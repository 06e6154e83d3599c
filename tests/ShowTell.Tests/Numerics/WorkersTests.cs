using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

[Collection(WorkersCollection.Name)]
public sealed class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_part_runs_once_before_the_call_returns(int threads) => WorkersCollection.With(threads, () =>
    {
        var job = new CountingJob(64);
        for (int call = 1; call <= 2000; call++)
        {
            int parts = 1 + (call % 64);
            Array.Clear(job.Runs);
            Workers.Run(job, parts);
            Assert.Equal(Enumerable.Repeat(1, parts).Concat(Enumerable.Repeat(0, 64 - parts)), job.Runs);
        }
    });

    /// <summary>Each part waits for the other: a single thread would time out.</summary>
    [Fact]
    public void Two_parts_run_at_the_same_time() => WorkersCollection.With(2, () =>
    {
        using var both = new Barrier(2);
        var job = new ActionJob(
            _ => Assert.True(both.SignalAndWait(WorkersCollection.Patience), "The other part did not run."));
        Workers.Run(job, 2);
        Workers.Run(job, 2);
    });

    [Fact]
    public void Threads_that_fell_asleep_wake_up() => WorkersCollection.With(3, () =>
    {
        var job = new CountingJob(3);
        for (int call = 0; call < 5; call++)
        {
            Workers.Run(job, 3);
            Thread.Sleep(20);
        }

        Assert.Equal([5, 5, 5], job.Runs);
    });

    [Fact]
    public void A_part_may_use_workers_itself() => WorkersCollection.With(4, () =>
    {
        var inner = new CountingJob(8);
        Workers.Run(new ActionJob(_ => Workers.Run(inner, 8)), 4);
        Assert.Equal(Enumerable.Repeat(4, 8), inner.Runs);
    });

    [Fact]
    public void Several_threads_may_call_at_once() => WorkersCollection.With(3, () =>
    {
        var jobs = new CountingJob[4];
        Thread[] callers = [.. jobs.Select((_, i) => new Thread(() =>
        {
            jobs[i] = new CountingJob(5);
            for (int call = 0; call < 500; call++)
            {
                Workers.Run(jobs[i], 5);
            }
        }))];
        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());
        Assert.All(jobs, job => Assert.Equal(Enumerable.Repeat(500, 5), job.Runs));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Exceptions_of_a_part_reach_the_caller(int failing) => WorkersCollection.With(4, () =>
    {
        var job = new ActionJob(part =>
        {
            if (part == failing)
            {
                throw new ArgumentException("part");
            }
        });
        Assert.Throws<ArgumentException>(() => Workers.Run(job, 4));
        Every_part_runs_once_before_the_call_returns(4);
    });

    private sealed class CountingJob(int parts) : WorkerJob
    {
        public int[] Runs { get; } = new int[parts];

        public override void Run(int part) => Interlocked.Increment(ref Runs[part]);
    }

    private sealed class ActionJob(Action<int> run) : WorkerJob
    {
        public override void Run(int part) => run(part);
    }
}
