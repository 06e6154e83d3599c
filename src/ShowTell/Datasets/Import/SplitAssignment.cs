namespace ShowTell.Datasets.Import;

/// <summary>Assigns photos to splits: by lists, as the captions' source has them, or at random.</summary>
internal static class SplitAssignment
{
    /// <summary>The names of the splits.</summary>
    public static readonly string[] Splits = ["train", "val", "test"];

    /// <summary>Assigns photos to splits.</summary>
    /// <returns>The names in lists that have no caption.</returns>
    /// <exception cref="DataException">A list is missing or empty, or a photo is in two of them.</exception>
    /// <param name="captions">The captions by photo.</param>
    /// <param name="index">The photos of the folder.</param>
    /// <param name="options">The import options.</param>
    /// <param name="leftOut">What was left out before, for error messages.</param>
    public static NamedCount Assign(
        CaptionCollection captions, PhotoIndex index, ImportOptions options, LeftOut leftOut)
    {
        string?[] lists = [options.TrainList, options.ValidationList, options.TestList];
        if (lists[0] is not null && lists[1] is not null)
        {
            return AssignLists(captions, index, lists);
        }

        if (lists.FirstOrDefault(list => list is not null) is string one)
        {
            throw new DataException(
                $"{one}: expected two lists, one of train photos and one of validation photos (and one of test photos, "
                + "if wanted).");
        }

        if (captions.Photos.Concat(captions.Missing).All(photo => photo.Split is null))
        {
            AssignFolders([.. captions.Photos]);
        }

        DrawValidation(captions, options, leftOut);
        return NamedCount.Of([]);
    }

    private static NamedCount AssignLists(CaptionCollection captions, PhotoIndex index, string?[] lists)
    {
        foreach (ImportedPhoto photo in captions.Photos.Concat(captions.Missing))
        {
            photo.Split = null;
        }

        List<string> withoutCaptions = [];
        foreach ((string? list, string split) in lists.Zip(Splits))
        {
            foreach (string name in list is null ? [] : ReadList(list).Distinct(StringComparer.Ordinal))
            {
                if (captions.Find(name, list!, index) is not ImportedPhoto photo)
                {
                    withoutCaptions.Add(name);
                }
                else if (photo.Split is null || photo.Split == split)
                {
                    photo.Split = split;
                }
                else
                {
                    throw new DataException(
                        $"{list}: contains {name}, which is also in {lists[Array.IndexOf(Splits, photo.Split)]}.");
                }
            }
        }

        return NamedCount.Of(withoutCaptions);
    }

    /// <summary>Takes the splits of the folders that the photos are in (<c>train/a.jpg</c>, <c>val2014/b.jpg</c>), if
    /// all are in such folders, of at least two splits.</summary>
    private static void AssignFolders(ImportedPhoto[] photos)
    {
        string?[] splits = [.. photos.Select(photo => photo.Path!.IndexOf('/') is int end and > 0
            ? CaptionNames.SplitOfFolder(photo.Path[..end])
            : null)];
        if (splits.All(split => split is not null) && splits.Contains("train") && splits.Distinct().Count() > 1)
        {
            foreach ((ImportedPhoto photo, string? split) in photos.Zip(splits))
            {
                photo.Split = split;
            }
        }
    }

    /// <summary>Draws validation photos, if there are none: of the train photos, or of all if there are no splits.
    /// </summary>
    private static void DrawValidation(CaptionCollection captions, ImportOptions options, LeftOut leftOut)
    {
        ImportedPhoto[] photos = [.. captions.Photos];
        if (photos.Any(photo => photo.Split is "val"))
        {
            return;
        }

        ImportedPhoto[] train = [.. photos.Where(photo => photo.Split is null or "train")];
        ImportedPhoto[] usable = [.. train.Where(photo => photo.Used > 0)];
        if (usable.Length < 2)
        {
            throw new DataException(
                $"{options.Captions[0]}: {usable.Length} photos have captions to train on; at least two are needed, "
                + $"one of them for validation.{Advice(train, options)}{leftOut.Summary}");
        }

        new SeededRandom(options.Seed).Shuffle<ImportedPhoto>(usable);
        int count = Math.Max(1, (int)Math.Round(usable.Length * options.ValidationFraction));
        HashSet<ImportedPhoto> validation = [.. usable.Take(count)];
        foreach (ImportedPhoto photo in train)
        {
            photo.Split = validation.Contains(photo) ? "val" : "train";
        }
    }

    private static string Advice(ImportedPhoto[] photos, ImportOptions options) =>
        photos.Sum(photo => photo.TooLong) is int count and > 0
            ? $" {count} captions have more than {options.MaxWords} words (--max-words)."
            : "";

    /// <summary>Reads a list of photo names, one per line, such as <c>Flickr_8k.trainImages.txt</c>.</summary>
    private static string[] ReadList(string path)
    {
        using var lines = new TextLines(path, InputFile.OpenText(path, null));
        List<string> names = [];
        while (lines.NextFilled() is string line)
        {
            names.Add(line.TrimEnd());
        }

        return names.Count > 0
            ? [.. names]
            : throw new DataException($"{path}: contains no photo name; expected one per line.");
    }
}
