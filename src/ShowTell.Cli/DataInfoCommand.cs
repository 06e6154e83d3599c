using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ShowTell.Cli.Support;
using ShowTell.Data;
using Spectre.Console;

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
            using LoadedDataset dataset = LoadedDataset.Load(
                result.GetRequiredValue(name), Options.IsPca(result, features));
            TextWriter output = result.InvocationConfiguration.Output;
            SplitFacts[] splits = [SplitFacts.Of(dataset.Captions, "train"), SplitFacts.Of(dataset.Captions, "val")];
            if (result.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(
                    new
                    {
                        Dataset = dataset.Captions.Origin,
                        Features = dataset.Captions.FeatureKind,
                        Words = dataset.Captions.Vocabulary.Count,
                        Splits = splits,
                    },
                    Json.Options));
            }
            else
            {
                Print(output, dataset.Captions, splits);
            }
        });
        return command;
    }

    private static void Print(TextWriter output, CaptionDataset dataset, SplitFacts[] splits)
    {
        output.WriteLine(dataset.Origin);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{dataset.Vocabulary.Count:N0} words; features: "
            + $"{dataset.PhotoRecipe?.ToString() ?? dataset.FeatureKind}"));
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("");
        foreach (SplitFacts split in splits)
        {
            table.AddColumn(new TableColumn(split.Split).RightAligned());
        }

        void AddRow(string what, Func<SplitFacts, FormattableString> value) =>
            table.AddRow([what, .. splits.Select(split => value(split).ToString(CultureInfo.InvariantCulture))]);
        AddRow("captions", split => $"{split.Captions:N0}");
        AddRow("tokens of a caption, padded", split => $"{split.CaptionWidth}");
        AddRow("words of a caption, mean", split => $"{split.MeanLength:F1}");
        AddRow("unknown words", split => $"{100 * split.UnknownShare:F1}%");
        AddRow("images", split => $"{split.Images:N0}");
        AddRow("image names", split => $"{split.ImageNames:N0}");
        AddRow("image URLs", split => $"{split.Urls:N0}");
        AddRow("features of an image", split => $"{split.FeatureSize}");
        AddRow("mean of the features *", split => $"{split.FeatureMean:F3}");
        AddRow("deviation of the features *", split => $"{split.FeatureDeviation:F3}");
        Terminal.For(output).Write(table);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"* measured on {SplitFacts.MeasuredImages:N0} images at most"));
        foreach (SplitFacts split in splits)
        {
            output.WriteLine($"{split.Split}: {Terminal.Plain(split.Example)}");
        }
    }
}
