namespace ShowTell.Diagnostics;

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

    /// <summary>What a check found; the one who calls it knows its name.</summary>
    /// <param name="level">How bad it is.</param>
    /// <param name="text">What was found.</param>
    /// <param name="advice">What to do about it, unless all is good.</param>
    /// <param name="values">The numbers behind the text.</param>
    internal static Finding Of(
        FindingLevel level, string text, string? advice = null, params (string Name, double Value)[] values) =>
        new("", level, text, level == FindingLevel.Good ? null : advice) { Values = values.ToDictionary() };

    internal static Finding Skipped(string reason, string? advice = null) => Of(FindingLevel.Skipped, reason, advice);
}
