using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Vision;
using static System.FormattableString;

namespace ShowTell.Captioning;

/// <summary>
/// Whether the model can caption photos, and whether features were made of photos in the way that it says.
/// </summary>
internal static class DoctorPhotos
{
    /// <summary>Enough to tell mistakes apart; each goes through the network some ten times.</summary>
    private const int MostPhotos = 8;

    private const string NoNetwork = "There is no network to make features with.";

    /// <summary>Whether the model knows how photos become its features, and the network is at hand.</summary>
    public static Finding CheckNetwork(DoctorExamination examination, string name)
    {
        ModelBundle bundle = examination.Bundle;
        if (bundle.Features.Photos is not PhotoRecipe recipe)
        {
            return new Finding(
                name,
                FindingLevel.Warning,
                $"The model captions images of datasets, but no photos: nothing says how photos become its features "
                + $"({bundle.Features.Kind}).",
                "To caption photos, train a model on features that showtell makes of them.");
        }

        try
        {
            return Load(examination, recipe) is string place
                ? new Finding(name, FindingLevel.Good, $"{recipe.Network} ({recipe.Sha256[..12]}) is {place}.")
                : new Finding(
                    name,
                    FindingLevel.Warning,
                    $"The network {recipe.Network} ({recipe.Sha256[..12]}), which turns photos into the model's "
                    + "features, is neither in the model file nor beside it.",
                    $"Put {recipe.Network} beside the model file, or name it with --backbone.");
        }
        catch (NativeLibraryMissingException error)
        {
            return new Finding(name, FindingLevel.Warning, error.Message);
        }
        catch (PairingException error)
        {
            return new Finding(
                name,
                FindingLevel.Problem,
                error.Message,
                $"Use the very file that the model was trained with, {recipe.Network}: another network makes other "
                + "features.");
        }
    }

    /// <summary>Whether the reference features are what their photos give.</summary>
    public static Finding CheckReferences(DoctorExamination examination, string name)
    {
        if (examination.Network is null)
        {
            return Finding.Skipped(name, NoNetwork);
        }

        if (examination.Bundle.Reference is not ReferenceFeatures reference)
        {
            return Finding.Skipped(name, "The model file keeps no features of train images.");
        }

        return Compare(
            examination,
            name,
            "The features that the model was trained on",
            [.. reference.Images.Select((image, row) => (image, row))],
            rows =>
            {
                var features = new Matrix<float>(rows.Length, reference.Features.Columns);
                for (int i = 0; i < rows.Length; i++)
                {
                    reference.Features.Row(rows[i]).CopyTo(features.Row(i));
                }

                return features;
            },
            "Train the model again on features made in the way that it is to caption photos.");
    }

    /// <summary>Whether the dataset's features are what its photos give by the model's recipe.</summary>
    public static Finding CheckDataset(DoctorExamination examination, string name)
    {
        if (examination.Network is null)
        {
            return Finding.Skipped(name, NoNetwork);
        }

        if (examination.Unfit is string reason)
        {
            return Finding.Skipped(name, reason);
        }

        CaptionSplit split = examination.Dataset!.Split(examination.Options.Split);
        return Compare(
            examination,
            name,
            "The dataset's features",
            [.. examination.Draw(split, examination.Options.Images).Select(image => (split.ImageLabel(image), image))],
            images => DoctorExamination.FeaturesOf(split, images),
            "Make the dataset's features again in the way that the model was trained with, or train a model on these.");
    }

    /// <summary>Loads the network and says where it is; null if it is nowhere.</summary>
    private static string? Load(DoctorExamination examination, PhotoRecipe recipe)
    {
        DoctorOptions options = examination.Options;
        (Backbone Backbone, string Place)? found = ModelEncoder.FindBackbone(
            options.ModelPath, examination.Bundle, recipe, options.Backbone, threads: 0);
        examination.Network = found?.Backbone;
        return found?.Place;
    }

