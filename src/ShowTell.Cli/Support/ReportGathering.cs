using ShowTell.Data;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using ShowTell.Reporting;

namespace ShowTell.Cli.Support;

/// <summary>What a report says of the captions of a split beyond their scores.</summary>
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
                (int place, int image) = (places[i], images[i]);
                string name = scores.Images[place];
                seen[i] = review.Review(image, pictures[i], scores.CiderD.PerImage[place], cancellation) with
                {
                    References = [.. evaluation.References.Captions.Of(name).Distinct()],
                    IsTrue = dataset.IsTrue(split, image, Caption(name)),
                };
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

    private string Caption(string image) => captions.Of(image)[0];
}
