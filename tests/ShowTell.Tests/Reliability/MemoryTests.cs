using System.Diagnostics;
using System.Globalization;
using ShowTell.Captioning;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Tests.Captioning;
using ShowTell.Tests.Training;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Reliability;

/// <summary>
/// Memory does not grow over time: training with checkpoints and captioning of photos, in a process of their own, for
/// SHOWTELL_MEMORY_SECONDS, by default 120.
/// </summary>
public sealed class MemoryTests
{
    private const string Variable = "SHOWTELL_MEMORY_SECONDS";
    private const string InChild = "SHOWTELL_MEMORY_CHILD";

    /// <summary>How much more memory may be in use at the end than after warming up.</summary>
    private const long MaxManagedGrowth = 1 << 20, MaxProcessGrowth = 32 << 20;

    [Fact]
    public async Task Training_and_captioning_for_long_take_no_more_memory() => await OtherProcess.Run(
        ["-explicit", "only", "-method", $"{typeof(MemoryTests).FullName}.{nameof(Work)}"], (InChild, "1"));

    [Fact(Explicit = true)]
    public void Work()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(InChild) is null, "Is run in a process of its own.");
        double seconds = double.Parse(
            Environment.GetEnvironmentVariable(Variable) ?? "120", CultureInfo.InvariantCulture);
        using var model = new PhotoModel();
        using Captioner captioner = Captioner.Load(model.Path, new CaptionerOptions { AllowUnknown = true });
        using TemporaryFolder folder = TestData.Temporary();
        using CaptionDataset dataset = ToyDataset.Make(200, 50);
        string[] photos = model.Photos(20);
        var clock = Stopwatch.StartNew();
        (long Managed, long Process)? before = null;
        int rounds = 0;
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            Train(dataset, folder.File("checkpoint"));
            Array.ForEach(photos, photo => captioner.Caption(photo));
            rounds++;

            // A third is warm-up: the runtime compiles hot code again, and pools of memory fill.
            if (before is null && clock.Elapsed.TotalSeconds > seconds / 3)
            {
                before = Measure();
            }
        }

        (long managed, long process) = Measure();
        TestContext.Current.SendDiagnosticMessage(
            $"{rounds} rounds: {before!.Value.Managed:N0} -> {managed:N0} bytes managed, "
            + $"{before.Value.Process:N0} -> {process:N0} in all");
        Assert.InRange(managed - before.Value.Managed, long.MinValue, MaxManagedGrowth);
        Assert.InRange(process - before.Value.Process, long.MinValue, MaxProcessGrowth);
    }

    private static void Train(CaptionDataset dataset, string checkpoint)
    {
        var options = new SolverOptions { BatchSize = 20, Epochs = 2, ScheduledSampling = 0.5 };
        CaptioningModel<float> Model() => ToyDataset.Model(dataset, hiddenSize: 64);
        var solver = new CaptioningSolver(Model(), dataset, options);
        solver.Run(progress =>
        {
            if (progress.Iteration == 11)
            {
                solver.SaveCheckpoint(checkpoint);
            }
        });
        var resumed = new CaptioningSolver(Model(), dataset, options);
        resumed.Resume(checkpoint);
        resumed.Run();
        Assert.Equal(solver.LossHistory, resumed.LossHistory);
        var refining = new SelfCriticalOptions { Epochs = 1, BatchSize = 50 };
        new SelfCriticalTraining(Model(), dataset, refining).Run();
    }

    private static (long Managed, long Process) Measure()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        using Process process = Process.GetCurrentProcess();
        return (managed, process.WorkingSet64);
    }
}
