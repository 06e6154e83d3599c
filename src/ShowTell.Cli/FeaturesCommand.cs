using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ShowTell.Cli.Support;
using ShowTell.Data.Features;
using ShowTell.Vision;
using Spectre.Console;

namespace ShowTell.Cli;

/// <summary><c>showtell features</c>: the features of photos, by any network in an ONNX file.</summary>
internal sealed class FeaturesCommand
{
    private const int MostThreads = 1024;
    private const int MostInBatch = 1024;
    private const int ShownUnreadable = 10;

    private readonly Argument<string> _photos = Options.Named(
        "PHOTOS", "A folder of photos (.jpg, .jpeg, .png), or a dataset folder of data import.");

    private readonly Option<string> _backbone = Options.Path(
        "--backbone", "NET.onnx", "The network, an ONNX file that holds its weights.");

    private readonly Option<string> _out = Options.Path(
        "--out", "FILE.h5", "The HDF5 file to write; those of a dataset have their places in its folder.");

    private readonly Option<string> _output = Options.Path(
        "--output", "NAME", "The tensor of the network to take, an inner one included. [default: its output]");

    private readonly Option<bool> _grid = new("--grid")
    {
        Description = "Keep the features of each place, instead of their mean.",
    };

    private readonly Option<int> _components = Options.Positive(
        "--pca", "Reduce features to N principal components.", defaultValue: null);

    private readonly Option<bool> _standardize = new("--standardize")
    {
        Description = "Give each feature mean 0 and deviation 1 (before --pca).",
    };

    private readonly Option<string> _transformOf = Options.Path(
        "--transform-of", "FILE.h5", "Do to the features what was done to those of that file.");

    private readonly Option<bool> _half = new("--float16") { Description = "Store features in 16 bits, not 32." };

    private readonly Option<string> _preprocessing = Options.Path(
        "--preprocessing",
        "PRESET|FILE.json",
        "How photos are prepared: torchvision, timm, model-zoo, caffe, keras or keras-caffe, or a JSON file. "
        + "[default: as the network says]");

    private readonly Option<int> _threads = Options.Positive(
        "--threads", "Threads, each with photos of its own. [default: one for each processor]", null, MostThreads);

    private readonly Option<int> _batch = Options.Positive(
        "--batch", "Photos that a thread gives the network at once.", 1, MostInBatch);

    private readonly Option<bool> _json = Options.Json();

