using System.CommandLine;
using System.Globalization;
using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Numerics;
using ShowTell.Reporting;

namespace ShowTell.Cli;

/// <summary><c>showtell data sample</c>: a minibatch as a page.</summary>
internal sealed class DataSampleCommand
{
    private readonly Argument<string> _dataset = Options.Dataset();
    private readonly Option<string> _features = Options.Features();
    private readonly Option<string> _split = Options.Split("train");
    private readonly Option<int> _count = Options.Positive("--count", "Captions to draw.", 12);
    private readonly Option<string> _out = Options.Path("--out", "PAGE", "The page to write, such as page.html.");
    private readonly Option<string?> _images = Options.Images();
    private readonly Option<bool> _offline = Options.Offline();
    private readonly Option<ulong> _seed = Options.Seed();

    public static Command Create()
    {
        var sample = new DataSampleCommand();
        sample._out.Required = true;
        var command = new CommandWithExamples(
            "sample",
            "Draw a minibatch and show it on a page: pictures and captions.",
            "showtell data sample scenes --count 20 --out page.html",
            "showtell data sample coco --images train2014 --out page.html")
        {
            sample._dataset, sample._features, sample._split, sample._count, sample._out, sample._images,
            sample._offline, sample._seed,
        };
        command.SetAction(sample.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        string path = result.GetRequiredValue(_out);
        OutputPath.RequireFile(path);
        using LoadedDataset dataset = LoadedDataset.Load(
            result.GetRequiredValue(_dataset), Options.IsPca(result, _features));
        CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
        Minibatch minibatch = split.Sample(new SeededRandom(result.GetValue(_seed)), result.GetValue(_count));
        int[] images = minibatch.Images.ToArray();
        Picture[] pictures = await dataset.PicturesAsync(
            split, images, result.GetValue(_images), result.GetValue(_offline), cancellation);
        new Gallery
        {
            Title = $"A minibatch: {split.Name}",
            Facts =
            [
                ("dataset", dataset.Captions.Origin),
                ("captions", split.Count.ToString("N0", CultureInfo.InvariantCulture)),
            ],
            Cards = [.. images.Select((image, i) => new GalleryCard(pictures[i], split.ImageLabel(image))
            {
                References = [dataset.Captions.Vocabulary.Decode(minibatch.Caption(i))],
                Link = image < split.Urls.Count ? split.Urls[image] : null,
            })],
        }.Save(path);
        result.InvocationConfiguration.Output.WriteLine($"page: {path}");
        return App.Success;
    }
}
