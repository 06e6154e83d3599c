namespace ShowTell.Captioning;

/// <summary>A caption that a model generated for a photo.</summary>
/// <param name="Text">The caption.</param>
/// <param name="LogProbability">Natural logarithm of the caption's probability: the product over its tokens, including
/// the end token.</param>
public sealed record GeneratedCaption(string Text, double LogProbability)
{
    /// <summary>
    /// The probability, in [0, 1], that the caption is good, see <see cref="Confidence.CaptionConfidence"/>; null if
    /// the model does not know.
    /// </summary>
    public double? Confidence { get; init; }

    /// <summary>
    /// Whether the image is a photo, rather than a blank image, a screenshot, scanned text, a chart, a drawing or
    /// noise; null if the model does not know.
    /// </summary>
    public bool? IsPhoto { get; init; }

    /// <summary>The caption.</summary>
    public override string ToString() => Text;
}

/// <summary>One of several photos with its captions, or the reason why it has none.</summary>
/// <param name="Name">The photo's name, as given by the caller.</param>
/// <param name="Captions">Up to <see cref="Decoding.DecodingOptions.Captions"/> captions, best first;
/// empty if the photo could not be read.</param>
/// <param name="Error">Why the photo could not be read; null if it has captions.</param>
public sealed record CaptionedPhoto(string Name, IReadOnlyList<GeneratedCaption> Captions, PhotoException? Error)
{
    /// <summary>The best caption; null if the photo could not be read.</summary>
    public GeneratedCaption? Caption => Captions is [GeneratedCaption best, ..] ? best : null;
}
