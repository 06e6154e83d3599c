using ShowTell.Data;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Creates a dataset folder from a caption file and a photo folder. It has the files of
/// <see cref="DatasetLayout.ShowTell"/> except the features, and <c>import.json</c> (<see cref="ImportedFolder"/>). The
/// photos of a split are in ordinal order of their paths; captions are in the order of the photos, those of a photo in
/// the order of the caption file.
/// </summary>
public static class DatasetImport
{
    /// <summary>Imports a dataset, all of it or nothing.</summary>
    /// <param name="options">The import options.</param>
    /// <param name="folder">The dataset folder, created if missing; it must not contain a dataset yet.</param>
    /// <param name="progress">Receives the fraction of the caption file read, in [0, 1].</param>
    /// <param name="cancellation">Cancels the import before anything is written.</param>
    /// <exception cref="DataException">A file is missing or damaged, the folder contains a dataset, or a split has no
    /// caption.</exception>
    /// <exception cref="ShowTellException">The folder cannot be written.</exception>
    public static ImportSummary Run(
        ImportOptions options,
        string folder,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        DatasetFolder.EnsureNoDataset(folder);
        if (!Directory.Exists(options.Photos))
        {
            throw new DataException($"{options.Photos}: is not a folder; expected the photo folder.");
        }

        CaptionFileKind kind = CaptionFile.KindOf(options.Captions);
        var captions = new CaptionCollection(options.Captions, options.Normalization, options.MaxWords);
        foreach (PhotoCaption caption in CaptionFile.Read(options.Captions, progress))
        {
            cancellation.ThrowIfCancellationRequested();
            captions.Add(caption);
        }

        NamedCount withoutCaptions = Assign(captions, options);
        ImportedPhoto[] assigned = [.. captions.Photos.Where(photo => photo.Split is "train" or "val")];
        Dictionary<ImportedPhoto, string> files = FindFiles(assigned, options);
        NamedCount missing =
            NamedCount.Of([.. assigned.Where(photo => !files.ContainsKey(photo)).Select(photo => photo.Name)]);
        Vocabulary vocabulary = captions.VocabularyOf(
            files.Keys.Where(photo => photo.Split == "train"), options.MinimumCount, options.VocabularyWords);
        int[] ids = captions.IdsIn(vocabulary);
        SplitTable[] tables =
        [
            .. new[] { "train", "val" }.Select(split => SplitTable.Create(
                split, files.Where(file => file.Key.Split == split), captions, ids, vocabulary, options)),
        ];
        cancellation.ThrowIfCancellationRequested();
        Write(folder, tables, vocabulary, options);
        return new ImportSummary(
            kind,
            [.. tables.Select(table => table.Summary)],
            vocabulary.Count,
            captions.Photos.Count - assigned.Length,
            missing,
            withoutCaptions);
    }

    /// <summary>Assigns photos to splits.</summary>
    /// <returns>The names in lists that have no caption.</returns>
    private static NamedCount Assign(CaptionCollection captions, ImportOptions options)
    {
        if (options is { TrainList: string train, ValidationList: string validation })
        {
            return AssignLists(captions, train, validation);
        }

        if (options.TrainList is not null || options.ValidationList is not null)
        {
            throw new DataException(
                $"{options.TrainList ?? options.ValidationList}: expected two lists, one of train photos and one of "
                + "validation photos.");
        }

        if (captions.Photos.All(photo => photo.Split is null))
        {
            SplitAtRandom(captions, options);
        }

        return NamedCount.Of([]);
    }

    private static NamedCount AssignLists(CaptionCollection captions, string trainList, string validationList)
    {
        foreach (ImportedPhoto photo in captions.Photos)
        {
            photo.Split = null;
        }

        List<string> withoutCaptions = [];
        foreach ((string list, string split) in new[] { (trainList, "train"), (validationList, "val") })
        {
            foreach (string name in ImportedFolder.ReadList(list).Distinct(StringComparer.Ordinal))
            {
                if (captions.Find(name) is not ImportedPhoto photo)
                {
                    withoutCaptions.Add(name);
                    continue;
                }

                photo.Split = photo.Split is null
                    ? split
                    : throw new DataException($"{list}: contains {name}, which is also in {trainList}.");
            }
        }

        return NamedCount.Of(withoutCaptions);
    }

    private static void SplitAtRandom(CaptionCollection captions, ImportOptions options)
    {
        ImportedPhoto[] photos =
        [
            .. captions.Photos
                .Where(photo => photo.Captions.Count > 0 && photo.FindIn(options.Photos) is not null)
                .OrderBy(photo => photo.Name, StringComparer.Ordinal),
        ];
        new SeededRandom(options.Seed).Shuffle<ImportedPhoto>(photos);
        int validation = Math.Max(1, (int)Math.Round(photos.Length * options.ValidationFraction));

        // Missing photos are assigned too, so that they are reported.
        HashSet<ImportedPhoto> selected = [.. photos.Take(validation)];
        foreach (ImportedPhoto photo in captions.Photos)
        {
            photo.Split = selected.Contains(photo) ? "val" : "train";
        }
    }

    private static Dictionary<ImportedPhoto, string> FindFiles(ImportedPhoto[] photos, ImportOptions options)
    {
        var files = photos.Select(photo => (Photo: photo, File: photo.FindIn(options.Photos)))
            .Where(found => found.File is not null)
            .ToDictionary(found => found.Photo, found => found.File!);
        return files.Count > 0 ? files
            : photos.Length > 0 ? throw new DataException(
                $"{options.Photos}: contains none of the {photos.Length} photos of {options.Captions}, such as "
                + $"{photos[0].Name}.")
            : throw new DataException($"{options.Captions}: has no photo of the train or val split.");
    }

    private static void Write(string folder, SplitTable[] tables, Vocabulary vocabulary, ImportOptions options) =>
        DatasetFolder.Stage(folder, staging =>
        {
            DatasetLayout layout = DatasetLayout.ShowTell;
            foreach (SplitTable table in tables)
            {
                DatasetFolder.SaveList(table.Photos, Path.Combine(staging, layout.ImageFile(table.Name)));
            }

            DatasetFolder.SaveCaptions(
                staging, layout, vocabulary,
                tables.Select(table => (table.Name, table.Width, table.Captions, table.Images)));
            new ImportedFolder(
                Path.GetFullPath(options.Photos),
                Path.GetFullPath(options.Captions),
                options.MaxWords,
                options.Normalization.KeepCase,
                options.Normalization.KeepPunctuation,
                options.Fingerprint()).Save(staging);
        });
}
