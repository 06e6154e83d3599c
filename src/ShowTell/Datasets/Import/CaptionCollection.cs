using System.Runtime.InteropServices;
using ShowTell.Data;
using ShowTell.Metrics;

namespace ShowTell.Datasets.Import;

/// <summary>Collects captions by photo. Captions are stored as word ids, 4 bytes per word.</summary>
/// <param name="path">The caption file, for error messages.</param>
/// <param name="normalization">Turns captions into words.</param>
/// <param name="maxWords">The maximum number of words; longer captions are left out.</param>
internal sealed class CaptionCollection(string path, CaptionNormalization normalization, int maxWords)
{
    private readonly Dictionary<string, ImportedPhoto> _photos = new(StringComparer.Ordinal);
    private readonly WordIds _words = new();
    private readonly List<int> _text = [];

    /// <summary>All photos.</summary>
    public IReadOnlyCollection<ImportedPhoto> Photos => _photos.Values;

    /// <summary>The photo with a name; null if there is none.</summary>
    public ImportedPhoto? Find(string name) => _photos.GetValueOrDefault(name);

    /// <summary>Adds a caption to its photo.</summary>
    /// <exception cref="DataException">The photo's name leads out of the photo folder, or its split differs from that
    /// of its other captions.</exception>
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
            _text.AddRange(_words.AddAll(words));
        }
    }

    /// <summary>
    /// The vocabulary of photos' captions: the four markers, then the words that occur often enough, most frequent
    /// first, equally frequent ones in ordinal order.
    /// </summary>
    public Vocabulary VocabularyOf(IEnumerable<ImportedPhoto> photos, int minCount, int? maxWords)
    {
        var counts = new int[_words.Words.Count];
        foreach (Range caption in photos.SelectMany(photo => photo.Captions))
        {
            foreach (int id in Text(caption))
            {
                counts[id]++;
            }
        }

        return Vocabulary.OfCounts(_words.Words.Zip(counts, KeyValuePair.Create), minCount, maxWords);
    }

    /// <summary>Maps the collection's word ids to ids in a vocabulary; markers in captions are unknown words.</summary>
    public int[] IdsIn(Vocabulary vocabulary) =>
        [.. _words.Words.Select(word => Vocabulary.IsMarker(word) ? vocabulary.UnknownId : vocabulary.IdOf(word))];

    /// <summary>The word ids of a caption.</summary>
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

        ValidatePath(caption.Photo);
        ValidatePath(caption.Subfolder ?? "");
        photo = new ImportedPhoto(caption.Photo, caption.Subfolder) { Split = caption.Split };
        _photos.Add(caption.Photo, photo);
        return photo;
    }

    // Caption files are untrusted: names must stay within the photo folder and on one line of a list.
    private void ValidatePath(string name)
    {
        if (Path.IsPathRooted(name) || name.Split('/', '\\').Contains("..") || name.Any(char.IsControl))
        {
            string shown = string.Concat(name.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));
            throw new DataException(
                $"{path}: \"{shown}\" is not a valid photo name; expected a path within the photo folder.");
        }
    }
}

/// <summary>A photo to import.</summary>
/// <param name="name">Its name in the caption file.</param>
/// <param name="subfolder">Its subfolder of the photo folder; null if the caption file names none.</param>
internal sealed class ImportedPhoto(string name, string? subfolder)
{
    /// <summary>Its name in the caption file.</summary>
    public string Name => name;

    /// <summary>Its split; null if unassigned.</summary>
    public string? Split { get; set; }

    /// <summary>The ranges of its captions in the collection's text.</summary>
    public List<Range> Captions { get; } = [];

    /// <summary>The number of its captions with too many words.</summary>
    public int TooLong { get; set; }

    /// <summary>The number of its captions without words.</summary>
    public int Empty { get; set; }

    /// <summary>Its path relative to the photo folder, with slashes; null if there is no such file.</summary>
    public string? FindIn(string folder)
    {
        string[] paths = subfolder is null ? [name] : [name, $"{subfolder}/{name}"];
        return paths.FirstOrDefault(path => File.Exists(Path.Combine(folder, path)))?.Replace('\\', '/');
    }
}
