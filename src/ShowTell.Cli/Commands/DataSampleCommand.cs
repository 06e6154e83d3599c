using ShowTell.Reporting;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell data sample</c>: a minibatch on a page.</summary>
internal sealed class DataSampleCommand
{
    private readonly Argument<string> _dataset = SharedOptions.Dataset();
    private readonly Option<string> _features = SharedOptions.Features();
    private readonly Option<string> _split = SharedOptions.Split("train");
    private readonly Option<int> _count = NewOption.Positive("--count", "Captions to draw.", 12);
    private readonly Option<string> _out =
        NewOption.Path("--out", "PAGE", "The page to write, such as page.html.", isRequired: true);

    private readonly PictureFlags _pictures = new();

    public Command Create() => new CommandWithExamples(
        "sample",
        "Draw a minibatch and show it on a page: pictures and captions.",
        RunAsync,
        "showtell data sample scenes --count 20 --out page.html",
        "showtell data sample coco --photos train2014 --out page.html")
    {
        _dataset, _features, _split, _count, _out, _pictures.All, NewOption.Seed(),
    };

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        string page = result.GetRequiredValue(_out);
        OutputPath.EnsurePageWritable(page);
        using var dataset = LoadedDataset.Load(result.GetRequiredValue(_dataset), result.GetValue(_features));
        CaptionSplit split = dataset.Captions.Split(result.GetRequiredValue(_split));
        if (split.Count == 0)
        {
            throw new DataException($"{dataset.Captions.Origin}: its split {split.Name} has no captions to show.");
        }

        Minibatch minibatch = split.Sample(new SeededRandom(result.Seed()), result.GetValue(_count));
        int[] images = minibatch.Images.ToArray();
        IReadOnlyList<Picture> pictures = await _pictures.LoadAsync(result, dataset, split, images, cancellation);
        new Gallery
        {
            Title = $"A minibatch: {split.Name}",
            Facts =
            [
                ("dataset", LoadedDataset.NameOf(dataset.Captions.Origin)),
                ("captions", $"{split.Count:N0}"),
            ],
            Cards = [.. images.Select((image, i) => new GalleryCard(pictures[i], split.ImageLabel(image))
            {
                Link = split.Urls.ElementAtOrDefault(image),
                References = [dataset.Captions.Vocabulary.Decode(minibatch.Caption(i))],
            })],
        }.Save(page);
        result.Output().WriteLine($"page: {page}");
        return App.Success;
    }
}
