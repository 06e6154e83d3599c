namespace ShowTell.Datasets.Import;

/// <summary>How a source of captions is read, where its content does not say it.</summary>
public sealed record CaptionFileOptions
{
    /// <summary>The encoding of text; null, the default, for UTF-8, or UTF-16 with a byte order mark.</summary>
    public Encoding? Encoding { get; init; }

    /// <summary>The name of the column or field that names the photo, or a column's number, from 1; null, the default,
    /// for a usual name.</summary>
    public string? PhotoColumn { get; init; }

    /// <summary>The names of the columns or fields of captions; empty, the default, for usual names.</summary>
    public IReadOnlyList<string> CaptionColumns { get; init; } = [];
}
