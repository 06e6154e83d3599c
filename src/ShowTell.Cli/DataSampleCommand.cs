using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Reporting;

namespace ShowTell.Cli;

/// <summary><c>showtell data sample</c>: a minibatch as a page.</summary>
internal sealed class DataSampleCommand
{
    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _features = Options.Features();
    private readonly Option<string> _split = Options.Split("train");
    private readonly Option<int> _count = Options.Positive("--count", "Captions to draw.", 12);
    private readonly Option<string> _out =
        Options.Path("--out", "PAGE", "The page to write, such as page.html.", isRequired: true);
    private readonly Option<string> _images = Options.Images();
    private readonly Option<bool> _offline = Options.Offline();
    private readonly Option<ulong> _seed = Options.Seed();

    public Command Create() => new CommandWithExamples(
        "sample",
        "Draw a minibatch and show it on a page: pictures and captions.",
        RunAsync,
        "showtell data sample scenes --count 20 --out page.html",
        "showtell data sample coco --images train2014 --out page.html")
    {
        _dataset, _features, _split, _count, _out, _images, _offline, _seed,
    };

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        string path = result.GetRequiredValue(_out);
        OutputPath.RequireFiles(path);
        using var dataset = LoadedDataset.Load(
            result.GetRequiredValue(_dataset), Options.IsPca(result, _features));
        CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
        Minibatch minibatch = split.Sample(new SeededRandom(result.GetValue(_seed)), result.GetValue(_count));
        GalleryCard[] cards = await dataset.CardsAsync(
            split, minibatch.Images.ToArray(), result.GetValue(_images), result.GetValue(_offline), cancellation);
        new Gallery
        {
            Title = $"A minibatch: {split.Name}",
            Facts =
            [
                ("dataset", dataset.Captions.Origin),
                ("captions", $"{split.Count:N0}"),
            ],
            Cards = [.. cards.Select((card, i) => card with
            {
                References = [dataset.Captions.Vocabulary.Decode(minibatch.Caption(i))],
            })],
        }.Save(path);
        result.InvocationConfiguration.Output.WriteLine($"page: {path}");
        return App.Success;
    }
}
