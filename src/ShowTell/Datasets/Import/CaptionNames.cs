namespace ShowTell.Datasets.Import;

/// <summary>
/// The names under which photos, captions and splits are found in headers of CSV and Parquet and in JSON objects.
/// Letter case, spaces, underscores and trailing numbers do not matter: <c>Caption 1</c> is <c>caption</c>.
/// </summary>
internal static class CaptionNames
{
    private static readonly string[] s_photos =
    [
        "filename", "filepath", "file", "image", "imagename", "imagepath", "imagefile", "imagefilename", "photo",
        "photoname", "photopath", "path", "img", "imgname", "imgpath", "picture", "imageid", "imgid", "imageurl", "url",
        "cocourl", "flickrurl", "name", "key", "id",
    ];

    private static readonly string[] s_captions =
    [
        "caption", "captions", "sentence", "sentences", "text", "texts", "description", "descriptions", "comment",
        "comments", "prompt", "raw", "rawcaption", "sentencesraw", "captionstr", "captiontext", "imagecaption",
        "alttext", "alt", "txt", "title",
    ];

    /// <summary>The indices of all columns or fields that may name the photo, the usual names first.</summary>
    public static int[] PhotosIn(IReadOnlyList<string> names) =>
    [
        .. s_photos.SelectMany(photo =>
            Enumerable.Range(0, names.Count).Where(i => Simple(names[i]) == photo)),
    ];

    /// <summary>The index of the column or field that names the photo; null if there is none.</summary>
    /// <param name="names">All names.</param>
    /// <param name="given">The user's choice; null for a usual name.</param>
    public static int? PhotoIn(IReadOnlyList<string> names, string? given)
    {
        int index = given is null ? FirstOf(names, s_photos) : Find(names, given);
        return index >= 0 ? index : null;
    }

    /// <summary>The indices of the columns or fields of captions: all that are numbered like the first one.</summary>
    /// <param name="names">All names.</param>
    /// <param name="given">The user's choice; empty for usual names.</param>
    public static int[] CaptionsIn(IReadOnlyList<string> names, IReadOnlyList<string> given)
    {
        if (given.Count > 0)
        {
            int[] chosen = [.. given.Select(name => Find(names, name))];
            return chosen.Contains(-1) ? [] : chosen;
        }

        int first = FirstOf(names, s_captions);
        return first < 0
            ? []
            : [.. Enumerable.Range(0, names.Count).Where(i => Simple(names[i]) == Simple(names[first]))];
    }

    /// <summary>The index of the split; null if there is none.</summary>
    public static int? SplitIn(IReadOnlyList<string> names)
    {
        int index = FirstOf(names, ["split", "subset", "partition"]);
        return index >= 0 ? index : null;
    }

    /// <summary>Whether a name is one of photos or captions.</summary>
    public static bool IsKnown(string name) => s_photos.Contains(Simple(name)) || s_captions.Contains(Simple(name));

    /// <summary>The split that the name of a folder or file begins with, such as <c>train2014</c> or
    /// <c>test-00000-of-00002</c>; null for another name.</summary>
    public static string? SplitOfFolder(string name) =>
        SplitOf(string.Concat(name.TakeWhile(char.IsAsciiLetter)));

    /// <summary>The split that a name means: <c>train</c>, <c>val</c> or <c>test</c>; null for another name.</summary>
    public static string? SplitOf(string name) => name.Trim().ToLowerInvariant() switch
    {
        "train" or "training" or "restval" => "train",
        "val" or "valid" or "validation" or "dev" => "val",
        "test" or "testing" => "test",
        _ => null,
    };

    private static int FirstOf(IReadOnlyList<string> names, string[] wanted) =>
        wanted.Select(one => IndexOf(names, name => Simple(name) == one)).FirstOrDefault(index => index >= 0, -1);

    // A column by its name, or by its number from 1.
    private static int Find(IReadOnlyList<string> names, string given)
    {
        int index = IndexOf(names, name => name == given);
        string simple = Simple(given);
        index = index >= 0 || simple.Length == 0 ? index : IndexOf(names, name => Simple(name) == simple);
        return index >= 0 ? index
            : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && number >= 1 && number <= names.Count ? number - 1
            : -1;
    }

    private static int IndexOf(IReadOnlyList<string> names, Predicate<string> isMatch) =>
        names.Index().Where(name => isMatch(name.Item)).Select(name => name.Index).FirstOrDefault(-1);

    private static string Simple(string name) =>
        string.Concat(name.ToLowerInvariant().Where(char.IsLetterOrDigit)).TrimEnd("0123456789".ToCharArray());
}
