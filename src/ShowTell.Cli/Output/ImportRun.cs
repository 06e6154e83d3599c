using ShowTell.Datasets;
using ShowTell.Datasets.Import;

namespace ShowTell.Cli.Output;

/// <summary>An import with its progress bar and its summary.</summary>
internal static class ImportRun
{
    /// <summary>Imports with a progress bar on a terminal.</summary>
    public static ImportSummary Import(
        ImportOptions options,
        string folder,
        bool isReplacing,
        TextWriter output,
        bool isSilent,
        CancellationToken cancellation)
    {
        if (!isReplacing && DatasetManifest.IsIn(folder))
        {
            string difference = DifferenceOf(options, folder) ?? "the same options";
            throw new DataException(
                $"{folder}: already contains a dataset, imported with {difference}. "
                + "Choose another folder, or replace it with --replace.");
        }

        return Terminal.Watch(
            output,
            "reading captions",
            isSilent,
            progress => DatasetImport.Run(options, folder, isReplacing, progress, cancellation));
    }

    /// <summary>What a dataset was imported with, where it differs; null if nothing does.</summary>
    public static string? DifferenceOf(ImportOptions options, string folder) =>
        DatasetManifest.Load(folder).Settings.DifferenceOf(ImportSettings.Of(options)) is var (option, other, own)
            ? $"{LibraryNames.OptionOf(option)} {Text(own)} instead of {Text(other)}"
            : DatasetImport.IsOfSameSource(options, folder) ? null
            : "other captions or lists";

    private static string Text(object? value) =>
        Convert.ToString(value, CultureInfo.InvariantCulture)?.ToLowerInvariant() is { Length: > 0 } text
            ? text
            : "the default";

    /// <summary>Prints what was used, and what was left out and why.</summary>
    public static void Print(TextWriter output, ImportSummary summary)
    {
        PrintSplits(output, summary.Splits);
        string often = summary.MinimumCount == 1 ? "once" : $"{summary.MinimumCount:N0} times";
        output.WriteLine(
            $"vocabulary: {summary.Words:N0} tokens, markers included: those that occur at least {often} "
            + "(--min-count)");
        if (summary.Splits.Sum(split => split.TooLong) is int tooLong and > 0)
        {
            output.WriteLine($"captions with too many words, left out: {tooLong:N0} (--max-words)");
        }

        PrintCount(output, "photos in no split, left out", summary.Unassigned, []);
        PrintCount(
            output, "photos missing from the folder, left out", summary.MissingPhotos.Count,
            summary.MissingPhotos.First);
        PrintCount(
            output, "listed photos without captions", summary.WithoutCaptions.Count, summary.WithoutCaptions.First);
        foreach (LeftOutCount leftOut in summary.LeftOut)
        {
            PrintCount(output, leftOut.Reason, leftOut.Count, leftOut.First);
        }

        foreach (string warning in summary.Warnings)
        {
            output.WriteLine($"warning: {warning}");
        }
    }

    /// <summary>Prints the counts of splits.</summary>
    public static void PrintSplits(TextWriter output, IReadOnlyList<ImportedSplit> splits) => Terminal.PrintTable(
        output,
        splits,
        split => split.Split,
        ("photos", split => $"{split.Photos:N0}"),
        ("captions", split => $"{split.Captions:N0}"),
        ("left out: too many words", split => $"{split.TooLong:N0}"),
        ("left out: no word", split => $"{split.Empty:N0}"),
        ("unknown words", split => $"{100 * split.UnknownShare:F1}%"));

    private static void PrintCount(TextWriter output, string what, int count, IReadOnlyList<string> first)
    {
        if (count > 0)
        {
            string more = count > first.Count ? ", ..." : "";
            string shown = first.Count == 0 ? "" : $" ({string.Join(", ", first)}{more})";
            output.WriteLine(Terminal.Plain($"{what}: {count:N0}{shown}"));
        }
    }
}
