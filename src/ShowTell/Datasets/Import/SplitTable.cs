using ShowTell.Data;

namespace ShowTell.Datasets.Import;

/// <summary>A split to be written.</summary>
/// <param name="Name">The split's name.</param>
/// <param name="Width">Tokens per caption, padding included.</param>
/// <param name="Captions">Token ids, captions x width.</param>
/// <param name="Images">The index of each caption's photo.</param>
/// <param name="Photos">The photos' paths.</param>
/// <param name="Summary">The counts for the user.</param>
internal sealed record SplitTable(
    string Name, int Width, int[] Captions, int[] Images, string[] Photos, ImportedSplit Summary)
{
    /// <summary>Encodes the captions of a split.</summary>
    /// <param name="name">The split's name.</param>
    /// <param name="files">The split's photos with their paths.</param>
    /// <param name="captions">The captions of all photos.</param>
    /// <param name="ids">The vocabulary's id of each word id of the collection.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <param name="options">The import options.</param>
    /// <exception cref="DataException">The split has no caption.</exception>
    public static SplitTable Create(
        string name,
        IEnumerable<KeyValuePair<ImportedPhoto, string>> files,
        CaptionCollection captions,
        int[] ids,
        Vocabulary vocabulary,
        ImportOptions options)
    {
        KeyValuePair<ImportedPhoto, string>[] photos = [.. files.OrderBy(file => file.Value, StringComparer.Ordinal)];
        int count = photos.Sum(photo => photo.Key.Captions.Count);
        if (count == 0)
        {
            throw new DataException(
                $"{options.Captions}: no caption is left for the {name} split, of which {photos.Length} photos are in "
                + $"{options.Photos}; both splits need at least one.");
        }

        int width = options.MaxWords + 2;
        var table = new int[count * width];
        Array.Fill(table, vocabulary.NullId);
        var images = new int[count];
        (int row, long words, long unknown) = (0, 0, 0);
        foreach ((int image, (ImportedPhoto photo, _)) in photos.Index())
        {
            foreach (Range caption in photo.Captions)
            {
                Span<int> line = table.AsSpan(row * width, width);
                ReadOnlySpan<int> text = captions.Text(caption);
                line[0] = vocabulary.StartId;
                for (int i = 0; i < text.Length; i++)
                {
                    line[i + 1] = ids[text[i]];
                }

                line[text.Length + 1] = vocabulary.EndId;
                words += text.Length;
                unknown += line.Count(vocabulary.UnknownId);
                images[row++] = image;
            }
        }

        var summary = new ImportedSplit(
            name,
            photos.Length,
            count,
            photos.Sum(photo => photo.Key.TooLong),
            photos.Sum(photo => photo.Key.Empty),
            unknown / (double)words);
        return new SplitTable(name, width, table, images, [.. photos.Select(photo => photo.Value)], summary);
    }
}
