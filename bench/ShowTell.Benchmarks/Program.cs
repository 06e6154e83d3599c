using System.CommandLine;
using System.Text.RegularExpressions;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using ShowTell;
using ShowTell.Benchmarks;
using ShowTell.Numerics;

if (args is ["kernels", ..])
{
    BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly)
        .Run(args[1..], DefaultConfig.Instance.WithArtifactsPath(Path.Combine("artifacts", "kernels")));
    return 0;
}

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
var data = new Option<string?>("--data")
{
    Description = "Folder with real captions in the exercises' layout; without it, work on them is skipped",
};
var models = new Option<string?>("--models")
{
    Description = "Folder that 'prepare' wrote; without it, work with trained models is skipped",
};
var brief = new Option<bool>("--brief") { Description = "Leave the matrix products out" };

var stepsCommand = new Command("steps", "Times training steps and decoding: workload, ms, captions/s, GFLOP")
{
    threads, only, seconds, data, models,
};
stepsCommand.SetAction(result => Steps.Run(
    new Regex(result.GetValue(only)!), result.GetValue(seconds), result.GetValue(data), result.GetValue(models)));

var peakCommand = new Command("peak", "Measures the machine's multiply-add peak, and what matrix products reach of it")
{
    threads, brief,
};
peakCommand.SetAction(result => Peak.Report(result.GetValue(threads), products: !result.GetValue(brief)));

var prepareCommand = new Command(
    "prepare",
    "Trains small models to check the peers by, where they are missing: --models FOLDER; with --data also models whose "
    + "captions end")
{
    threads, data, models,
};
prepareCommand.SetAction(result =>
{
    if (result.GetValue(models) is not string folder)
    {
        Console.Error.WriteLine("prepare needs --models FOLDER.");
        return 1;
    }

    string? real = result.GetValue(data);
    Func<CaptionSource>[] sources =
    [
        CaptionSource.Random,
        CaptionSource.RandomGrids,
        .. real is null ? (Func<CaptionSource>[])[] : [() => CaptionSource.Real(real)],
    ];
    foreach (Func<CaptionSource> open in sources)
    {
        using CaptionSource source = open();
        TrainedModels.Write(folder, source);
    }

    return 0;
});

var network = new Option<string>("--network") { Description = "ONNX file of the network", Required = true };
var photos = new Option<string>("--photos") { Description = "Folder of photos of its size", Required = true };
var large = new Option<string?>("--large") { Description = "Folder of large photos; without it, they are left out" };
var count = new Option<int>("--count") { Description = "Only the peak memory, over this many photos" };

var photosCommand = new Command("photos", "Times the way from photos to features: what, photos/s")
{
    threads, only, seconds, network, photos, large, count,
};
photosCommand.SetAction(result =>
{
    var bench = new Photos(result.GetValue(network)!, result.GetValue(threads));
    if (result.GetValue(count) is > 0 and int number)
    {
        bench.Memory(number, result.GetValue(photos)!);
    }
    else
    {
        bench.Speed(
            new Regex(result.GetValue(only)!), result.GetValue(seconds), result.GetValue(photos)!,
            result.GetValue(large));
    }
});

var root = new RootCommand("ShowTell's benchmarks. 'kernels' hands its options over to BenchmarkDotNet.")
{
    stepsCommand, peakCommand, prepareCommand, photosCommand,
};
ParseResult parsed = root.Parse(args);
Workers.Count = parsed.GetValue(threads) is > 0 and int workers ? workers : Environment.ProcessorCount;
try
{
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (ShowTellException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
