using System.Runtime.InteropServices;

namespace ShowTell.Data.Import;

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
            int start = _text.Count;
            foreach (string word in words)
            {
                _text.Add(NumberOf(word));
            }

            photo.Captions.Add(start.._text.Count);
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

        IEnumerable<string> words = Enumerable.Range(0, counts.Length)
            .Where(number => counts[number] >= minimumCount && !IsMarker(_words[number]))
            .OrderByDescending(number => counts[number])
            .ThenBy(number => _words[number], StringComparer.Ordinal)
            .Take(mostWords ?? int.MaxValue)
            .Select(number => _words[number]);
        return new Vocabulary([Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, .. words]);
    }

    /// <summary>The id of each of the collection's words; a marker in a caption is an unknown word.</summary>
    public int[] IdsIn(Vocabulary vocabulary) =>
        [.. _words.Select(word => IsMarker(word) ? vocabulary.UnknownId : vocabulary.IdOf(word))];

    /// <summary>The numbers of a caption's words.</summary>
    public ReadOnlySpan<int> Text(Range caption) => CollectionsMarshal.AsSpan(_text)[caption];

    private static bool IsMarker(string word) =>
        word is Vocabulary.Null or Vocabulary.Start or Vocabulary.End or Vocabulary.Unknown;

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
