namespace ShowTell.Data.Import;

/// <summary>Files with the name of a photo a line, such as <c>Flickr_8k.trainImages.txt</c>.</summary>
internal static class PhotoList
{
    /// <exception cref="DataException">The file cannot be read, or names nothing.</exception>
    public static string[] Read(string path)
    {
        using FileStream stream = CaptionFile.Open(path);
        using var lines = new TextLines(path, stream);
        List<string> names = [];
        while (lines.NextFilled() is string line)
        {
            names.Add(line.TrimEnd());
        }

        return names.Count > 0
            ? [.. names]
            : throw new DataException($"{path}: names no photo; the file name of a photo was expected in each line.");
    }
}
