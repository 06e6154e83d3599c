namespace ShowTell.Captioning;

/// <summary>What a model says of a photo.</summary>
/// <param name="Text">The caption.</param>
/// <param name="LogProbability">
/// Natural logarithm of the probability that the model gives it: that of each word after those before it, and of its
/// end.
/// </param>
public sealed record GeneratedCaption(string Text, double LogProbability)
{
    /// <summary>The caption.</summary>
    public override string ToString() => Text;
}

/// <summary>One of many photos: its caption, or why it has none.</summary>
/// <param name="Name">The photo, as the caller named it.</param>
/// <param name="Captions">
/// As many captions as <see cref="Decoding.DecodingOptions.Captions"/> asked for, the best first; none where the photo
/// could not be read.
/// </param>
/// <param name="Error">What is wrong with the photo; null where it has a caption.</param>
public sealed record CaptionedPhoto(string Name, IReadOnlyList<GeneratedCaption> Captions, PhotoException? Error)
{
    /// <summary>The best caption; null where the photo could not be read.</summary>
    public GeneratedCaption? Caption => Captions is [GeneratedCaption best, ..] ? best : null;
}
