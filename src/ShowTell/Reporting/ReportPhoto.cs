namespace ShowTell.Reporting;

/// <summary>A photo of a <see cref="ModelReport"/> with the model's caption.</summary>
/// <param name="Picture">The picture.</param>
/// <param name="Label">The picture's name.</param>
/// <param name="Caption">The model's caption.</param>
/// <param name="Probability">The model's probability of the caption.</param>
/// <param name="CiderD">The caption's CIDEr-D.</param>
public sealed record ReportPhoto(Picture Picture, string Label, string Caption, double Probability, double CiderD)
{
    /// <summary>Whether the caption is true of the picture; null if unknown.</summary>
    public bool? IsTrue { get; init; }

    /// <summary>The picture's URL; a link if it is http or https.</summary>
    public string? Link { get; init; }

    /// <summary>The references.</summary>
    public IReadOnlyList<string> References { get; init; } = [];

    /// <summary>Other captions found by the beam search, best first, with their probabilities.</summary>
    public IReadOnlyList<(string Caption, double Probability)> Alternatives { get; init; } = [];

    /// <summary>The backbone's input, a square; null for the center of the picture.</summary>
    public Picture? Input { get; init; }

    /// <summary>Attention and occlusion maps of the words.</summary>
    public IReadOnlyList<WordMaps> Maps { get; init; } = [];
}

/// <summary>Heat maps of the words of a caption.</summary>
/// <param name="Kind">What they show.</param>
/// <param name="Words">The map of each word, or of the whole caption, with a number as text.</param>
public sealed record WordMaps(WordMapKind Kind, IReadOnlyList<(string Word, HeatMap Map, string Note)> Words);

/// <summary>What heat maps of words show.</summary>
public enum WordMapKind
{
    /// <summary>The attention weights with which the word was decoded.</summary>
    Attention,

    /// <summary>How much less probable the word becomes if a part of the picture is covered.</summary>
    Occlusion,
}
