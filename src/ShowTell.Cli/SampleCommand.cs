using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;
using ShowTell.Reporting;

namespace ShowTell.Cli;

/// <summary><c>showtell sample</c>: captions for images of a dataset.</summary>
internal sealed class SampleCommand
{
    private readonly Argument<string> _model = Options.Model();
    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _split = Options.Split("val");
    private readonly Option<int> _count = Options.Positive("--count", "Images to caption, at most.", 10);
    private readonly Option<string> _images = Options.Images();
    private readonly Option<bool> _offline = Options.Offline();
    private readonly Option<string> _out =
        Options.Path("--out", "PAGE", "Also write a page of pictures and captions, such as page.html.");

    private readonly Option<bool> _json = Options.Json();
    private readonly Option<ulong> _seed = Options.Seed();
    private readonly DecodingFlags _decoding = new(hasUnknown: true);

    public Command Create() => new CommandWithExamples(
        "sample",
        "Caption images of a dataset, and show the dataset's own captions beside them.",
        RunAsync,
        "showtell sample scenes.safetensors scenes --count 20 --out page.html",
        "showtell sample lstm.safetensors coco --images val2014 --out page.html",
        "showtell sample lstm.safetensors coco --beam 3 --json > captions.jsonl")
    {
        _model, _dataset, _split, _count, _images, _offline, _out, _json, _seed, _decoding.All,
    };

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string? page = result.GetValue(_out);
        OutputPath.RequireFiles(page);
        string model = result.GetRequiredValue(_model);
        (ModelBundle[] ensemble, DecodingOptions decoding) = _decoding.Load(result, model);

        // The train split of a model trained with --max-train is what it was trained on.
        using var dataset = LoadedDataset.LoadOf(model, ensemble[0], result.GetRequiredValue(_dataset));
        CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
        int[] images = Sampler.ChooseImages(split, result.GetValue(_count), Options.SeedOf(result));
        IReadOnlyList<SampledCaption> captions = Sampler.Sample(
            ensemble, decoding, dataset, split, images, cancellation);

        if (result.GetValue(_json))
        {
            foreach (SampledCaption caption in captions)
            {
                var line = new
                {
                    Image = caption.Label,
                    caption.Caption,
                    Alternatives = caption.Alternatives.Count == 0 ? null : caption.Alternatives,
                    caption.References,
                    caption.IsTrue,
                };
                Json.Print(output, line);
            }
        }
        else
        {
            Print(output, captions);
        }

        if (page is not null)
        {
            await WritePageAsync(page, result, ensemble[0], dataset, split, captions, cancellation);
            if (!result.GetValue(_json))
            {
                output.WriteLine($"page: {page}");
            }
        }

        return App.Success;
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
                ("network", ModelFacts.Architecture(bundle.Model.Options)),
                ("trained on", bundle.Training.Dataset),
                ("epoch", $"{bundle.Training.Epoch}"),
            ],
            Cards = await Sampler.CardsAsync(
                captions, dataset, split, result.GetValue(_images), result.GetValue(_offline), cancellation),
        }.Save(path);

    private static void Print(TextWriter output, IReadOnlyList<SampledCaption> captions)
    {
        IAnsiConsole console = Terminal.For(output);
        foreach (SampledCaption caption in captions)
        {
            output.WriteLine(Terminal.Plain(caption.Label));
            string truth = caption.IsTrue is bool isTrue ? $"{Terminal.TruthMarkup(isTrue)}  " : "";
            console.MarkupLine($"  {truth}[bold]{Spectre.Console.Markup.Escape(Terminal.Plain(caption.Caption))}[/]");
            foreach (string alternative in caption.Alternatives)
            {
                output.WriteLine($"    or: {Terminal.Plain(alternative)}");
            }

            foreach (string reference in caption.References)
            {
                output.WriteLine($"    ground truth: {Terminal.Plain(reference)}");
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
        string wordForWord = "captions among the ground truth, word for word: "
            + Terminal.Share(captions.Count(c => c.IsReference), captions.Count);
        string distinct =
            $"distinct captions: {Terminal.Share(captions.DistinctBy(c => c.Caption).Count(), captions.Count)}";
        if (captions.All(caption => caption.IsTrue is null))
        {
            return [distinct, wordForWord];
        }

        string isTrue = $"true captions: {Terminal.Share(captions.Count(c => c.IsTrue == true), captions.Count)}";
        return [isTrue, wordForWord, distinct];
    }
}
