using System.Diagnostics;
using ShowTell.Backbones;
using ShowTell.Cli.Support;
using ShowTell.Datasets.Features;

namespace ShowTell.Cli;

/// <summary><c>showtell features</c>: the features of photos, by any network in an ONNX file.</summary>
internal sealed class FeaturesCommand
{
    private readonly Argument<string> _photos = Options.Named(
        "PHOTOS", "A folder of photos (.jpg, .jpeg, .png), or a dataset folder of data import.");

    private readonly Option<string> _out = Options.Path(
        "--out",
        "FILE",
        "The file to write: .safetensors, .h5 (h5py) or .npy (NumPy). Those of a dataset have their places in its "
        + "folder.");

    private readonly FeatureFlags _flags = new();
    private readonly Option<bool> _standardize = new("--standardize")
    {
        Description = "Give each feature mean 0 and deviation 1 (before --pca).",
    };

    private readonly Option<string> _transformOf = Options.Path(
        "--transform-of", "FILE", "Do to the features what was done to those of that file.");

    private readonly Option<bool> _json = Options.Json();

    public Command Create()
    {
        _flags.Backbone.Required = true;
        var command = new CommandWithExamples(
            "features",
            "Compute the features of photos. Run again, it goes on where it was cut short.",
            Run,
            "showtell features photos --backbone squeezenet.onnx --out features.safetensors",
            "showtell features photos --backbone vgg16.onnx --output fc7 --preprocessing caffe --out fc7.h5",
            "showtell features flickr8k --backbone squeezenet.onnx --pca 256 --standardize",
            "showtell features flickr8k --backbone squeezenet.onnx --grid 7 --standardize --float16")
        {
            _photos, _flags.Backbone, _out, _standardize, _transformOf, _flags.Others, _json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(_transformOf) is not null
                && (result.GetResult(_flags.Components) is not null || result.GetValue(_standardize)))
            {
                result.AddError(
                    "--transform-of excludes --pca and --standardize: it has what that file was made with.");
            }
        });
        return command;
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string photos = result.GetRequiredValue(_photos);
        bool isDataset = FeatureExtraction.IsDataset(photos);
        string? path = result.GetValue(_out);
        RequireOut(photos, path, isDataset);
        OutputPath.RequireFiles(path);
        using PhotoEncoder encoder = _flags.LoadEncoder(result);
        FeatureExtractionOptions options = _flags.ReadOptions(result) with
        {
            Standardize = result.GetValue(_standardize),
            Transform = result.GetValue(_transformOf) is string other ? TransformOf(other, encoder) : null,
        };
        InvocationConfiguration console = result.InvocationConfiguration;
        var clock = Stopwatch.StartNew();
        FeatureExtractionSummary summary = FeatureRun.Watch(console.Output, result.GetValue(_json), show => isDataset
            ? FeatureExtraction.OfDataset(encoder, photos, options, show, cancellation)
            : FeatureExtraction.OfFolder(encoder, photos, path!, options, show, cancellation));
        double seconds = clock.Elapsed.TotalSeconds;
        if (result.GetValue(_json))
        {
            PrintJson(console.Output, summary, path ?? photos, seconds);
        }
        else
        {
            FeatureRun.Print(console, summary, seconds);
        }

        return App.Success;
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
                    ? $"--out is missing: the file for the features of the photos of {photos}."
                    : $"{photos}: there is no such folder of photos.");
        }
    }

    private static FeatureTransform TransformOf(string path, PhotoEncoder encoder)
    {
        if (FeatureFile.ReadPipeline(path) is not { Transform: FeatureTransform transform } recipe)
        {
            throw new DataException($"{path}: nothing was done to its features by --pca or --standardize.");
        }

        return encoder.Recipe.DifferenceOf(recipe with { Transform = null }) is string difference
            ? throw new IncompatibleException(
                $"What was done to other features does not suit these: {path} has {difference}.")
            : transform;
    }

    private static void PrintJson(TextWriter output, FeatureExtractionSummary summary, string path, double seconds) =>
        Json.Print(output, new
        {
            summary.Photos,
            summary.Unreadable,
            summary.Features,
            Places = summary.Regions,
            summary.Computed,
            Seconds = Math.Round(seconds, 3),
            PhotosPerSecond = Math.Round(summary.Computed / seconds, 1),
            Out = path,
        });
}
