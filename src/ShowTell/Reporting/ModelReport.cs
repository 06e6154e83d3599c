using ShowTell.Diagnostics;
using ShowTell.Evaluation;
using ShowTell.Metrics;

namespace ShowTell.Reporting;

/// <summary>A group of photos of a <see cref="ModelReport"/>.</summary>
/// <param name="Title">The heading.</param>
/// <param name="Photos">The photos.</param>
public sealed record ReportGroup(string Title, IReadOnlyList<ReportPhoto> Photos);

/// <summary>
/// A page about a trained model: its scores, training curves, captioned photos, word statistics and architecture. A
/// self-contained HTML file.
/// </summary>
public sealed record ModelReport
{
    /// <summary>The model's name.</summary>
    public required string Title { get; init; }

    /// <summary>The model and the measurement, in a sentence or two.</summary>
    public required string Summary { get; init; }

    /// <summary>The model's architecture and sizes.</summary>
    public IReadOnlyList<(string Name, string Value)> ModelFacts { get; init; } = [];

    /// <summary>The training's dataset and options.</summary>
    public IReadOnlyList<(string Name, string Value)> TrainingFacts { get; init; } = [];

    /// <summary>The command-line options of the training; null if unknown.</summary>
    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>The training curves; null if unknown.</summary>
    public TrainingCurves? Curves { get; init; }

    /// <summary>What the losses say of the training, see <see cref="TrainingCourse"/>; null if unknown.</summary>
    public Finding? Course { get; init; }

    /// <summary>The scores of its captions.</summary>
    public required CaptionScores Scores { get; init; }

    /// <summary>How far the confidence of its captions can be trusted; null if it has none.</summary>
    public EvaluatedConfidence? Confidence { get; init; }

    /// <summary>The fraction of true captions, in [0, 1]; null if unknown.</summary>
    public double? TrueShare { get; init; }

    /// <summary>Statistics of words and lengths.</summary>
    public required CaptionStatistics Statistics { get; init; }

    /// <summary>Photos with their captions.</summary>
    public IReadOnlyList<ReportGroup> Groups { get; init; } = [];

    /// <summary>Why photos have no heat maps, in a sentence; null if they have.</summary>
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
