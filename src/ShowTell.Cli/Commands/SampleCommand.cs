using ShowTell.Reporting;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell sample</c>: captions some images of a dataset.</summary>
internal sealed class SampleCommand
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Argument<string> _dataset = SharedOptions.Dataset();
    private readonly Option<string> _split = SharedOptions.Split("val");
    private readonly Option<int> _count = NewOption.Positive(
        "--count", "Maximum number of images, sampled at random.", 10);

    private readonly PictureFlags _pictures = new();
    private readonly Option<string> _out =
        NewOption.Path("--out", "PAGE", "Also write a page of pictures and captions, such as page.html.");

    private readonly Option<bool> _json = SharedOptions.Json();
    private readonly DecodingFlags _decoding = new(hasUnknown: true);

    public Command Create() => new CommandWithExamples(
        "sample",
        "Caption images of a dataset, and show the dataset's own captions beside them.",
        RunAsync,
        "showtell sample scenes.safetensors scenes --count 20 --out page.html",
        "showtell sample lstm.safetensors coco --photos val2014 --out page.html",
        "showtell sample lstm.safetensors coco --beam 3 --json > captions.jsonl")
    {
        _model, _dataset, _split, _count, _pictures.All, _out, _json, NewOption.Seed(), _decoding.All,
    };

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.Output();
        string? page = result.GetValue(_out);
        OutputPath.EnsurePageWritable(page);
        string model = result.GetRequiredValue(_model);
        (ModelBundle[] ensemble, DecodingOptions decoding) = _decoding.Load(result, model);

        // With --max-train, the train split holds only the captions that the model was trained on.
        using var dataset = LoadedDataset.LoadOf(model, ensemble[0], result.GetRequiredValue(_dataset));
        CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
        int[] images = LoadedDataset.DrawImages(split, result.GetValue(_count), result.Seed());
        List<SampledCaption> captions =
            SampledCaption.Generate(ensemble, decoding, dataset, split, images, cancellation);
        if (result.GetValue(_json))
        {
            PrintJson(output, captions);
        }
        else
        {
            Print(output, captions);
        }

        if (page is null)
        {
            return App.Success;
        }

        IReadOnlyList<Picture> pictures = await _pictures.LoadAsync(result, dataset, split, images, cancellation);
        new Gallery
        {
            Title = $"Sampled captions: {split.Name}",
            Headline = Summary(captions)[0],
            Facts =
            [
                ("model", Path.GetFileName(model)),
                ("decoder", ModelFacts.Architecture(ensemble[0].Model.Options)),
                ("trained on", ensemble[0].Training.Dataset),
                ("epoch", $"{ensemble[0].Training.Epoch}"),
            ],
            Cards = [.. captions.Zip(pictures, (caption, picture) => caption.ToCard(split, picture))],
        }.Save(page);
        if (!result.GetValue(_json))
        {
            output.WriteLine($"page: {page}");
        }

        return App.Success;
    }

    private static void PrintJson(TextWriter output, List<SampledCaption> captions)
    {
        foreach (SampledCaption caption in captions)
        {
            Json.Print(output, new
            {
                Image = caption.Label,
                caption.Caption,
                Alternatives = caption.Alternatives.Count == 0 ? null : caption.Alternatives,
                caption.References,
                caption.IsTrue,
            });
        }
    }

    private static void Print(TextWriter output, List<SampledCaption> captions)
    {
        IAnsiConsole console = Terminal.For(output);
        foreach (SampledCaption caption in captions)
        {
            output.WriteLine(Terminal.Plain(caption.Label));
            string truth = caption.IsTrue is bool isTrue ? $"{Terminal.TruthMarkup(isTrue)}  " : "";
            console.MarkupLine($"  {truth}[bold]{Spectre.Console.Markup.Escape(Terminal.Plain(caption.Caption))}[/]");
            IEnumerable<string> others =
            [
                .. caption.Alternatives.Select(alternative => $"or: {alternative}"),
                .. caption.References.Select(reference => $"ground truth: {reference}"),
            ];
            foreach (string other in others)
            {
                output.WriteLine($"    {Terminal.Plain(other)}");
            }
        }

        output.WriteLine();
        foreach (string line in Summary(captions))
        {
            output.WriteLine(line);
        }
    }

    private static string[] Summary(List<SampledCaption> captions)
    {
        string Share(string what, int part) => $"{what}: {Terminal.Share(part, captions.Count)}";
        string wordForWord =
            Share("captions among the ground truth, word for word", captions.Count(caption => caption.IsReference));
        string distinct =
            Share("distinct captions", captions.Select(caption => caption.Caption).Distinct().Count());
        return captions.TrueForAll(caption => caption.IsTrue is null)
            ? [distinct, wordForWord]
            : [Share("true captions", captions.Count(caption => caption.IsTrue == true)), wordForWord, distinct];
    }
}
