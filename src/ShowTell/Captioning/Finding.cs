namespace ShowTell.Captioning;

/// <summary>How bad a finding is.</summary>
public enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Not wrong, but captions may be the worse for it.</summary>
    Warning,

    /// <summary>Wrong: captions mean nothing, or the model cannot be used so.</summary>
    Problem,

    /// <summary>Not checked, for the reason that the text gives.</summary>
    Skipped,
}

/// <summary>What one check of <see cref="ModelDoctor"/> found.</summary>
/// <param name="Name">What was checked, in a word or two: the same in every version.</param>
/// <param name="Level">How bad it is.</param>
/// <param name="Text">What was found, in a sentence or two.</param>
/// <param name="Advice">What to do about it; null where there is nothing to do.</param>
public sealed record Finding(string Name, FindingLevel Level, string Text, string? Advice = null)
{
    /// <summary>The numbers behind the text, by name; empty where there are none.</summary>
    public IReadOnlyDictionary<string, double> Values { get; init; } = new Dictionary<string, double>();

    internal static Finding Skipped(string name, string reason, string? advice = null) =>
        new(name, FindingLevel.Skipped, reason, advice);
}
