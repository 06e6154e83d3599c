namespace ShowTell.Data.Features;

/// <summary>Photos whose features go into one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="First">The first of them among all photos.</param>
/// <param name="Count">How many there are.</param>
/// <param name="KeepsUnreadable">Whether photos that cannot be read have a row, of zeros.</param>
internal sealed record FeaturePart(string Path, int First, int Count, bool KeepsUnreadable)
{
    /// <summary>Photos that have a row.</summary>
    public int[] Rows(Func<int, bool> isRead) =>
        [.. Enumerable.Range(First, Count).Where(photo => KeepsUnreadable || isRead(photo))];

    /// <summary>Photos without features in the file that stands.</summary>
    /// <param name="names">Names of all photos.</param>
    public IEnumerable<int> Unread(string[] names)
    {
        if (KeepsUnreadable)
        {
            return FeatureFile.ReadMissing(Path).Select(row => First + row);
        }

        HashSet<string> read = [.. FeatureFile.ReadNames(Path)];
        return Enumerable.Range(First, Count).Where(photo => !read.Contains(names[photo]));
    }
}
