namespace ShowTell.Data.Import;

/// <summary>What people call the two fields of a caption, in a CSV header or a JSON line.</summary>
internal static class CaptionFieldNames
{
    /// <summary>Names of the photo's file.</summary>
    public static IReadOnlyList<string> File { get; } =
        ["file", "file_name", "filename", "image", "image_name", "photo"];

    /// <summary>Names of the caption.</summary>
    public static IReadOnlyList<string> Caption { get; } = ["caption", "text", "sentence", "comment"];

    /// <summary>Whether a name means the photo's file.</summary>
    public static bool IsFile(string name) => File.Contains(name);

    /// <summary>Whether a name means the caption.</summary>
    public static bool IsCaption(string name) => Caption.Contains(name);
}
