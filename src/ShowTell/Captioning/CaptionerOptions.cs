using ShowTell.Decoding;
using ShowTell.Photos;

namespace ShowTell.Captioning;

/// <summary>Options of a <see cref="Captioner"/>.</summary>
public sealed record CaptionerOptions
{
    /// <summary>
    /// The ONNX file of the backbone that the model was trained with; null, the default, for the one in the model file,
    /// or else the file of its name next to the model.
    /// </summary>
    public string? Backbone { get; init; }

    /// <summary>Limits on photos; null for the defaults of <see cref="PhotoLimits"/>.</summary>
    public PhotoLimits? Limits { get; init; }

    /// <summary>
    /// Threads that the backbone uses for one photo; 1 by default, since several photos or callers run in parallel; 0
    /// for one per processor.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// How captions are decoded; greedily by default. If no maximum length is set, it is the length of the captions
    /// that the model was trained on.
    /// </summary>
    public DecodingOptions Decoding { get; init; } = new();

    /// <summary>Words that every caption must contain; none by default.</summary>
    public IReadOnlyList<string> With { get; init; } = [];

    /// <summary>Words that no caption may contain; none by default.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>
    /// Whether captions may contain <c>&lt;UNK&gt;</c>, the token for words that are not in the vocabulary; false by
    /// default.
    /// </summary>
    public bool AllowUnknown { get; init; }

    /// <summary>
    /// Whether a beam's captions are ranked by their confidence, if the model has one, instead of their probability;
    /// true by default.
    /// </summary>
    public bool RankByConfidence { get; init; } = true;

    /// <summary>
    /// Files of further models that decode each caption together with the first one. They must have the same vocabulary
    /// and take the same features. None by default.
    /// </summary>
    public IReadOnlyList<string> Ensemble { get; init; } = [];
}
