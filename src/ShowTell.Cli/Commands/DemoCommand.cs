using System.Diagnostics;
using ShowTell.Reporting;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell demo</c>: from data to captions, on drawn scenes, with nothing to install.</summary>
internal static class DemoCommand
{
    private const string DefaultFolder = "showtell-demo";
    private const int ShownCaptions = 10;
    private const int ShownCards = 60;

    private static readonly SolverOptions s_solver = SolverOptions.Exercises with
    {
        BatchSize = 32,
        Epochs = 3,
        LearningRate = 4e-3,
        LearningRateDecay = 0.3,
        PrintEvery = 500,
    };

    public static Command Create()
    {
        Option<string> folder = NewOption.Path(
            "--out", "DIR", $"Folder for the report, the model and its log. [default: {DefaultFolder}]");
        return new CommandWithExamples(
            "demo",
            "Draw scenes, train an LSTM on them, and check its captions of new ones. Takes a minute or two.",
            (result, cancellation) => Run(
                result.Output(),
                Path.GetFullPath(result.GetValue(folder) ?? DefaultFolder),
                result.Seed(),
                cancellation),
            "showtell demo",
            "showtell demo --out my-demo --seed 7")
        {
            folder, NewOption.Seed(),
        };
    }

    private static int Run(TextWriter output, string folder, ulong seed, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        OutputPath.EnsureFolderWritable(folder);
        output.WriteLine("Drawing scenes ...");
        using var dataset = LoadedDataset.LoadScenes(seed);
        CaptionDataset captions = dataset.Captions;
        CaptionSplit validation = captions.Validation;
        output.WriteLine(
            $"{captions.Train.ImageCount:N0} scenes to train on and {validation.ImageCount:N0} to test on, with five "
            + $"captions each, such as \"{captions.Vocabulary.Decode(captions.Train.Caption(0))}\".");
        string modelPath = Path.Combine(folder, "scenes.safetensors"), report = Path.Combine(folder, "report.html");
        var model = new CaptioningOptions
        {
            FeatureSize = captions.FeatureSize,
            VocabularySize = captions.Vocabulary.Count,
            HiddenSize = 128,
            WordVectorSize = 64,
        };
        var options = new RunOptions { Command = "demo", Overwrites = true };
        using var runFolder = new RunFolder(folder, modelPath, options, output);
        using var run = new TrainingRun(
            captions, captions, model, s_solver with { Seed = seed }, modelPath, runFolder, output);
        if (!run.Train(cancellation))
        {
            run.PrintModel();
            return App.Interrupted;
        }

        var decoding = new DecodingOptions { MaxLength = captions.Train.CaptionWidth - 1 };
        int[] images = LoadedDataset.DrawImages(validation, int.MaxValue, seed);
        List<SampledCaption> sampled = SampledCaption.Generate(
            [ModelBundle.Load(modelPath)], decoding, dataset, validation, images, cancellation);
        PrintCaptions(output, sampled.Take(ShownCaptions));
        string headline =
            $"true captions: {Terminal.Share(sampled.Count(caption => caption.IsTrue == true), sampled.Count)}";
        Report(dataset, sampled, headline, run.Plot(), clock.Elapsed).Save(report);
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

    /// <summary>The page of the demo. False captions come first: they are what one learns from.</summary>
    private static Gallery Report(
        LoadedDataset dataset, List<SampledCaption> sampled, string headline, LinePlot plot, TimeSpan elapsed)
    {
        CaptionSplit split = dataset.Captions.Validation;
        SampledCaption[] shown = [.. sampled.OrderBy(caption => caption.IsTrue).Take(ShownCards)];
        return new Gallery
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
            Cards = [.. shown.Select(caption => caption.ToCard(split, dataset.DrawScene(split, caption.Image)!))],
        };
    }
}
