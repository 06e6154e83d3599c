using System.CommandLine;
using ShowTell.Cli.Support;
using ShowTell.Data;

namespace ShowTell.Cli;

/// <summary><c>showtell data info</c>: what is in a dataset.</summary>
internal static class DataInfoCommand
{
    public static Command Create()
    {
        Argument<string> name = Options.Dataset();
        Option<string> features = Options.Features();
        Option<bool> json = Options.Json();
        var command = new CommandWithExamples(
            "info",
            "Show what a dataset holds, and check it.",
            "showtell data info coco",
            "showtell data info scenes --json")
        {
            name, features, json,
        };
        command.SetAction(result =>
        {
            using var dataset = LoadedDataset.Load(result.GetRequiredValue(name), Options.IsPca(result, features));
            CaptionDataset captions = dataset.Captions;
            TextWriter output = result.InvocationConfiguration.Output;
            SplitFacts[] splits = [SplitFacts.Of(captions, "train"), SplitFacts.Of(captions, "val")];
            if (result.GetValue(json))
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
        });
        return command;
    }

    private static void Print(TextWriter output, CaptionDataset dataset, SplitFacts[] splits)
    {
        output.WriteLine(dataset.Origin);
        output.WriteLine(
            $"{dataset.Vocabulary.Count:N0} words; features: {dataset.PhotoRecipe?.ToString() ?? dataset.FeatureKind}");
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
