using ShowTell.Decoding;
using ShowTell.Photos;

namespace ShowTell.Captioning;

/// <summary>How a <see cref="Captioner"/> works.</summary>
public sealed record CaptionerOptions
{
    /// <summary>
    /// The ONNX file of the network that turns photos into features, which must be the one that the model was trained
    /// with; null takes the one within the model file, else the file of its name beside the model.
    /// </summary>
    public string? Backbone { get; init; }

    /// <summary>How large photos may be; null for the defaults of <see cref="PhotoLimits"/>.</summary>
    public PhotoLimits? Limits { get; init; }

    /// <summary>
    /// Threads that share the network's work on one photo; 1 by default, since several photos or callers run beside
    /// each other; 0 takes one for each processor.
    /// </summary>
    public int Threads { get; init; } = 1;

    /// <summary>
    /// How captions are chosen; greedily by default. Where it sets no greatest length, that is the length of the
    /// captions that the model was trained on.
    /// </summary>
    public DecodingOptions Decoding { get; init; } = new();

    /// <summary>Words that every caption must have.</summary>
    public IReadOnlyList<string> With { get; init; } = [];

    /// <summary>Words that no caption may have.</summary>
    public IReadOnlyList<string> Without { get; init; } = [];

    /// <summary>
    /// Whether captions may have <c>&lt;UNK&gt;</c>, which stands for a word that the model does not know; false by
    /// default: then they have the words that are most probable without it.
    /// </summary>
    public bool AllowUnknown { get; init; }

    /// <summary>
    /// Files of more models that decode each caption together with the first one. They must have its words, and take
    /// the same features.
    /// </summary>
    public IReadOnlyList<string> Ensemble { get; init; } = [];
}
