using System.Runtime.InteropServices;
using ShowTell.Data;

namespace ShowTell.Datasets.Import;

/// <summary>
/// Captions as they are read, by photo. A caption is kept as numbers of its words, so that large files fit: 4 bytes a
/// word.
/// </summary>
internal sealed class CaptionCollection(string path, CaptionNormalization normalization, int maxWords)
{
    private readonly Dictionary<string, ImportedPhoto> _photos = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _words = [];
    private readonly List<int> _text = [];

    /// <summary>All photos.</summary>
    public IReadOnlyCollection<ImportedPhoto> Photos => _photos.Values;

    /// <summary>The photo of a name, if there is one.</summary>
    public ImportedPhoto? Find(string name) => _photos.GetValueOrDefault(name);

    /// <summary>Adds a caption to those of its photo.</summary>
    /// <exception cref="DataException">The photo's name leads out of the folder of photos, or its split differs from
    /// that of its other captions.</exception>
    public void Add(PhotoCaption caption)
    {
        ImportedPhoto photo = PhotoOf(caption);
        string[] words = normalization.Words(caption.Text);
        if (words.Length == 0)
        {
            photo.Empty++;
        }
        else if (words.Length > maxWords)
        {
            photo.TooLong++;
        }
        else
        {
            photo.Captions.Add(_text.Count..(_text.Count + words.Length));
            _text.AddRange(words.Select(NumberOf));
        }
    }

    /// <summary>
    /// The words of some photos' captions that occur often enough, the most frequent first, equally frequent ones in
    /// ordinal order, behind the four markers.
    /// </summary>
    public Vocabulary VocabularyOf(IEnumerable<ImportedPhoto> photos, int minimumCount, int? mostWords)
    {
        var counts = new int[_words.Count];
        foreach (Range caption in photos.SelectMany(photo => photo.Captions))
        {
            foreach (int number in Text(caption))
            {
                counts[number]++;
            }
        }

        return Vocabulary.OfCounts(_words.Zip(counts, KeyValuePair.Create), minimumCount, mostWords);
    }

    /// <summary>The id of each of the collection's words; a marker in a caption is an unknown word.</summary>
    public int[] IdsIn(Vocabulary vocabulary) =>
        [.. _words.Select(word => Vocabulary.IsMarker(word) ? vocabulary.UnknownId : vocabulary.IdOf(word))];

    /// <summary>The numbers of a caption's words.</summary>
    public ReadOnlySpan<int> Text(Range caption) => CollectionsMarshal.AsSpan(_text)[caption];

    private ImportedPhoto PhotoOf(PhotoCaption caption)
    {
        if (_photos.TryGetValue(caption.Photo, out ImportedPhoto? photo))
        {
            return photo.Split == caption.Split
                ? photo
                : throw new DataException(
                    $"{path}: photo \"{caption.Photo}\" is in two splits, {photo.Split} and {caption.Split}.");
        }

        RequireInside(caption.Photo);
        RequireInside(caption.Subfolder ?? "");
        photo = new ImportedPhoto(caption.Photo, caption.Subfolder) { Split = caption.Split };
        _photos.Add(caption.Photo, photo);
        return photo;
    }

    // A caption file from somewhere must not make us read files elsewhere; and a name fills one line of a list.
    private void RequireInside(string name)
    {
        if (Path.IsPathRooted(name) || name.Split('/', '\\').Contains("..") || name.Any(char.IsControl))
        {
            string shown = string.Concat(name.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
            throw new DataException(
                $"{path}: \"{shown}\" is no name of a photo; a file name within the folder of photos was expected.");
        }
    }

    private int NumberOf(string word)
    {
        if (!_numbers.TryGetValue(word, out int number))
        {
            number = _words.Count;
            _numbers.Add(word, number);
            _words.Add(word);
        }

        return number;
    }
}

/// <summary>A photo on its way into a dataset.</summary>
/// <param name="name">Its name in the caption file.</param>
/// <param name="subfolder">Its folder below the folder of photos, if the caption file names one.</param>
internal sealed class ImportedPhoto(string name, string? subfolder)
{
    /// <summary>Its name in the caption file.</summary>
    public string Name => name;

    /// <summary>Its split; null where nothing says so.</summary>
    public string? Split { get; set; }

    /// <summary>Where the words of its captions begin and end.</summary>
    public List<Range> Captions { get; } = [];

    /// <summary>Its captions that have too many words.</summary>
    public int TooLong { get; set; }

    /// <summary>Its captions that have no word.</summary>
    public int Empty { get; set; }

    /// <summary>Its file, relative to the folder of photos, with / between the parts; null if there is none.</summary>
    public string? FindIn(string folder)
    {
        string[] places = subfolder is null ? [name] : [name, $"{subfolder}/{name}"];
        return places.FirstOrDefault(place => File.Exists(Path.Combine(folder, place)))?.Replace('\\', '/');
    }
}
