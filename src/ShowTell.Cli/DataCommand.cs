using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using ShowTell.Cli.Support;
using ShowTell.Data;
using ShowTell.Numerics;
using ShowTell.Reporting;
using Spectre.Console;

namespace ShowTell.Cli;

/// <summary><c>showtell data</c>: what is in a dataset.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Look at a dataset.") { CreateInfo(), CreateSample() };

    private static Command CreateInfo()
    {
        Argument<string> name = Options.Dataset();
        Option<bool> json = Options.Json();
        var command = new Command("info", "Show what a dataset holds, and check it.") { name, json };
        command.SetAction(result =>
        {
            using LoadedDataset dataset = LoadedDataset.Load(result.GetRequiredValue(name));
            TextWriter output = result.InvocationConfiguration.Output;
            SplitFacts[] splits = [SplitFacts.Of(dataset.Captions, "train"), SplitFacts.Of(dataset.Captions, "val")];
            if (result.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(
                    new { Dataset = dataset.Captions.Origin, Features = dataset.Captions.FeatureKind, Words = dataset.Captions.Vocabulary.Count, Splits = splits },
                    Support.Json.Options));
            }
            else
            {
                Print(output, dataset.Captions, splits);
            }
        });
        return command;
    }

    private static Command CreateSample()
    {
        Argument<string> name = Options.Dataset();
        Option<string> split = Options.OneOf("--split", "Which half of the dataset.", "train", "train", "val");
        Option<int> count = Options.Count(12);
        Option<string> page = new("--out") { Description = "The page to write.", Required = true, HelpName = "page.html" };
        Option<string?> images = Options.Images();
        Option<bool> offline = Options.Offline();
        Option<ulong> seed = Options.Seed();
        var command = new Command(
            "sample",
            """
            Draw a minibatch and show it on a page: pictures and captions.

            Example:
              showtell data sample coco_captioning --split train --count 12 --out minibatch.html
            """)
        {
            name, split, count, page, images, offline, seed,
        };
        command.SetAction(async (result, cancellation) =>
        {
            using LoadedDataset dataset = LoadedDataset.Load(result.GetRequiredValue(name));
            CaptionSplit chosen = dataset.Captions.Split(result.GetRequiredValue(split));
            Minibatch minibatch = chosen.Sample(new SeededRandom(result.GetValue(seed)), result.GetValue(count));
            int[] rows = minibatch.Images.ToArray();
            Picture[] pictures = await dataset.PicturesAsync(
                chosen, rows, result.GetValue(images), result.GetValue(offline), cancellation);
            string path = result.GetRequiredValue(page);
            new Gallery
            {
                Title = $"A minibatch: {chosen.Name}",
                Facts = [("dataset", dataset.Captions.Origin), ("captions", chosen.Count.ToString("N0", CultureInfo.InvariantCulture))],
                Cards = [.. rows.Select((image, i) => new GalleryCard(pictures[i], chosen.ImageLabel(image))
                {
                    References = [dataset.Captions.Vocabulary.Decode(minibatch.Caption(i))],
                    Link = image < chosen.Urls.Count ? chosen.Urls[image] : null,
                })],
            }.Save(path);
            result.InvocationConfiguration.Output.WriteLine($"page: {path}");
        });
        return command;
    }

    private static void Print(TextWriter output, CaptionDataset dataset, SplitFacts[] splits)
    {
        output.WriteLine($"{dataset.Origin}: {dataset.Vocabulary.Count:N0} words; features: {dataset.FeatureKind}");
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("");
        foreach (SplitFacts split in splits)
        {
            table.AddColumn(new TableColumn(split.Split).RightAligned());
        }

        void AddRow(string what, Func<SplitFacts, FormattableString> value) =>
            table.AddRow([what, .. splits.Select(split => value(split).ToString(CultureInfo.InvariantCulture))]);
        AddRow("captions", split => $"{split.Captions:N0} x {split.CaptionWidth}");
        AddRow("images", split => $"{split.Images:N0}");
        AddRow("features of an image", split => $"{split.FeatureSize}");
        AddRow("mean of the features *", split => $"{split.FeatureMean:F3}");
        AddRow("deviation of the features *", split => $"{split.FeatureDeviation:F3}");
        AddRow("words of a caption", split => $"{split.MeanLength:F1}");
        AddRow("unknown words", split => $"{100 * split.UnknownShare:F1}%");
        AddRow("image URLs", split => $"{split.Urls:N0}");
        AddRow("image names", split => $"{split.ImageNames:N0}");
        Terminal.For(output).Write(table);
        output.WriteLine($"* of {SplitFacts.MeasuredImages:N0} images at most");
        foreach (SplitFacts split in splits)
        {
            output.WriteLine($"{split.Split}: {split.Example}");
        }
    }

    /// <summary>What there is to say of a split.</summary>
    private sealed record SplitFacts
    {
        public const int MeasuredImages = 1000;

        public required string Split { get; init; }

        public required int Captions { get; init; }

        public required int CaptionWidth { get; init; }

        public required int Images { get; init; }

        public required int FeatureSize { get; init; }

        public required double FeatureMean { get; init; }

        public required double FeatureDeviation { get; init; }

        public required double MeanLength { get; init; }

        public required double UnknownShare { get; init; }

        public required int Urls { get; init; }

        public required int ImageNames { get; init; }

        public required string Example { get; init; }

        public static SplitFacts Of(CaptionDataset dataset, string name)
        {
            CaptionSplit split = dataset.Split(name);
            (double mean, double deviation) = MeasureFeatures(split);
            int words = 0, unknown = 0;
            foreach (int id in split.Captions)
            {
                bool isMarker = id == dataset.Vocabulary.NullId || id == dataset.Vocabulary.StartId || id == dataset.Vocabulary.EndId;
                words += isMarker ? 0 : 1;
                unknown += id == dataset.Vocabulary.UnknownId ? 1 : 0;
            }

            return new SplitFacts
            {
                Split = name,
                Captions = split.Count,
                CaptionWidth = split.CaptionWidth,
                Images = split.ImageCount,
                FeatureSize = split.Features.Columns,
                FeatureMean = mean,
                FeatureDeviation = deviation,
                MeanLength = (double)words / Math.Max(split.Count, 1),
                UnknownShare = (double)unknown / Math.Max(words, 1),
                Urls = split.Urls.Count,
                ImageNames = split.ImageNames.Count,
                Example = split.Count > 0 ? dataset.Vocabulary.Decode(split.Caption(0), keepMarkers: true) : "",
            };
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
}
