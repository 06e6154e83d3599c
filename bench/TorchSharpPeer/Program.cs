using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using TorchSharp;
using TorchSharpPeer;

var threads = new Option<int>("--threads")
{
    Description = "Threads to compute with", DefaultValueFactory = _ => Environment.ProcessorCount,
};
var only = new Option<string>("--only")
{
    Description = "Only workloads whose name matches this regular expression", DefaultValueFactory = _ => "",
};
var seconds = new Option<double>("--seconds")
{
    Description = "How long to measure each workload", DefaultValueFactory = _ => 3,
};
var models = new Option<string?>("--models") { Description = "Folder that 'ShowTell.Benchmarks prepare' wrote" };
var check = new Option<bool>("--check")
{
    Description = "Time nothing; compare losses, gradients and captions with ShowTell's (needs --models)",
};
var canLoad = new Option<bool>("--can-load") { Description = "Only say whether libtorch can be loaded" };

var root = new RootCommand("TorchSharp's side of bench/run.sh: workload, ms, captions/s, form.")
{
    threads, only, seconds, models, check, canLoad,
};
root.SetAction(result =>
{
    // TorchSharp itself, where this fails, copies all of libtorch beside itself and tries again.
    try
    {
        NativeLibrary.Load("LibTorchSharp", typeof(Program).Assembly, DllImportSearchPath.AssemblyDirectory);
    }
    catch (DllNotFoundException error)
    {
        string[] reasons = error.Message.Split('\n');
        string reason = reasons.FirstOrDefault(line => line.Contains("required by")) ?? reasons[0];
        Console.Error.WriteLine($"libtorch cannot be loaded: {reason}");
        return 3;
    }

    return result.GetValue(canLoad)
        ? 0
        : Run(
            result.GetValue(threads), result.GetValue(models), result.GetValue(check), result.GetValue(only)!,
            result.GetValue(seconds));
});
return root.Parse(args).Invoke();

static int Run(int threads, string? models, bool check, string only, double seconds)
{
    torch.set_num_threads(threads);
    torch.manual_seed(231);
    if (!check)
    {
        Clock.TimeAll(Workloads.All(models), new Regex(only), seconds);
        return 0;
    }

    if (models is null)
    {
        Console.Error.WriteLine("--check needs --models FOLDER.");
        return 1;
    }

    return Check.All(models, new Regex(only)) is string problem ? Fail(problem) : 0;
}

static int Fail(string problem)
{
    Console.Error.WriteLine(problem);
    return 1;
}
