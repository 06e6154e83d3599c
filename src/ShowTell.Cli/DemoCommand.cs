using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Reporting;
using ShowTell.Training;

namespace ShowTell.Cli;

/// <summary><c>showtell demo</c>: the whole way from data to captions, on drawn scenes, with nothing to install.</summary>
internal static class DemoCommand
{
    private const int ShownCaptions = 10;
    private const int ShownCards = 60;

    public static Command Create()
    {
        var folder = new Option<string>("--out")
        {
            Description = "Folder for the report and the model.",
            DefaultValueFactory = _ => "showtell-demo",
            HelpName = "DIR",
        };
        Option<ulong> seed = Options.Seed();
        var command = new Command(
            "demo",
            "Draw scenes, train an LSTM to caption them, and check its captions of scenes it has never seen. Takes a minute or two.")
        {
            folder, seed,
        };
        command.SetAction((result, cancellation) =>
            RunAsync(result.InvocationConfiguration.Output, result.GetRequiredValue(folder), result.GetValue(seed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(TextWriter output, string folder, ulong seed, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        output.WriteLine("Drawing scenes ...");
        using LoadedDataset dataset = LoadedDataset.LoadScenes(seed);
        CaptionDataset captions = dataset.Captions;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{captions.Train.ImageCount:N0} scenes to learn from, {captions.Validation.ImageCount:N0} to test with, each with five captions of {captions.Vocabulary.Count} words, such as:"));
        output.WriteLine($"  {captions.Vocabulary.Decode(captions.Train.Caption(0))}");

        TrainingRequest request = Request(seed, output);
        CaptioningSolver solver = Trainer.Create(captions, request);
        using var log = new TrainingLog(folder);
        if (!Trainer.Train(solver, output, progress => log.Report(progress, solver), cancellation))
        {
            throw new OperationCanceledException(cancellation);
        }

        string modelPath = Path.Combine(folder, "scenes.safetensors");
        new ModelSaver(modelPath, solver, captions, captions, request, keepBest: true).Save();
        int[] images = Sampler.ChooseImages(captions.Validation, int.MaxValue, seed);
        IReadOnlyList<SampledCaption> sampled =
            Sampler.Sample(ModelBundle.Load(modelPath), dataset, captions.Validation, images, cancellation);
        output.WriteLine();
        foreach (SampledCaption caption in sampled.Take(ShownCaptions))
        {
            output.WriteLine($"{caption.Label}  {(caption.IsTrue == true ? "true " : "FALSE")}  {caption.Caption}");
        }

        string headline = $"true captions: {SampleCommand.Share(sampled.Count(caption => caption.IsTrue == true), sampled.Count)}";
        string report = Path.Combine(folder, "report.html");
        await WriteReportAsync(report, headline, sampled, dataset, log.Plot(solver), watch.Elapsed, cancellation);
        output.WriteLine();
        output.WriteLine(headline);
        output.WriteLine($"report: {Path.GetFullPath(report)}");
        output.WriteLine($"model:  {Path.GetFullPath(modelPath)}");
        return 0;
    }

    private static TrainingRequest Request(ulong seed, TextWriter output) => new()
    {
        Cell = CellKind.Lstm,
        HiddenSize = 256,
        WordVectorSize = 64,
        Solver = new SolverOptions
        {
            BatchSize = 64,
            Epochs = 4,
            LearningRate = 5e-3,
            LearningRateDecay = 0.5,
            Seed = seed,
            Log = Terminal.IsInteractive(output) ? null : output,
            PrintEvery = 50,
        },
    };

    private static async Task WriteReportAsync(
        string path,
        string headline,
        IReadOnlyList<SampledCaption> sampled,
        LoadedDataset dataset,
        LinePlot plot,
        TimeSpan elapsed,
        CancellationToken cancellation)
    {
        // False captions first: they are what one learns from.
        SampledCaption[] shown = [.. sampled.OrderBy(caption => caption.IsTrue).Take(ShownCards)];
        new Gallery
        {
            Title = "ShowTell demo: captions of scenes never seen in training",
            Headline = headline,
            Facts =
            [
                ("model", "LSTM"),
                ("training captions", dataset.Captions.Train.Count.ToString("N0", CultureInfo.InvariantCulture)),
                ("time", string.Create(CultureInfo.InvariantCulture, $"{elapsed.TotalSeconds:F0} s")),
                ("shown", $"false captions first, {shown.Length} of {sampled.Count} scenes"),
            ],
            Plot = plot,
            Cards = await Sampler.CardsAsync(shown, dataset, dataset.Captions.Validation, null, offline: true, cancellation),
        }.Save(path);
    }
}
