using ShowTell.Cli.Support;
using ShowTell.Data;

namespace ShowTell.Cli;

/// <summary><c>showtell data info</c>: what is in a dataset.</summary>
internal sealed class DataInfoCommand
{
    private readonly Argument<string> _name = Options.Dataset();
    private readonly Option<string> _features = Options.Features();
    private readonly Option<bool> _json = Options.Json();

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
        using var dataset = LoadedDataset.Load(result.GetRequiredValue(_name), Options.IsPca(result, _features));
        CaptionDataset captions = dataset.Captions;
        TextWriter output = result.InvocationConfiguration.Output;
        SplitFacts[] splits = [SplitFacts.Of(captions, "train"), SplitFacts.Of(captions, "val")];
        if (result.GetValue(_json))
        {
            Json.Print(output, new
            {
                Dataset = captions.Origin,
                Features = captions.FeatureKind,
                Words = captions.Vocabulary.Count,
                Splits = splits,
            });
        }
        else
        {
            Print(output, captions, splits);
        }

        return App.Success;
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
            ("tokens of a caption, padded", split => $"{split.CaptionWidth}"),
            ("words of a caption, mean", split => $"{split.MeanLength:F1}"),
            ("unknown words", split => $"{100 * split.UnknownShare:F1}%"),
            ("images", split => $"{split.Images:N0}"),
            ("image names", split => $"{split.ImageNames:N0}"),
            ("image URLs", split => $"{split.Urls:N0}"),
            ("features of an image", split => $"{split.FeatureSize}"),
            ("mean of the features *", split => $"{split.FeatureMean:F3}"),
            ("deviation of the features *", split => $"{split.FeatureDeviation:F3}"));
        output.WriteLine($"* measured on {SplitFacts.MeasuredImages:N0} images at most");
        foreach (SplitFacts split in splits)
        {
            output.WriteLine($"{split.Split}: {Terminal.Plain(split.Example)}");
        }
    }
}
