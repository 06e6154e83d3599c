namespace ShowTell.Diagnostics;

/// <summary>The severity of a finding.</summary>
public enum FindingLevel
{
    /// <summary>No problem was found.</summary>
    Good,

    /// <summary>Captions may be worse than they could be.</summary>
    Warning,

    /// <summary>Captions are meaningless, or the model cannot be used in this way.</summary>
    Problem,

    /// <summary>The check was not possible, for the reason in the text.</summary>
    Skipped,
}

/// <summary>The result of one check of <see cref="ModelDiagnosis"/>.</summary>
/// <param name="Name">The check in a word or two; stable across versions.</param>
/// <param name="Level">The severity.</param>
/// <param name="Text">What was found, in a sentence or two.</param>
/// <param name="Advice">What to do about it; null if there is nothing to do.</param>
public sealed record Finding(string Name, FindingLevel Level, string Text, string? Advice = null)
{
    /// <summary>The measured values behind the text by name; may be empty.</summary>
    public IReadOnlyDictionary<string, double> Values { get; init; } = new Dictionary<string, double>();

    /// <summary>A finding whose name the caller of the check adds; without the advice if the level is good.</summary>
    internal static Finding Of(
        FindingLevel level, string text, string? advice = null, params (string Name, double Value)[] values) =>
        new("", level, text, level == FindingLevel.Good ? null : advice) { Values = values.ToDictionary() };

    internal static Finding Skipped(string reason, string? advice = null) => Of(FindingLevel.Skipped, reason, advice);
}
