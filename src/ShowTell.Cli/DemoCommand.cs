using System.Diagnostics;
using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;
using ShowTell.Reporting;
using ShowTell.Training;

namespace ShowTell.Cli;

/// <summary>
/// <c>showtell demo</c>: the whole way from data to captions, on drawn scenes, with nothing to install.
/// </summary>
internal static class DemoCommand
{
    private const string DefaultFolder = "showtell-demo";
    private const int ShownCaptions = 10;
    private const int ShownCards = 60;

    private static readonly SolverOptions s_solver = new()
    {
        BatchSize = 32,
        Epochs = 3,
        LearningRate = 4e-3,
        LearningRateDecay = 0.3,
        PrintEvery = 500,
    };

    public static Command Create()
    {
        Option<string> folder =
            Options.Path("--out", "DIR", $"Folder for the report, the model and its log. [default: {DefaultFolder}]");
        Option<ulong> seed = Options.Seed();
        return new CommandWithExamples(
            "demo",
            "Draw scenes, train an LSTM on them, and check its captions of new ones. Takes a minute or two.",
            (result, cancellation) => RunAsync(
                result.InvocationConfiguration.Output,
                result.GetValue(folder) ?? DefaultFolder,
                result.GetValue(seed),
                cancellation),
            "showtell demo",
            "showtell demo --out my-demo --seed 7")
        {
            folder, seed,
        };
    }

    private static async Task<int> RunAsync(
        TextWriter output, string folder, ulong seed, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        OutputPath.RequireFolder(folder);
        output.WriteLine("Drawing scenes ...");
        using var dataset = LoadedDataset.LoadScenes(seed);
        CaptionDataset captions = dataset.Captions;
        output.WriteLine(
            $"{captions.Train.ImageCount:N0} scenes to learn from, "
            + $"{captions.Validation.ImageCount:N0} to test with, five captions each,");
        output.WriteLine($"such as \"{captions.Vocabulary.Decode(captions.Train.Caption(0))}\".");
        string modelPath = Path.Combine(Path.GetFullPath(folder), "scenes.safetensors");
        using var run = new TrainingRun(
            captions,
            captions,
            TrainingRun.UsualModel(captions) with { HiddenSize = 128, WordVectorSize = 64 },
            s_solver with { Seed = seed },
            modelPath,
            folder,
            output);
        if (!run.Train(cancellation))
        {
            run.PrintModel();
            return App.Interrupted;
        }

        int[] images = Sampler.ChooseImages(captions.Validation, int.MaxValue, seed);
        var decoding = new DecodingOptions { MaxLength = captions.Train.CaptionWidth - 1 };
        IReadOnlyList<SampledCaption> sampled = Sampler.Sample(
            [ModelBundle.Load(modelPath)], decoding, dataset, captions.Validation, images, cancellation);
        PrintCaptions(output, sampled.Take(ShownCaptions));
        string headline =
            $"true captions: {Terminal.Share(sampled.Count(caption => caption.IsTrue == true), sampled.Count)}";
        string report = Path.Combine(Path.GetFullPath(folder), "report.html");
        await WriteReportAsync(report, headline, sampled, dataset, run.Plot(), watch.Elapsed, cancellation);
        output.WriteLine(headline);
        output.WriteLine();
        output.WriteLine($"report: {report}");
        output.WriteLine($"model:  {modelPath}");
        output.WriteLine(
            $"Try:    showtell sample {Terminal.Quoted(modelPath)} {captions.Origin} --count 20 --out page.html");
        return App.Success;
    }

    private static void PrintCaptions(TextWriter output, IEnumerable<SampledCaption> captions)
    {
        IAnsiConsole console = Terminal.For(output);
        output.WriteLine();
        foreach (SampledCaption caption in captions)
        {
            console.MarkupLine(
                $"{Spectre.Console.Markup.Escape(caption.Label)}  {Terminal.TruthMarkup(caption.IsTrue == true)}  "
                + Spectre.Console.Markup.Escape(caption.Caption));
        }

        output.WriteLine();
    }

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
                ("training captions", $"{dataset.Captions.Train.Count:N0}"),
                ("time", $"{elapsed.TotalSeconds:F0} s"),
                ("shown", $"false captions first, {shown.Length} of {sampled.Count} scenes"),
            ],
            Plot = plot,
            Cards = await Sampler.CardsAsync(
                shown, dataset, dataset.Captions.Validation, null, offline: true, cancellation),
        }.Save(path);
    }
}
