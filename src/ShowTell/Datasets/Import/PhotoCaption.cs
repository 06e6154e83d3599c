namespace ShowTell.Datasets.Import;

/// <summary>A caption of a photo.</summary>
/// <param name="Photo">The photo's name, as the source writes it.</param>
/// <param name="Text">The caption.</param>
/// <param name="Split"><c>train</c>, <c>val</c> or <c>test</c>; null if the source has no splits.</param>
public readonly record struct PhotoCaption(string Photo, string Text, string? Split = null);
