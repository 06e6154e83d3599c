namespace ShowTell.Decoding;

/// <summary>A caption as a decoder found it.</summary>
/// <param name="Ids">
/// Ids of its words, without the start token; the last one is the end token, unless the caption was cut off.
/// </param>
/// <param name="LogProbability">
/// Natural logarithm of the probability that the model gives these ids, one after the other: at most 0.
/// </param>
public sealed record DecodedCaption(IReadOnlyList<int> Ids, double LogProbability);