    public Command Create()
    {
        _backbone.Required = true;
        var command = new CommandWithExamples(
            "features",
            "Compute the features of photos. Run again, it goes on where it was cut short.",
            "showtell features photos --backbone squeezenet.onnx --out features.h5",
            "showtell features photos --backbone vgg16.onnx --output fc7 --preprocessing caffe --out fc7.h5",
            "showtell features flickr8k --backbone squeezenet.onnx --pca 256 --standardize")
        {
            _photos, _backbone, _out, _output, _grid, _components, _standardize, _transformOf, _half, _preprocessing,
            _threads, _batch, _json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(_transformOf) is not null
                && (result.GetResult(_components) is not null || result.GetValue(_standardize)))
            {
                result.AddError(
                    "--transform-of excludes --pca and --standardize: it has what that file was made with.");
            }
        });
        command.SetAction((result, cancellation) => Task.FromResult(Run(result, cancellation)));
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string photos = result.GetRequiredValue(_photos);
        bool isDataset = FeatureExtraction.IsDataset(photos);
        string? path = result.GetValue(_out);
        RequireOut(photos, path, isDataset);
        if (path is not null)
        {
            OutputPath.RequireFile(path);
        }

        using PhotoEncoder encoder = LoadEncoder(result);
        FeatureExtractionOptions options = ReadOptions(result, encoder);
        FeatureExtractionProgress last = default;
        var clock = Stopwatch.StartNew();
        try
        {
            FeatureExtractionSummary summary = WithProgress(result, show =>
            {
                void Show(FeatureExtractionProgress progress) => show(last = progress);
                return isDataset
                    ? FeatureExtraction.OfDataset(encoder, photos, options, Show, cancellation)
                    : FeatureExtraction.OfFolder(encoder, photos, path!, options, Show, cancellation);
            });
            Print(result, summary, path ?? photos, clock.Elapsed.TotalSeconds);
            return App.Success;
        }
        catch (OperationCanceledException) when (last.Total > 0)
        {
            result.InvocationConfiguration.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"showtell: interrupted; run again, it goes on from {last.Done:N0} of {last.Total:N0} photos"));
            return App.Interrupted;
        }
    }

    private static void RequireOut(string photos, string? path, bool isDataset)
    {
        if (isDataset && path is not null)
        {
            throw new ShowTellException(
                $"{photos}: is a dataset; its features have their places in it. Leave out --out {path}.");
        }

        if (!isDataset && path is null)
        {
            throw new ShowTellException(
                Directory.Exists(photos)
                    ? $"--out is missing: the HDF5 file for the features of the photos of {photos}."
                    : $"{photos}: there is no such folder of photos.");
        }
    }

    private PhotoEncoder LoadEncoder(ParseResult result)
    {
        string? preprocessing = result.GetValue(_preprocessing);
        bool isFile = preprocessing is not null
            && (preprocessing.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || File.Exists(preprocessing));
        var options = new BackboneOptions
        {
            Output = result.GetValue(_output),
            Grid = result.GetValue(_grid),
            Threads = 1, // The encoder has threads of its own, which is faster.
            Preprocessing = preprocessing is null ? null
                : isFile ? BackbonePreprocessing.Load(preprocessing)
                : BackbonePreprocessing.Preset(preprocessing),
        };
        return new PhotoEncoder(Backbone.Load(result.GetRequiredValue(_backbone), options));
    }

    private FeatureExtractionOptions ReadOptions(ParseResult result, PhotoEncoder encoder) => new()
    {
        Components = result.GetResult(_components) is null ? null : result.GetValue(_components),
        Standardize = result.GetValue(_standardize),
        Transform = result.GetValue(_transformOf) is string path ? TransformOf(path, encoder) : null,
        HalfPrecision = result.GetValue(_half),
        Encoding = new PhotoEncoderOptions
        {
            Threads = result.GetResult(_threads) is null ? 0 : result.GetValue(_threads),
            Batch = result.GetValue(_batch),
        },
    };

    private static FeatureTransform TransformOf(string path, PhotoEncoder encoder)
    {
        if (FeatureFile.ReadRecipe(path) is not { Transform: FeatureTransform transform } recipe)
        {
            throw new DataException($"{path}: nothing was done to its features by --pca or --standardize.");
        }

        return encoder.Recipe.DifferenceOf(recipe with { Transform = null }) is string difference
            ? throw new PairingException(
                $"What was done to other features does not suit these: {path} has {difference}.")
            : transform;
    }

    private FeatureExtractionSummary WithProgress(
        ParseResult result, Func<Action<FeatureExtractionProgress>, FeatureExtractionSummary> extract)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        if (result.GetValue(_json))
        {
            return extract(_ => { });
        }

        if (!Terminal.IsInteractive(output))
        {
            return extract(new FeatureProgressLines(output).Show);
        }

        return Terminal.For(output).Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("photos");
                var clock = Stopwatch.StartNew();
                return extract(progress =>
                {
                    bar.MaxValue = Math.Max(1, progress.Total);
                    bar.Value = progress.Done + progress.Unreadable;
                    bar.Description = FeatureProgressLines.Describe(progress, clock.Elapsed);
                });
            });
    }

    private void Print(ParseResult result, FeatureExtractionSummary summary, string path, double seconds)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        if (result.GetValue(_json))
        {
            output.WriteLine(JsonSerializer.Serialize(
                new
                {
                    summary.Photos,
                    summary.Unreadable,
                    summary.Features,
                    summary.Places,
                    summary.Computed,
                    Seconds = Math.Round(seconds, 3),
                    PhotosPerSecond = Math.Round(summary.Computed / seconds, 1),
                    Out = path,
                },
                Json.Options));
            return;
        }

        PrintUnreadable(result.InvocationConfiguration.Error, summary.Unreadable);
        string grid = summary.Places > 1 ? $" at each of {summary.Places} places" : "";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{summary.Photos:N0} photos, {summary.Features} features{grid}"));
        output.WriteLine(summary.IsUnchanged
            ? "The features stand already, made of the same photos in the same way: nothing to compute."
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{summary.Computed:N0} computed in {seconds:F1} s ({summary.Computed / seconds:F0} photos/s)"));
        foreach (string file in summary.Files)
        {
            output.WriteLine($"features: {file}");
        }
    }

    private static void PrintUnreadable(TextWriter error, IReadOnlyList<UnreadablePhoto> photos)
    {
        foreach (UnreadablePhoto photo in photos.Take(ShownUnreadable))
        {
            error.WriteLine($"showtell: {Terminal.Plain($"left out {photo.File}: {photo.Reason}")}");
        }

        if (photos.Count > ShownUnreadable)
        {
            error.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"showtell: left out {photos.Count:N0} photos that cannot be read; --json lists them all"));
        }
    }
}
