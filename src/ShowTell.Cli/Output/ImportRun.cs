using ShowTell.Datasets.Import;

namespace ShowTell.Cli.Output;

/// <summary>An import with its progress bar and its summary.</summary>
internal static class ImportRun
{
    /// <summary>Imports with a progress bar on a terminal.</summary>
    public static ImportSummary Import(
        ImportOptions options, string folder, TextWriter output, bool isSilent, CancellationToken cancellation) =>
        Terminal.Watch(
            output,
            "reading captions",
            isSilent,
            progress => DatasetImport.Run(options, folder, progress, cancellation));

    public static void Print(TextWriter output, ImportSummary summary)
    {
        Terminal.PrintTable(
            output,
            summary.Splits,
            split => split.Split,
            ("photos", split => $"{split.Photos:N0}"),
            ("captions", split => $"{split.Captions:N0}"),
            ("left out: too many words", split => $"{split.TooLong:N0}"),
            ("left out: no word", split => $"{split.Empty:N0}"),
            ("unknown words", split => $"{100 * split.UnknownShare:F1}%"));
        output.WriteLine($"vocabulary: {summary.Words:N0} words");
        output.WriteLine($"photos in neither split, left out: {summary.Unassigned:N0}");
        PrintNames(output, "photos missing from the folder, left out", summary.MissingPhotos);
        PrintNames(output, "listed photos without captions", summary.WithoutCaptions);
    }

    private static void PrintNames(TextWriter output, string what, NamedCount names)
    {
        string more = names.Count > names.First.Count ? ", ..." : "";
        string shown = names.Count == 0 ? "" : $" ({string.Join(", ", names.First)}{more})";
        output.WriteLine(Terminal.Plain($"{what}: {names.Count:N0}{shown}"));
    }
}
