using ShowTell.Vision;

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
    /// The most words of a caption (characters, for a model of characters), the end of the caption counting as one; by
    /// default as many as the captions have that the model was trained on.
    /// </summary>
    public int? MaxWords { get; init; }
}
