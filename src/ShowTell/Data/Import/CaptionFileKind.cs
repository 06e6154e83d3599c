namespace ShowTell.Data.Import;

/// <summary>The kinds of caption file that people have.</summary>
public enum CaptionFileKind
{
    /// <summary>COCO's official JSON: <c>images</c> (<c>id</c>, <c>file_name</c>) and <c>annotations</c>
    /// (<c>image_id</c>, <c>caption</c>).</summary>
    CocoJson,

    /// <summary>JSON with Karpathy's splits: <c>images</c> (<c>filename</c>, <c>split</c>, <c>sentences</c>).</summary>
    KarpathyJson,

    /// <summary>Flickr8k's and Flickr30k's lines: <c>name.jpg#0</c>, a tab, a caption.</summary>
    TokenFile,

    /// <summary>Comma-separated values: file, caption.</summary>
    Csv,

    /// <summary>An object a line: <c>file</c>, <c>caption</c>.</summary>
    JsonLines,
}
