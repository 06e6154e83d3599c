using ShowTell.Data;
using ShowTell.Evaluation;
using ShowTell.Reporting;

namespace ShowTell.Cli.Support;

/// <summary>What a report says of the captions of a split beyond their scores.</summary>
/// <param name="dataset">The dataset.</param>
/// <param name="split">Its half.</param>
/// <param name="evaluation">What was captioned.</param>
/// <param name="captions">The captions.</param>
/// <param name="scores">Their scores.</param>
internal sealed class ReportGathering(
    LoadedDataset dataset,
    CaptionSplit split,
    CaptionEvaluation evaluation,
    CaptionSet captions,
    CaptionScores scores)
{
    private readonly Dictionary<string, int> _rows =
        evaluation.Images.ToDictionary(image => image.Name, image => image.Image, StringComparer.Ordinal);

    /// <summary>Lengths and words.</summary>
    public CaptionStatistics Statistics() => new(
        [.. scores.Images.Select(Caption)], [.. scores.Images.Select(evaluation.References.Captions.Of)]);

    /// <summary>Share of captions that are true, in [0, 1]; null where nobody can tell.</summary>
    public double? TrueShare()
    {
        bool?[] truths = [.. scores.Images.Select(image => dataset.IsTrue(split, _rows[image], Caption(image)))];
        return truths.Contains(null) ? null : truths.Average(isTrue => isTrue == true ? 1.0 : 0);
    }

    /// <summary>Photos with all that is known of them.</summary>
    /// <param name="choice">Which ones.</param>
    /// <param name="review">Looks at them.</param>
    /// <param name="folder">Where their pictures are; null to look where the dataset says.</param>
    /// <param name="offline">Whether to fetch none.</param>
    /// <param name="output">Where a person watches.</param>
    /// <param name="cancellation">Stops between photos.</param>
    public async Task<ReportGroup[]> GroupsAsync(
        PhotoChoice choice,
        PhotoReview review,
        string? folder,
        bool offline,
        TextWriter output,
        CancellationToken cancellation)
    {
        int[] places = [.. choice.Best, .. choice.Worst, .. choice.Random];
        int[] images = [.. places.Select(place => _rows[scores.Images[place]])];
        Picture[] pictures = await dataset.PicturesAsync(split, images, folder, offline, cancellation);
        ReportPhoto[] photos = Terminal.Watch(output, "looking", isSilent: false, progress =>
        {
            var seen = new ReportPhoto[places.Length];
            for (int i = 0; i < seen.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                seen[i] = Look(review, places[i], images[i], pictures[i], cancellation);
                progress?.Invoke((i + 1.0) / seen.Length);
            }

            return seen;
        });
        int best = choice.Best.Count, worst = choice.Worst.Count;
        return
        [
            new ReportGroup("Best by CIDEr-D", photos[..best]),
            new ReportGroup("Worst by CIDEr-D", photos[best..(best + worst)]),
            new ReportGroup("Others, drawn at random", photos[(best + worst)..]),
        ];
    }

    private ReportPhoto Look(
        PhotoReview review, int place, int image, Picture picture, CancellationToken cancellation)
    {
        string name = scores.Images[place];
        return review.Review(image, picture, scores["CIDEr"].PerImage[place], cancellation) with
        {
            References = [.. evaluation.References.Captions.Of(name).Distinct()],
            IsTrue = dataset.IsTrue(split, image, Caption(name)),
        };
    }

    private string Caption(string image) => captions.Of(image)[0];
}
