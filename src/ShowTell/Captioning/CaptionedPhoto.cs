namespace ShowTell.Captioning;

/// <summary>One of many photos: its caption, or why it has none.</summary>
public sealed record CaptionedPhoto
{
    internal CaptionedPhoto(string name, IReadOnlyList<GeneratedCaption> captions, PhotoException? error) =>
        (Name, Captions, Error) = (name, captions, error);

    /// <summary>The photo, as the caller named it.</summary>
    public string Name { get; }

    /// <summary>The best caption; null where the photo could not be read.</summary>
    public GeneratedCaption? Caption => Captions is [GeneratedCaption best, ..] ? best : null;

    /// <summary>
    /// As many captions as <see cref="Decoding.DecodingOptions.Captions"/> asked for, the best first; none where the
    /// photo could not be read.
    /// </summary>
    public IReadOnlyList<GeneratedCaption> Captions { get; }

    /// <summary>What is wrong with the photo; null where it has a caption.</summary>
    public PhotoException? Error { get; }
}
