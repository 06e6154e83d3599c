namespace ShowTell.Datasets.Import;

/// <summary>A source of captions that is being read.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="Options">How it is read.</param>
/// <param name="LeftOut">Counts what is left out.</param>
internal sealed record CaptionSource(string Path, CaptionFileOptions Options, LeftOut LeftOut)
{
    /// <summary>Receives the photos that the source contains itself: a name and the bytes of the file. Returns false if
    /// another photo has that name. Null to pass over them.</summary>
    public Func<string, ReadOnlyMemory<byte>, bool>? SavePhoto { get; init; }

    /// <summary>Receives the entries that have an error instead of a caption: the photo, a colon, the error.</summary>
    public ICollection<string>? Errors { get; init; }

    /// <summary>Receives the fraction read, in [0, 1].</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>An error in the source.</summary>
    public DataException Error(string problem, Exception? cause = null) => new($"{Path}: {problem}", cause!);
}
