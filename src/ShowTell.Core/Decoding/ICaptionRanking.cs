namespace ShowTell.Decoding;

/// <summary>Ranks the captions that a beam search found for an image. Thread-safe.</summary>
public interface ICaptionRanking
{
    /// <summary>A name for signatures, in a word.</summary>
    string Name { get; }

    /// <summary>Scores captions of an image; the highest is the best.</summary>
    /// <param name="features">The features of the image, as the first model takes them.</param>
    /// <param name="captions">The captions that the search found, the most probable first.</param>
    IReadOnlyList<double> Score(ReadOnlySpan<float> features, IReadOnlyList<DecodedCaption> captions);
}
