using ShowTell.Datasets;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell data info</c>: what a dataset holds.</summary>
internal sealed class DataInfoCommand
{
    private const int MeasuredImages = 1000;

    private readonly Argument<string> _name = SharedOptions.Dataset();
    private readonly Option<string> _features = SharedOptions.Features();
    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create() => new CommandWithExamples(
        "info",
        "Show what a dataset holds, and check it.",
        Run,
        "showtell data info coco",
        "showtell data info scenes --json")
    {
        _name, _features, _json,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string name = result.GetRequiredValue(_name);
        if (DatasetManifest.IsIn(name) && !Directory.Exists(Path.Combine(name, DatasetManifest.FeaturesFolder)))
        {
            PrintWithoutFeatures(result, name);
            return App.Success;
        }

        using var dataset = LoadedDataset.Load(name, result.GetValue(_features));
        CaptionDataset captions = dataset.Captions;
        SplitFacts[] splits = [.. captions.Splits.Select(split => Measure(captions, split))];
        if (result.GetValue(_json))
        {
            Json.Print(result.Output(), new
            {
                Dataset = captions.Origin,
                Features = captions.FeatureKind,
                Words = captions.Vocabulary.Count,
                Splits = splits,
            });
        }
        else
        {
            Print(result.Output(), captions, splits);
        }

        return App.Success;
    }

    /// <summary>What an imported dataset holds before features are computed.</summary>
    private void PrintWithoutFeatures(ParseResult result, string name)
    {
        DatasetManifest manifest = DatasetManifest.Load(name);
        TextWriter output = result.Output();
        if (result.GetValue(_json))
        {
            Json.Print(output, new
            {
                Dataset = name, Features = (string?)null, Words = manifest.Vocabulary.Count, manifest.Splits,
            });
            return;
        }

        output.WriteLine(name);
        output.WriteLine(
            $"{manifest.Vocabulary.Count:N0} words; no features of the photos yet: showtell features "
            + $"{Terminal.Quoted(name)} --backbone net.onnx");
        ImportRun.PrintSplits(output, manifest.Splits);
    }

    private static void Print(TextWriter output, CaptionDataset dataset, SplitFacts[] splits)
    {
        output.WriteLine(dataset.Origin);
        output.WriteLine(
            $"{dataset.Vocabulary.Count:N0} words; features: "
            + $"{dataset.PhotoPipeline?.ToString() ?? dataset.FeatureKind}");
        Terminal.PrintTable(
            output,
            splits,
            split => split.Split,
            ("captions", split => $"{split.Captions:N0}"),
            ("tokens per caption, padded", split => $"{split.CaptionWidth}"),
            ("words per caption, mean", split => $"{split.MeanLength:F1}"),
            ("unknown words", split => $"{100 * split.UnknownShare:F1}%"),
            ("images", split => $"{split.Images:N0}"),
            ("image names", split => $"{split.ImageNames:N0}"),
            ("image URLs", split => $"{split.Urls:N0}"),
            ("features per image", split => $"{split.FeatureSize}"),
            ("mean of the features *", split => $"{split.FeatureMean:F3}"),
            ("deviation of the features *", split => $"{split.FeatureDeviation:F3}"));
        output.WriteLine($"* measured on at most {MeasuredImages:N0} images");
        foreach (SplitFacts split in splits)
        {
            output.WriteLine($"{split.Split}: {Terminal.Plain(split.Example)}");
        }
    }

    private static SplitFacts Measure(CaptionDataset dataset, CaptionSplit split)
    {
        Vocabulary vocabulary = dataset.Vocabulary;
        (double mean, double deviation) = MeasureFeatures(split);
        int words = split.Captions.ToArray().Count(
            id => id != vocabulary.NullId && id != vocabulary.StartId && id != vocabulary.EndId);
        return new SplitFacts(
            split.Name,
            split.Count,
            split.CaptionWidth,
            split.ImageCount,
            split.Features.Columns,
            mean,
            deviation,
            MeanLength: (double)words / Math.Max(split.Count, 1),
            vocabulary.UnknownShare(split.Captions),
            split.Urls.Count,
            split.ImageNames.Count,
            Example: split.Count > 0 ? vocabulary.Decode(split.Caption(0), keepMarkers: true) : "");
    }

    private static (double Mean, double Deviation) MeasureFeatures(CaptionSplit split)
    {
        int[] rows = LoadedDataset.DrawImages(split, MeasuredImages, seed: 231);
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

    /// <summary>What is printed about a split.</summary>
    private sealed record SplitFacts(
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
        string Example);
}