    /// <summary>Makes features of photos again and compares.</summary>
    /// <param name="examination">What is examined.</param>
    /// <param name="name">What is checked.</param>
    /// <param name="subject">What the features are called.</param>
    /// <param name="images">Images by name, with their numbers.</param>
    /// <param name="featuresOf">The features of images by their numbers.</param>
    /// <param name="advice">What to do if they are others.</param>
    private static Finding Compare(
        DoctorExamination examination,
        string name,
        string subject,
        IReadOnlyList<(string Name, int Image)> images,
        Func<int[], Matrix<float>> featuresOf,
        string advice)
    {
        if (examination.PhotoFolder() is not string folder)
        {
            return Finding.Skipped(name, "Nothing says where the photos are.", "Name their folder with --photos.");
        }

        (Photo Photo, int Image)[] photos = [.. Read(folder, images, examination.Network!.Preprocessing)];
        if (photos.Length == 0)
        {
            return Finding.Skipped(
                name, $"{folder}: holds no photo of these images that can be read, such as {images[0].Name}.");
        }

        PhotoRecipe recipe = examination.Bundle.Features.Photos!;
        Matrix<float> given = featuresOf([.. photos.Select(photo => photo.Image)]);
        int size = examination.Network.GridSize * (recipe.Transform?.OutputSize ?? examination.Network.FeatureSize);
        if (size != given.Columns)
        {
            return new Finding(
                name, FindingLevel.Problem, $"A photo has {size} features by the model's recipe, not {given.Columns}.");
        }

        var found = new DoctorMistakes(
            examination.Network, recipe, [.. photos.Select(photo => photo.Photo)]).Explain(given);
        (FindingLevel level, string text) = Describe(subject, photos.Length, found);
        return new Finding(name, level, text, level == FindingLevel.Good ? null : advice)
        {
            Values = new Dictionary<string, double>
            {
                ["photos"] = photos.Length,
                ["relativeError"] = found.Error,
                ["mistakeError"] = found.MistakeError,
            },
        };
    }

    private static (FindingLevel Level, string Text) Describe(
        string subject, int photos, DoctorMistakes.Explanation found)
    {
        string error = Invariant($"relative error {found.Error:G2} of {photos} photos");
        if (found.Error <= DoctorFeatures.SameError)
        {
            return (FindingLevel.Good, $"{subject} are what their photos give ({error}).");
        }

        if (found.Mistake is not null)
        {
            string rest = Invariant($"{found.MistakeError:G2}");
            return (FindingLevel.Problem, $"{subject} were made with {found.Mistake} ({error}; so made, {rest}).");
        }

        return found.Error <= DoctorMistakes.NearError
            ? (FindingLevel.Warning,
                $"{subject} are near what their photos give ({error}): photos of another size or quality, or resized "
                + "otherwise.")
            : (FindingLevel.Problem,
                $"{subject} are not what their photos give ({error}), and none of the usual mistakes explains it.");
    }

    /// <summary>The first photos that are there and whole.</summary>
    private static IEnumerable<(Photo Photo, int Image)> Read(
        string folder, IReadOnlyList<(string Name, int Image)> images, BackbonePreprocessing preprocessing)
    {
        int side = Math.Max(preprocessing.Size, preprocessing.ShorterSide);
        var reader = new PhotoReader();
        int count = 0;
        foreach ((string name, int image) in images)
        {
            // Names come with a file that anybody may have made: none leads out of the folder.
            bool isBelow = !Path.IsPathRooted(name) && !name.Split('/', '\\').Contains("..");
            string[] places = isBelow ? [name, Path.GetFileName(name)] : [Path.GetFileName(name)];
            string? path = places.Select(place => Path.Combine(folder, place)).FirstOrDefault(File.Exists);
            if (path is not null && TryRead(reader, path, new PhotoSize(side, side)) is Photo photo)
            {
                yield return (photo, image);
                if (++count == MostPhotos)
                {
                    yield break;
                }
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
