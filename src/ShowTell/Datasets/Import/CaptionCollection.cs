namespace ShowTell.Datasets.Import;

/// <summary>Collects captions by the names of their photos, then finds the photos' files.</summary>
/// <param name="path">The source of the captions, for error messages.</param>
internal sealed class CaptionCollection(string path)
{
    private const string Contested = "photos of different names that fit the same file";

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
        photo.Add(caption.Text);
    }

    /// <summary>Finds the photos' files.</summary>
    /// <exception cref="DataException">A name leads out of the photo folder, or two names of a photo are in two splits.
    /// </exception>
    public void FindFiles(PhotoIndex index, LeftOut leftOut)
    {
        HashSet<string> contested = [];
        foreach (ImportedPhoto photo in _named.Values)
        {
            if (index.Find(photo.Name, path, out bool isAmbiguous) is not string file)
            {
                if (isAmbiguous)
                {
                    leftOut.Add("photos whose name fits several files", photo.Name);
                }
                else
                {
                    _missing.TryAdd(PhotoIndex.Fold(photo.Name), photo);
                }
            }
            else if (contested.Contains(file))
            {
                leftOut.Add(Contested, photo.Name);
            }
            else if (!_files.TryGetValue(file, out ImportedPhoto? same))
            {
                photo.Path = file;
                _files.Add(file, photo);
            }
            else if (index.AreSame(same.Name, photo.Name, path))
            {
                EnsureSameSplit(same, photo.Split);
                same.Add(photo);
            }
            else
            {
                // a/1.jpg and b/1.jpg are two photos: neither may be taken for the file 1.jpg.
                leftOut.Add(Contested, same.Name);
                leftOut.Add(Contested, photo.Name);
                contested.Add(file);
                _files.Remove(file);
            }
        }

        foreach (ImportedPhoto photo in _files.Values.Where(photo => photo.Captions.Count == 0).ToArray())
        {
            leftOut.Add("photos without a caption", photo.Path!);
            _files.Remove(photo.Path!);
        }
    }

    /// <summary>The photo that a list names, with or without a file; null if it has no caption.</summary>
    /// <param name="name">The name.</param>
    /// <param name="list">The list, for error messages.</param>
    /// <param name="index">The photos of the folder.</param>
    public ImportedPhoto? Find(string name, string list, PhotoIndex index) =>
        index.Find(name, list, out _) is string file ? _files.GetValueOrDefault(file)
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

    /// <summary>Its captions, without blank ones.</summary>
    public List<string> Captions { get; } = [];

    /// <summary>The number of captions used.</summary>
    public int Used { get; private set; }

    /// <summary>The number of captions with too many words.</summary>
    public int TooLong { get; private set; }

    /// <summary>The number of captions without words.</summary>
    public int Empty { get; private set; }

    /// <summary>Adds a caption; a blank one is only counted.</summary>
    public void Add(string caption)
    {
        if (string.IsNullOrWhiteSpace(caption))
        {
            Empty++;
        }
        else
        {
            Captions.Add(caption);
        }
    }

    /// <summary>Adds the captions of another name of the photo.</summary>
    public void Add(ImportedPhoto other)
    {
        Captions.AddRange(other.Captions);
        Empty += other.Empty;
    }

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
