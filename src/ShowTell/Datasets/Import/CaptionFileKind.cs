namespace ShowTell.Datasets.Import;

/// <summary>The kinds of sources of captions, recognized by their content.</summary>
public enum CaptionFileKind
{
    /// <summary>COCO's captions JSON: <c>images</c> (<c>id</c>, <c>file_name</c>) and <c>annotations</c>
    /// (<c>image_id</c>, <c>caption</c>).</summary>
    CocoJson,

    /// <summary>JSON with Karpathy's splits: <c>images</c> (<c>filename</c>, <c>filepath</c>, <c>split</c>,
    /// <c>sentences</c>).</summary>
    KarpathyJson,

    /// <summary>JSON of one list, or of lists, of objects with a photo and its captions, as BLIP and LAVIS have it.
    /// </summary>
    JsonList,

    /// <summary>A JSON object from photo names to captions.</summary>
    JsonMap,

    /// <summary>JSON values one after the other, each an object with a photo and its captions.</summary>
    JsonLines,

    /// <summary>The lines of Flickr8k and Flickr30k: <c>name.jpg#0</c>, a tab, a caption.</summary>
    TokenFile,

    /// <summary>Values separated by commas, semicolons, tabs or bars: a photo and its captions.</summary>
    Csv,

    /// <summary>A folder in which <c>photo.jpg</c> has <c>photo.txt</c>, <c>photo.caption</c> or <c>photo.json</c>.
    /// </summary>
    Sidecars,

    /// <summary>A folder with a <c>metadata.jsonl</c> or <c>metadata.csv</c>, as Hugging Face's image
    /// folders.</summary>
    ImageFolder,

    /// <summary>Shards of WebDataset: <c>.tar</c> with <c>key.jpg</c> and <c>key.txt</c> or <c>key.json</c>.</summary>
    WebDataset,

    /// <summary>Parquet with a column of photos and columns of captions, as Hugging Face stores datasets.</summary>
    Parquet,
}
