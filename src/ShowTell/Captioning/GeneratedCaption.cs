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
