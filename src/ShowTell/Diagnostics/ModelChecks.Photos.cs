using ShowTell.Backbones;
using ShowTell.Captioning;
using ShowTell.Datasets;
using ShowTell.ModelFiles;
using ShowTell.Photos;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <content>
/// Checks of whether the model can caption photos, and whether features were made of photos by the model's pipeline.
/// </content>
internal sealed partial class ModelChecks
{
    /// <summary>Enough to tell pipelines apart; the backbone runs some ten times on each.</summary>
    private const int MaxPhotos = 8;

    /// <summary>Whether the model knows how photos become its features, and its backbone is found.</summary>
    public Finding Backbone()
    {
        if (bundle.Photos is not PhotoPipeline pipeline)
        {
            return Finding.Of(
                FindingLevel.Warning,
                $"The model captions images of datasets, but no photos: its features ({bundle.Features.Kind}) are of "
                + "unknown origin.",
                "To caption photos, train a model on features that showtell makes of them.");
        }

        (string file, string hash) = (pipeline.BackboneFile, pipeline.Sha256[..12]);
        try
        {
            if (BackboneResolver.Find(options.ModelPath, bundle, pipeline, options.Backbone, threads: 0)
                is not (Backbone backbone, string location))
            {
                return Finding.Of(
                    FindingLevel.Warning,
                    $"The backbone {file} ({hash}), which turns photos into the model's features, is neither in the "
                    + "model file nor next to it.",
                    $"Put {file} next to the model file, or name it with --backbone.");
            }

            _backbone = backbone;
            return Finding.Of(FindingLevel.Good, $"{file} ({hash}) is {location}.");
        }
        catch (NativeLibraryMissingException error)
        {
            return Finding.Of(FindingLevel.Warning, error.Message);
        }
        catch (IncompatibleException error)
        {
            return Finding.Of(
                FindingLevel.Problem,
                error.Message,
                $"Use the file that the model was trained with, {file}: another backbone computes other features.");
        }
    }

    /// <summary>Whether the reference features are those of their photos.</summary>
    public Finding ReferencePhotos() => bundle.Reference is not ReferenceFeatures reference
        ? Finding.Skipped("The model file keeps no features of train images.")
        : ComparePhotos(
            "The features that the model was trained on",
            [.. reference.Images.Select((image, row) => (image, row))],
            row => reference.Features.Row(row),
            "Train the model again on features made by the pipeline that captions photos.");

    /// <summary>Whether the dataset's features are those of its photos by the model's pipeline.</summary>
    public Finding DatasetPhotos() => ComparePhotos(
        "The dataset's features",
        [.. SelectImages().Select(image => (Split.ImageLabel(image), image))],
        image => FeaturesOf(Split, [image]).Span,
        "Compute the dataset's features again in the way that the model was trained with, or train a model on these.");

    /// <summary>Encodes photos again and compares the features.</summary>
    /// <param name="subject">The features, for the text.</param>
    /// <param name="images">Images by name, with their numbers.</param>
    /// <param name="featuresOf">Returns the features of an image by its number.</param>
    /// <param name="advice">What to do if they differ.</param>
    private Finding ComparePhotos(
        string subject,
        IReadOnlyList<(string Name, int Image)> images,
        Func<int, ReadOnlySpan<float>> featuresOf,
        string advice)
    {
        if (_backbone is null)
        {
            return Finding.Skipped("There is no backbone to compute features with.");
        }

        if (PhotoFolder() is not string folder)
        {
            return Finding.Skipped("The folder of the photos is unknown.", "Name it with --photos.");
        }

        PhotoPipeline pipeline = bundle.Photos!;
        var reader = new PhotoReader { MinSize = pipeline.Preprocessing.MinPhotoSize };
        (Photo? Photo, int Image)[] photos =
        [
            .. images.Select(image => (Photo: TryRead(reader, folder, image.Name), image.Image))
                .Where(pair => pair.Photo is not null).Take(MaxPhotos),
        ];
        if (photos.Length == 0)
        {
            return Finding.Skipped($"{folder}: has no readable photo of these images, such as {images[0].Name}.");
        }

        var given = new Matrix<float>(photos.Length, featuresOf(photos[0].Image).Length);
        for (int i = 0; i < photos.Length; i++)
        {
            featuresOf(photos[i].Image).CopyTo(given.Row(i));
        }

        int size = _backbone.Regions * (pipeline.Transform?.OutputSize ?? _backbone.FeatureSize);
        if (size != given.Columns)
        {
            return Finding.Of(
                FindingLevel.Problem, $"A photo has {size} features by the model's pipeline, not {given.Columns}.");
        }

        var variants = new PipelineVariants(_backbone, pipeline, [.. photos.Select(photo => photo.Photo!)]);
        PipelineVariants.Match found = variants.Explain(given);
        (FindingLevel level, string text) = Describe(subject, photos.Length, found);
        return Finding.Of(
            level, text, advice,
            ("photos", photos.Length), ("relativeError", found.Error), ("mistakeError", found.VariantError));
    }

    /// <summary>The folder of the dataset's photos; null if unknown.</summary>
    private string? PhotoFolder() => options.PhotoFolder
        ?? (_dataset is null ? null : DatasetFolder.SourceOf(_dataset.Origin).Photos);

    private static (FindingLevel Level, string Text) Describe(string subject, int photos, PipelineVariants.Match found)
    {
        string error = Invariant($"relative error {found.Error:G2} of {photos} photos");
        return found.Error <= MaxSameError
            ? (FindingLevel.Good, $"{subject} are those of their photos ({error}).")
            : found.Variant is not null
            ? (FindingLevel.Problem,
                $"{subject} were made with {found.Variant} ({error}; made like that, "
                + Invariant($"{found.VariantError:G2})."))
            : found.Error <= PipelineVariants.MaxNearError
            ? (FindingLevel.Warning,
                $"{subject} are near those of their photos ({error}): the photos had another size or quality, or were "
                + "resized differently.")
            : (FindingLevel.Problem,
                $"{subject} are not those of their photos ({error}), and no common error explains them.");
    }

    /// <summary>A photo in a folder, or in its subfolder if the name says so; null if missing or unreadable.</summary>
    private static Photo? TryRead(PhotoReader reader, string folder, string name)
    {
        // Names come from an untrusted file: none may lead out of the folder.
        bool isBelow = !Path.IsPathRooted(name) && !name.Split('/', '\\').Contains("..");
        string[] candidates = isBelow ? [name, Path.GetFileName(name)] : [Path.GetFileName(name)];
        string? path = candidates.Select(file => Path.Combine(folder, file)).FirstOrDefault(File.Exists);
        try
        {
            return path is null ? null : reader.Read(path);
        }
        catch (PhotoException)
        {
            return null;
        }
    }
}
