namespace ShowTell.Reporting;

/// <summary>A photo of a <see cref="ModelReport"/> with what the model says of it.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Label">What it is called.</param>
/// <param name="Caption">The model's caption.</param>
/// <param name="Probability">The probability that the model gives the caption, among all captions.</param>
/// <param name="Cider">The caption's CIDEr-D.</param>
public sealed record ReportPhoto(Picture Picture, string Label, string Caption, double Probability, double Cider)
{
    /// <summary>Whether the caption is true of the picture; null where nobody can tell.</summary>
    public bool? IsTrue { get; init; }

    /// <summary>Where the picture comes from. Only http and https addresses become links.</summary>
    public string? Link { get; init; }

    /// <summary>The true captions.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Other captions that were found, the best first, each with its probability.</summary>
    public IReadOnlyList<(string Caption, double Probability)> Alternatives { get; init; } = [];

    /// <summary>What the model saw of the picture, a square; null for the middle of the picture.</summary>
    public Picture? View { get; init; }

    /// <summary>Where it looked, or what its words rest on; none or more.</summary>
    public IReadOnlyList<WordMaps> Maps { get; init; } = [];
}

/// <summary>Heat maps of the words of a caption.</summary>
/// <param name="Kind">What they show.</param>
/// <param name="Words">For each word, or the caption as a whole, its map and a number that goes with it.</param>
public sealed record WordMaps(WordMapKind Kind, IReadOnlyList<(string Word, HeatMap Map, string Note)> Words);

/// <summary>What heat maps of words show.</summary>
public enum WordMapKind
{
    /// <summary>Where the model looked before it said the word.</summary>
    Attention,

    /// <summary>How much less probable the word becomes with a part of the picture covered.</summary>
    Occlusion,
}
