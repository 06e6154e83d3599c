using ShowTell.Backbones;
using ShowTell.Datasets.Features;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell features</c>: the features of photos, by a backbone in an ONNX file.</summary>
internal sealed class FeaturesCommand
{
    private readonly Argument<string> _photos = NewOption.Argument(
        "PHOTOS", "A folder of photos (JPEG, PNG, WebP, GIF, BMP), or a dataset folder made by data import.");

    private readonly Option<string> _out = NewOption.Path(
        "--out",
        "FILE",
        "The file to write: .safetensors, .h5 (h5py) or .npy (NumPy). Features of a dataset go into its folder.");

    private readonly FeatureFlags _flags = new();
    private readonly Option<bool> _standardize = NewOption.Flag(
        "--standardize", "Scale each feature to mean 0 and deviation 1 (before --pca).");

    private readonly Option<string> _transformOf = NewOption.Path(
        "--transform-of", "FILE", "Apply the standardization and principal components of that file's features.");

    private readonly Option<bool> _mirror = NewOption.Flag(
        "--mirror", "Compute features of the photos' mirror images too, for train --mirror.");

    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create()
    {
        _flags.Backbone.Required = true;
        _transformOf.Excluding(_flags.Components);
        _transformOf.Excluding(_standardize);
        return new CommandWithExamples(
            "features",
            "Compute the features of photos. After an interruption, run it again to continue.",
            Run,
            "showtell features photos --backbone squeezenet.onnx --out features.safetensors",
            "showtell features photos --backbone vgg16.onnx --output fc7 --preprocessing caffe --out fc7.h5",
            "showtell features flickr8k --backbone squeezenet.onnx --pca 256 --standardize",
            "showtell features flickr8k --backbone squeezenet.onnx --grid 7 --standardize --float16")
        {
            _photos, _flags.Backbone, _out, _standardize, _transformOf, _mirror, _flags.Others, _json,
        };
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string photos = result.GetRequiredValue(_photos);
        bool isDataset = FeatureExtraction.IsDataset(photos);
        string? path = result.GetValue(_out);
        CheckOut(photos, path, isDataset);
        OutputPath.EnsureFilesWritable(path);
        using PhotoEncoder encoder = _flags.LoadEncoder(result);
        FeatureExtractionOptions options = _flags.ReadOptions(result) with
        {
            Standardize = result.GetValue(_standardize),
            Mirror = result.GetValue(_mirror),
            Transform = result.GetValue(_transformOf) is string other ? TransformOf(other, encoder) : null,
        };
        bool isJson = result.GetValue(_json);
        (FeatureExtractionSummary summary, double seconds) = FeatureRun.Extract(
            result.InvocationConfiguration,
            isJson,
            show => isDataset
                ? FeatureExtraction.OfDataset(encoder, photos, options, show, cancellation)
                : FeatureExtraction.OfFolder(encoder, photos, path!, options, show, cancellation));
        if (isJson)
        {
            Json.Print(result.Output(), new
            {
                summary.Photos,
                summary.Unreadable,
                summary.Features,
                Places = summary.Regions,
                summary.Computed,
                Seconds = Math.Round(seconds, 3),
                PhotosPerSecond = Math.Round(summary.Computed / seconds, 1),
                Out = path ?? photos,
            });
        }

        return App.Success;
    }

    private static void CheckOut(string photos, string? path, bool isDataset)
    {
        if (isDataset && path is not null)
        {
            throw new ShowTellException(
                $"{photos}: is a dataset, and its features go into its folder. Leave out --out {path}.");
        }

        if (!isDataset && path is null)
        {
            throw new ShowTellException(
                Directory.Exists(photos)
                    ? $"--out is required: the file to write the features of {photos} to."
                    : $"{photos}: there is no such folder of photos.");
        }
    }

    private static FeatureTransform TransformOf(string path, PhotoEncoder encoder)
    {
        if (FeatureFile.ReadPipeline(path) is not { Transform: FeatureTransform transform } pipeline)
        {
            throw new DataException($"{path}: its features were made without --pca and --standardize.");
        }

        return encoder.Pipeline.DifferenceOf(pipeline with { Transform = null }) is string difference
            ? throw new IncompatibleException(
                $"The transform of {path} does not apply to these features: that file has {difference}.")
            : transform;
    }
}
