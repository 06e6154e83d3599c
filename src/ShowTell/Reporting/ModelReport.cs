using ShowTell.Metrics;

namespace ShowTell.Reporting;

/// <summary>Photos of a <see cref="ModelReport"/> that belong together.</summary>
/// <param name="Title">What they are.</param>
/// <param name="Photos">The photos.</param>
public sealed record ReportGroup(string Title, IReadOnlyList<ReportPhoto> Photos);

/// <summary>
/// All about a trained model on one page: what it is, how its training went, its scores, photos with what it says of
/// them, and its words. One HTML file that needs nothing else.
/// </summary>
public sealed record ModelReport
{
    /// <summary>What the model is called.</summary>
    public required string Title { get; init; }

    /// <summary>What it is and what was measured, in a sentence or two.</summary>
    public required string Summary { get; init; }

    /// <summary>What it is made of.</summary>
    public IReadOnlyList<(string Name, string Value)> ModelFacts { get; init; } = [];

    /// <summary>How it was trained.</summary>
    public IReadOnlyList<(string Name, string Value)> TrainingFacts { get; init; } = [];

    /// <summary>The options that it was trained with; null if they are not known.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>How its training went; null if that is not known.</summary>
    public TrainingCurves? Curves { get; init; }

    /// <summary>The scores of its captions.</summary>
    public required CaptionScores Scores { get; init; }

    /// <summary>Share of captions that are true, in [0, 1]; null where nobody can tell.</summary>
    public double? TrueShare { get; init; }

    /// <summary>Its words and lengths.</summary>
    public required CaptionStatistics Statistics { get; init; }

    /// <summary>Photos with their captions.</summary>
    public IReadOnlyList<ReportGroup> Groups { get; init; } = [];

    /// <summary>Why photos have no maps, in a sentence; null where they have some.</summary>
    public string? MapsMissing { get; init; }

    /// <summary>Writes the page as a file.</summary>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public void Save(string path) => Page.Save(path, WriteTo);

    /// <summary>Writes the page.</summary>
    public void WriteTo(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        new ModelReportPage(this, writer).Write();
    }
}
