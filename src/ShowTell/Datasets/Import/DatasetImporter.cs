using ShowTell.Data;

namespace ShowTell.Datasets.Import;

/// <summary>A run of <see cref="DatasetImport"/>: reads captions, finds their photos, splits them, makes a vocabulary,
/// and writes the dataset.</summary>
/// <param name="options">The import options.</param>
/// <param name="sources">The files and folders of captions.</param>
/// <param name="kind">The kind of the first one.</param>
/// <param name="dataset">The dataset folder, which may hold an earlier import.</param>
/// <param name="cancellation">Cancels the import.</param>
internal sealed class DatasetImporter(
    ImportOptions options, string[] sources, CaptionFileKind kind, string dataset, CancellationToken cancellation)
{
    // Thai, Lao, Tibetan, Burmese; Khmer; and what Chinese and Japanese are written in.
    private static readonly (char First, char Last)[] s_spaceless =
        [('\u0E00', '\u109F'), ('\u1780', '\u17FF'), ('\u3040', '\u30FF'), ('\u3400', '\u9FFF')];

    private readonly LeftOut _leftOut = new();
    private readonly CaptionCollection _captions = new(sources[0]);
    private readonly ImportSettings _settings = ImportSettings.Of(options);
    private bool _hasOwnPhotos;

    private CaptionEncoding Encoding => _settings.Encoding;

    /// <summary>Imports into a folder.</summary>
    /// <param name="photos">The photo folder; null if the photos come with the captions.</param>
    /// <param name="folder">The folder to write to.</param>
    /// <param name="progress">Receives the fraction of the captions read, in [0, 1].</param>
    public ImportSummary Import(string? photos, string folder, Action<double>? progress)
    {
        string ownPhotos = Path.Combine(folder, DatasetManifest.PhotosFolder);
        Read(ownPhotos, progress);
        if (_hasOwnPhotos)
        {
            photos = ownPhotos;
        }

        var index = new PhotoIndex(photos ?? throw new DataException(
            $"{sources[0]}: names photos; say in which folder they are (--photos)."));
        _captions.FindFiles(index, _leftOut);
        ImportedPhoto[] found = [.. _captions.Photos];
        if (found.Length == 0)
        {
            string missing = _captions.Missing.FirstOrDefault() is ImportedPhoto first ? $", such as {first.Name}" : "";
            throw new DataException(
                $"{photos}: contains none of the photos of {sources[0]}{missing}.{_leftOut.Summary}");
        }

        Array.ForEach(found, photo => photo.Count(Encoding));
        EnsureUsable(found);
        NamedCount withoutCaptions = SplitAssignment.Assign(_captions, index, options, _leftOut);
        ImportedPhoto[] assigned = [.. found.Where(photo => photo.Split is not null)];
        string[] train = CaptionsOf(assigned, "train");
        int minimumCount = options.MinimumCount
            ?? (options.VocabularyWords is null ? ImportOptions.MinimumCountFor(train.Length) : 1);
        Vocabulary vocabulary = Encoding.VocabularyOf(train, minimumCount, options.VocabularyWords);
        ImportedSplit[] splits = [.. SplitAssignment.Splits.Select(split => Measure(split, assigned, vocabulary))];
        EnsureComplete(splits, minimumCount, withoutCaptions);
        cancellation.ThrowIfCancellationRequested();
        Write(folder, photos, assigned, [.. splits.Where(split => split.Photos > 0)], vocabulary);
        return new ImportSummary(
            kind,
            [.. splits.Where(split => split.Photos > 0)],
            vocabulary.Count,
            minimumCount,
            found.Length - assigned.Length,
            NamedCount.Of([.. _captions.Missing.Where(IsWanted).Select(photo => photo.Name)]),
            withoutCaptions,
            _leftOut.Counts,
            [.. Warnings(splits, assigned)]);
    }

    // With lists, a missing photo that none of them names was not wanted.
    private bool IsWanted(ImportedPhoto photo) => options.TrainList is null || photo.Split is not null;

    private void Read(string ownPhotos, Action<double>? progress)
    {
        HashSet<string> saved = new(StringComparer.OrdinalIgnoreCase);
        foreach ((int i, string path) in sources.Index())
        {
            string prefix = sources.Length > 1 ? $"{Path.GetFileNameWithoutExtension(path)}/" : "";
            var source = new CaptionSource(path, options.File, _leftOut)
            {
                Progress = share => progress?.Invoke((i + share) / sources.Length),
                SavePhoto = (name, bytes) => Save(path, ownPhotos, prefix + name, bytes.Span, saved),
            };
            foreach (PhotoCaption caption in CaptionFile.Read(source))
            {
                cancellation.ThrowIfCancellationRequested();
                bool isSaved = saved.Contains(prefix + caption.Photo);
                _captions.Add(isSaved ? caption with { Photo = prefix + caption.Photo } : caption);
            }
        }
    }

    /// <summary>Saves a photo; false if another one has its name.</summary>
    private bool Save(string source, string folder, string name, ReadOnlySpan<byte> photo, HashSet<string> saved)
    {
        string path = name.Any(char.IsControl) ? "" : Path.GetFullPath(Path.Combine(folder, name));
        if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new DataException($"{source}: \"{name}\" is not a valid photo name: it leads out of the folder.");
        }

        if (!saved.Add(name))
        {
            // Its name may differ in letter case alone.
            return File.Exists(path) && photo.SequenceEqual(File.ReadAllBytes(path));
        }

        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, photo);
        _hasOwnPhotos = true;

        // Features of an unchanged photo stay valid: they go by its time.
        string old = Path.Combine(dataset, DatasetManifest.PhotosFolder, name);
        if (File.Exists(old) && new FileInfo(old).Length == photo.Length && File.ReadAllBytes(old).SequenceEqual(photo))
        {
            File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(old));
        }

        return true;
    }

    /// <summary>Refuses captions all of which would be left out.</summary>
    private void EnsureUsable(ImportedPhoto[] photos)
    {
        if (photos.Sum(photo => photo.Used) > 0)
        {
            return;
        }

        (int tooLong, int empty) = (photos.Sum(photo => photo.TooLong), photos.Sum(photo => photo.Empty));
        throw new DataException(
            $"{sources[0]}: no caption is left: {tooLong:N0} have more than {options.MaxWords} words (--max-words), "
            + $"{empty:N0} have none.");
    }

    private string[] CaptionsOf(ImportedPhoto[] photos, string split) =>
        [.. photos.Where(photo => photo.Split == split).SelectMany(photo => photo.Captions)];

    private ImportedSplit Measure(string split, ImportedPhoto[] photos, Vocabulary vocabulary)
    {
        ImportedPhoto[] own = [.. photos.Where(photo => photo.Split == split)];
        (long words, long unknown) = (0, 0);
        foreach (string[] tokens in own.SelectMany(photo => photo.Captions).Select(Encoding.TokensOf))
        {
            if (Encoding.IsUsed(tokens))
            {
                words += tokens.Length;
                unknown += tokens.Count(token =>
                    Vocabulary.IsMarker(token) || vocabulary.IdOf(token) == vocabulary.UnknownId);
            }
        }

        return new ImportedSplit(
            split,
            own.Length,
            own.Sum(photo => photo.Used),
            own.Sum(photo => photo.TooLong),
            own.Sum(photo => photo.Empty),
            unknown / (double)Math.Max(words, 1));
    }

    /// <summary>Refuses splits without captions, and a vocabulary that lacks too many words.</summary>
    private void EnsureComplete(ImportedSplit[] splits, int minimumCount, NamedCount withoutCaptions)
    {
        foreach (ImportedSplit split in splits.Where(split => split.Captions == 0 && split.Split is not "test"))
        {
            string reason = split.TooLong > 0
                ? $" {split.TooLong:N0} captions have more than {options.MaxWords} words (--max-words)."
                : withoutCaptions.Count > 0
                ? $" {withoutCaptions.Count:N0} names of the lists have no caption, such as {withoutCaptions.First[0]}."
                : _leftOut.Summary;
            throw new DataException(
                $"{sources[0]}: no caption is left for the {split.Split} split, of which {split.Photos} photos are in "
                + $"the photo folder; train and val need at least one each.{reason}");
        }

        ImportedSplit train = splits[0];
        if (train.UnknownShare <= DatasetImport.MaxUnknownShare)
        {
            return;
        }

        bool hasSpaces =
            _captions.Photos.SelectMany(photo => photo.Captions).Any(caption => caption.Trim().Contains(' '));
        string advice = hasSpaces || options.Tokens == TokenKind.Character
            ? options.VocabularyWords is null
                ? $"Lower --min-count, which is {minimumCount}."
                : $"Raise --vocabulary, which is {options.VocabularyWords}, or give --min-count instead."
            : "The captions have no spaces: use --tokens char.";
        throw new DataException(FormattableString.Invariant(
            $"{sources[0]}: {100 * train.UnknownShare:F0}% of the words of the {train.Captions:N0} train captions ")
            + FormattableString.Invariant($"would be unknown ({Vocabulary.Unknown}); a useful model needs at most ")
            + FormattableString.Invariant($"{100 * DatasetImport.MaxUnknownShare:F0}%. {advice}"));
    }

    /// <summary>What the user should know before training.</summary>
    private IEnumerable<string> Warnings(ImportedSplit[] splits, ImportedPhoto[] photos)
    {
        string[] texts = [.. photos.SelectMany(photo => photo.Captions)];
        int joined = texts.Count(text => !text.Trim().Contains(' ') && text.Any(IsOfSpacelessScript));
        if (Encoding.Tokens == TokenKind.Word && 2 * joined > texts.Length)
        {
            yield return "most captions have no spaces, so that each is one word: use --tokens char";
        }
        else if (splits.FirstOrDefault(IsMostlyUnknown) is ImportedSplit split)
        {
            yield return FormattableString.Invariant($"{100 * split.UnknownShare:F0}% of the words of the ")
                + $"{split.Split} captions are unknown: they are not in the train captions";
        }
    }

    private static bool IsMostlyUnknown(ImportedSplit split) => split.UnknownShare > DatasetImport.MaxUnknownShare;

    private static bool IsOfSpacelessScript(char letter) =>
        s_spaceless.Any(range => letter >= range.First && letter <= range.Last);

    private void Write(
        string folder, string photos, ImportedPhoto[] assigned, ImportedSplit[] splits, Vocabulary vocabulary)
    {
        string full = Path.GetFullPath(photos);
        var source = new ImportSource(
            kind, [.. sources.Select(Path.GetFullPath)], full, DatasetImport.Fingerprint(options, sources));
        DatasetManifest.Create(
            _hasOwnPhotos
                ? DatasetManifest.PhotosFolder
                : Path.GetRelativePath(Path.GetFullPath(dataset), full).Replace(Path.DirectorySeparatorChar, '/'),
            source,
            _settings,
            splits,
            vocabulary)
            .Save(folder, assigned.Select(photo => new PhotoLine(photo.Path!, photo.Split!, photo.Captions)));
    }
}
