namespace ShowTell.Captioning;

/// <summary>One of many photos: its caption, or why it has none.</summary>
public sealed record CaptionedPhoto
{
    internal CaptionedPhoto(string name, GeneratedCaption? caption, PhotoException? error) =>
        (Name, Caption, Error) = (name, caption, error);

    /// <summary>The photo, as the caller named it.</summary>
    public string Name { get; }

    /// <summary>The caption; null where the photo could not be read.</summary>
    public GeneratedCaption? Caption { get; }

    /// <summary>What is wrong with the photo; null where it has a caption.</summary>
    public PhotoException? Error { get; }
}
