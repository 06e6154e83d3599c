using ShowTell.Data;

namespace ShowTell.Cli.Support;

/// <summary>What there is to say of a split.</summary>
internal sealed record SplitFacts(
    string Split,
    int Captions,
    int CaptionWidth,
    int Images,
    int FeatureSize,
    double FeatureMean,
    double FeatureDeviation,
    double MeanLength,
    double UnknownShare,
    int Urls,
    int ImageNames,
    string Example)
{
    public const int MeasuredImages = 1000;

    public static SplitFacts Of(CaptionDataset dataset, string name)
    {
        CaptionSplit split = dataset.Split(name);
        Vocabulary vocabulary = dataset.Vocabulary;
        (double mean, double deviation) = MeasureFeatures(split);
        int words = 0, unknown = 0;
        foreach (int id in split.Captions)
        {
            words += id == vocabulary.NullId || id == vocabulary.StartId || id == vocabulary.EndId ? 0 : 1;
            unknown += id == vocabulary.UnknownId ? 1 : 0;
        }

        return new SplitFacts(
            name,
            split.Count,
            split.CaptionWidth,
            split.ImageCount,
            split.Features.Columns,
            mean,
            deviation,
            MeanLength: (double)words / Math.Max(split.Count, 1),
            UnknownShare: (double)unknown / Math.Max(words, 1),
            split.Urls.Count,
            split.ImageNames.Count,
            Example: split.Count > 0 ? vocabulary.Decode(split.Caption(0), keepMarkers: true) : "");
    }

    private static (double Mean, double Deviation) MeasureFeatures(CaptionSplit split)
    {
        int[] rows = Sampler.ChooseImages(split, MeasuredImages, seed: 231);
        var features = new Matrix<float>(rows.Length, split.Features.Columns);
        split.ReadFeatures(rows, features);
        double mean = 0, squares = 0;
        foreach (float feature in features.Span)
        {
            mean += feature;
            squares += (double)feature * feature;
        }

        mean /= Math.Max(features.Length, 1);
        return (mean, Math.Sqrt(Math.Max((squares / Math.Max(features.Length, 1)) - (mean * mean), 0)));
    }
}
