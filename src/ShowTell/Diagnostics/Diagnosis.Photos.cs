using ShowTell.Backbones;
using ShowTell.Captioning;
using ShowTell.Datasets;
using ShowTell.Datasets.Import;
using ShowTell.ModelFiles;
using ShowTell.Photos;
using static System.FormattableString;

namespace ShowTell.Diagnostics;

/// <content>
/// Whether the model can caption photos, and whether features were made of photos in the way that it says.
/// </content>
internal sealed partial class Diagnosis
{
    /// <summary>Enough to tell mistakes apart; each goes through the network some ten times.</summary>
    private const int MostPhotos = 8;

    private const string NoNetwork = "There is no network to make features with.";

    /// <summary>Whether the model knows how photos become its features, and the network is at hand.</summary>
    public Finding Network()
    {
        if (bundle.Features.Photos is not PhotoPipeline recipe)
        {
            return Finding.Of(
                FindingLevel.Warning,
                $"The model captions images of datasets, but no photos: nothing says how photos become its features "
                + $"({bundle.Features.Kind}).",
                "To caption photos, train a model on features that showtell makes of them.");
        }

        try
        {
            if (ModelEncoder.FindBackbone(options.ModelPath, bundle, recipe, options.Backbone, threads: 0)
                is not (Backbone network, string place))
            {
                return Finding.Of(
                    FindingLevel.Warning,
                    $"The network {recipe.Network} ({recipe.Sha256[..12]}), which turns photos into the model's "
                    + "features, is neither in the model file nor beside it.",
                    $"Put {recipe.Network} beside the model file, or name it with --backbone.");
            }

            _network = network;
            return Finding.Of(FindingLevel.Good, $"{recipe.Network} ({recipe.Sha256[..12]}) is {place}.");
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
                $"Use the very file that the model was trained with, {recipe.Network}: another network makes other "
                + "features.");
        }
    }

    /// <summary>Whether the reference features are what their photos give.</summary>
    public Finding ReferencePhotos() => _network is null
        ? Finding.Skipped(NoNetwork)
        : bundle.Reference is not ReferenceFeatures reference
        ? Finding.Skipped("The model file keeps no features of train images.")
        : Compare(
            "The features that the model was trained on",
            [.. reference.Images.Select((image, row) => (image, row))],
            row => reference.Features.Row(row),
            "Train the model again on features made in the way that it is to caption photos.");

    /// <summary>Whether the dataset's features are what its photos give by the model's recipe.</summary>
    public Finding DatasetPhotos() => _network is null
        ? Finding.Skipped(NoNetwork)
        : Unfit is string reason
        ? Finding.Skipped(reason)
        : Compare(
            "The dataset's features",
            [.. Draw().Select(image => (Split.ImageLabel(image), image))],
            image => FeaturesOf(Split, [image]).Span,
            "Make the dataset's features again in the way that the model was trained with, or train a model on these.");

    /// <summary>Makes features of photos again and compares.</summary>
    /// <param name="subject">What the features are called.</param>
    /// <param name="images">Images by name, with their numbers.</param>
    /// <param name="featuresOf">The features of an image by its number.</param>
    /// <param name="advice">What to do if they are others.</param>
    private Finding Compare(
        string subject,
        IReadOnlyList<(string Name, int Image)> images,
        Func<int, ReadOnlySpan<float>> featuresOf,
        string advice)
    {
        if (PhotoFolder() is not string folder)
        {
            return Finding.Skipped("Nothing says where the photos are.", "Name their folder with --photos.");
        }

        (Photo Photo, int Image)[] photos = [.. Read(folder, images, _network!.Preprocessing).Take(MostPhotos)];
        if (photos.Length == 0)
        {
            return Finding.Skipped(
                $"{folder}: holds no photo of these images that can be read, such as {images[0].Name}.");
        }

        PhotoPipeline recipe = bundle.Photos!;
        var given = new Matrix<float>(photos.Length, featuresOf(photos[0].Image).Length);
        for (int i = 0; i < photos.Length; i++)
        {
            featuresOf(photos[i].Image).CopyTo(given.Row(i));
        }

        int size = _network.GridSize * (recipe.Transform?.OutputSize ?? _network.FeatureSize);
        if (size != given.Columns)
        {
            return Finding.Of(
                FindingLevel.Problem, $"A photo has {size} features by the model's recipe, not {given.Columns}.");
        }

        FeatureMistakes.Explanation found =
            new FeatureMistakes(_network, recipe, [.. photos.Select(photo => photo.Photo)]).Explain(given);
        (FindingLevel level, string text) = Describe(subject, photos.Length, found);
        return Finding.Of(
            level, text, advice,
            ("photos", photos.Length), ("relativeError", found.Error), ("mistakeError", found.MistakeError));
    }

    /// <summary>The folder of the dataset's photos; null where nobody knows it.</summary>
    private string? PhotoFolder() => options.PhotoFolder
        ?? (_dataset is not null && File.Exists(Path.Combine(_dataset.Origin, DatasetFolder.ImportFile))
            ? ImportedFolder.Load(_dataset.Origin).Photos
            : null);

    private static (FindingLevel Level, string Text) Describe(
        string subject, int photos, FeatureMistakes.Explanation found)
    {
        string error = Invariant($"relative error {found.Error:G2} of {photos} photos");
        return found.Error <= SameError
            ? (FindingLevel.Good, $"{subject} are what their photos give ({error}).")
            : found.Mistake is not null
            ? (FindingLevel.Problem,
                $"{subject} were made with {found.Mistake} ({error}; so made, "
                + Invariant($"{found.MistakeError:G2})."))
            : found.Error <= FeatureMistakes.NearError
            ? (FindingLevel.Warning,
                $"{subject} are near what their photos give ({error}): photos of another size or quality, or resized "
                + "otherwise.")
            : (FindingLevel.Problem,
                $"{subject} are not what their photos give ({error}), and none of the usual mistakes explains it.");
    }

    /// <summary>The photos that are there and whole.</summary>
    private static IEnumerable<(Photo Photo, int Image)> Read(
        string folder, IReadOnlyList<(string Name, int Image)> images, BackbonePreprocessing preprocessing)
    {
        int side = Math.Max(preprocessing.Size, preprocessing.ShorterSide);
        var reader = new PhotoReader();
        foreach ((string name, int image) in images)
        {
            // Names come with a file that anybody may have made: none leads out of the folder.
            bool isBelow = !Path.IsPathRooted(name) && !name.Split('/', '\\').Contains("..");
            string[] places = isBelow ? [name, Path.GetFileName(name)] : [Path.GetFileName(name)];
            string? path = places.Select(place => Path.Combine(folder, place)).FirstOrDefault(File.Exists);
            if (path is not null && TryRead(reader, path, new PhotoSize(side, side)) is Photo photo)
            {
                yield return (photo, image);
            }
        }
    }

    private static Photo? TryRead(PhotoReader reader, string path, PhotoSize atLeast)
    {
        try
        {
            return reader.Read(path, atLeast);
        }
        catch (PhotoException)
        {
            return null;
        }
    }
}
