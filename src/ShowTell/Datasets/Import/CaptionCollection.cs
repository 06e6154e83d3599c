namespace ShowTell.Datasets.Import;

/// <summary>Collects captions by the names of their photos, then finds the photos' files.</summary>
/// <param name="path">The source of the captions, for error messages.</param>
internal sealed class CaptionCollection(string path)
{
    private readonly Dictionary<string, ImportedPhoto> _named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImportedPhoto> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImportedPhoto> _missing = new(StringComparer.Ordinal);

    /// <summary>The photos that have a file, in ordinal order of their paths.</summary>
    public IEnumerable<ImportedPhoto> Photos => _files.Values.OrderBy(photo => photo.Path, StringComparer.Ordinal);

    /// <summary>The photos that have no file.</summary>
    public IReadOnlyCollection<ImportedPhoto> Missing => _missing.Values;

    /// <summary>Adds a caption to its photo.</summary>
    /// <exception cref="DataException">The split differs from that of its other captions.</exception>
    public void Add(PhotoCaption caption)
    {
        if (!_named.TryGetValue(caption.Photo, out ImportedPhoto? photo))
        {
            photo = new ImportedPhoto(caption.Photo) { Split = caption.Split };
            _named.Add(caption.Photo, photo);
        }

        EnsureSameSplit(photo, caption.Split);
        photo.Captions.Add(caption.Text);
    }

    /// <summary>Finds the photos' files.</summary>
    /// <exception cref="DataException">A name leads out of the photo folder, or two names of a photo are in two splits.
    /// </exception>
    public void FindFiles(PhotoIndex index, LeftOut leftOut)
    {
        foreach (ImportedPhoto photo in _named.Values)
        {
            if (index.Find(photo.Name, out bool isAmbiguous) is not string file)
            {
                if (isAmbiguous)
                {
                    leftOut.Add("photos whose name fits several files", photo.Name);
                }

                _missing.TryAdd(PhotoIndex.Fold(photo.Name), photo);
                continue;
            }

            if (_files.TryGetValue(file, out ImportedPhoto? same))
            {
                EnsureSameSplit(same, photo.Split);
                same.Captions.AddRange(photo.Captions);
                continue;
            }

            photo.Path = file;
            _files.Add(file, photo);
        }
    }

    /// <summary>The photo that a list names, with or without a file; null if it has no caption.</summary>
    public ImportedPhoto? Find(string name, PhotoIndex index) =>
        index.Find(name, out _) is string file ? _files.GetValueOrDefault(file)
        : _missing.GetValueOrDefault(PhotoIndex.Fold(name));

    private void EnsureSameSplit(ImportedPhoto photo, string? split)
    {
        if (photo.Split != split)
        {
            throw new DataException(
                $"{path}: photo \"{photo.Name}\" is in two splits, {photo.Split ?? "none"} and {split ?? "none"}.");
        }
    }
}

/// <summary>A photo to import.</summary>
/// <param name="name">Its name in the captions' source.</param>
internal sealed class ImportedPhoto(string name)
{
    /// <summary>Its name in the captions' source.</summary>
    public string Name => name;

    /// <summary>Its path below the photo folder, with slashes; null if there is no such file.</summary>
    public string? Path { get; set; }

    /// <summary>Its split; null if unassigned.</summary>
    public string? Split { get; set; }

    /// <summary>Its captions.</summary>
    public List<string> Captions { get; } = [];

    /// <summary>The number of captions used.</summary>
    public int Used { get; private set; }

    /// <summary>The number of captions with too many words.</summary>
    public int TooLong { get; private set; }

    /// <summary>The number of captions without words.</summary>
    public int Empty { get; private set; }

    /// <summary>Counts the captions that are used.</summary>
    public void Count(CaptionEncoding encoding)
    {
        foreach (string caption in Captions)
        {
            string[] words = encoding.TokensOf(caption);
            (Used, TooLong, Empty) = words.Length == 0 ? (Used, TooLong, Empty + 1)
                : encoding.IsTooLong(words) ? (Used, TooLong + 1, Empty)
                : (Used + 1, TooLong, Empty);
        }
    }
}
