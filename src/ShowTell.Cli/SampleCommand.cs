using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Reporting;

namespace ShowTell.Cli;

/// <summary><c>showtell sample</c>: captions for images of a dataset.</summary>
internal sealed class SampleCommand
{
    private readonly Argument<string> _model = new("MODEL") { Description = "A model file that showtell train wrote." };
    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _split = Options.Split();
    private readonly Option<int> _count = Options.Count(10);
    private readonly Option<string?> _images = Options.Images();
    private readonly Option<bool> _offline = Options.Offline();
    private readonly Option<string?> _out = new("--out") { Description = "Write a page with pictures and captions.", HelpName = "page.html" };
    private readonly Option<bool> _json = Options.Json();
    private readonly Option<ulong> _seed = Options.Seed();

    public static Command Create()
    {
        var sample = new SampleCommand();
        var command = new Command(
            "sample",
            """
            Caption images of a dataset, and show the dataset's own captions beside them.
            The train split of a model trained with --max-train is what it was trained on.

            Examples:
              showtell sample scenes.safetensors scenes --count 20 --out page.html
              showtell sample lstm.safetensors coco_captioning --split val --count 1000 --json > captions.jsonl
            """)
        {
            sample._model, sample._dataset, sample._split, sample._count, sample._images, sample._offline, sample._out,
            sample._json, sample._seed,
        };
        command.SetAction(sample.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        ModelBundle bundle = ModelBundle.Load(result.GetRequiredValue(_model));
        using LoadedDataset dataset = LoadedDataset.Load(result.GetRequiredValue(_dataset));
        bundle.RequireFits(dataset.Captions);
        dataset.LimitTrain(bundle.Training.TrainCaptions, bundle.Training.Seed);
        CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
        int[] images = Sampler.ChooseImages(split, result.GetValue(_count), result.GetValue(_seed));
        IReadOnlyList<SampledCaption> captions = Sampler.Sample(bundle, dataset, split, images, cancellation);

        if (result.GetValue(_json))
        {
            foreach (SampledCaption caption in captions)
            {
                output.WriteLine(JsonSerializer.Serialize(
                    new { Image = caption.Label, caption.Caption, caption.References, caption.IsTrue }, Support.Json.Options));
            }
        }
        else
        {
            Print(output, captions);
        }

        if (result.GetValue(_out) is string page)
        {
            await WritePageAsync(page, result, bundle, dataset, split, captions, cancellation);
            if (!result.GetValue(_json))
            {
                output.WriteLine($"page: {page}");
            }
        }

        return 0;
    }

    private async Task WritePageAsync(
        string path,
        ParseResult result,
        ModelBundle bundle,
        LoadedDataset dataset,
        CaptionSplit split,
        IReadOnlyList<SampledCaption> captions,
        CancellationToken cancellation) => new Gallery
        {
            Title = $"Sampled captions: {split.Name}",
            Headline = Summary(captions)[0],
            Facts =
            [
                ("model", Path.GetFileName(result.GetRequiredValue(_model))),
                ("cell", bundle.Model.Options.Cell.ToString().ToUpperInvariant()),
                ("trained on", bundle.Training.Dataset),
                ("epoch", bundle.Training.Epoch.ToString(CultureInfo.InvariantCulture)),
            ],
            Cards = await Sampler.CardsAsync(
                captions, dataset, split, result.GetValue(_images), result.GetValue(_offline), cancellation),
        }.Save(path);

    private static void Print(TextWriter output, IReadOnlyList<SampledCaption> captions)
    {
        foreach (SampledCaption caption in captions)
        {
            output.WriteLine(caption.Label);
            output.WriteLine($"  {(caption.IsTrue is bool isTrue ? (isTrue ? "true:  " : "FALSE: ") : "")}{caption.Caption}");
            foreach (string reference in caption.References)
            {
                output.WriteLine($"    ground truth: {reference}");
            }
        }

        output.WriteLine();
        foreach (string line in Summary(captions))
        {
            output.WriteLine(line);
        }
    }

    private static string[] Summary(IReadOnlyList<SampledCaption> captions)
    {
        string wordForWord = $"captions among the ground truth, word for word: {Share(captions.Count(c => c.IsReference), captions.Count)}";
        string distinct = $"distinct captions: {Share(captions.DistinctBy(c => c.Caption).Count(), captions.Count)}";
        return captions.Any(caption => caption.IsTrue is not null)
            ? [$"true captions: {Share(captions.Count(c => c.IsTrue == true), captions.Count)}", wordForWord, distinct]
            : [wordForWord, distinct];
    }

    /// <summary>Such as <c>487 / 500 (97.4%)</c>.</summary>
    public static string Share(int part, int whole) =>
        string.Create(CultureInfo.InvariantCulture, $"{part} / {whole} ({100.0 * part / Math.Max(whole, 1):F1}%)");
}
