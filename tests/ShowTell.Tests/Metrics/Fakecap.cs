using System.IO.Compression;
using System.Text.Json;
using ShowTell.Evaluation;
using ShowTell.Metrics;

namespace ShowTell.Tests.Metrics;

/// <summary>COCO's val2014 captions, and the 1,000 candidates that coco-caption comes with.</summary>
internal static class Fakecap
{
    private static CaptionSet? s_references;

    public static string CandidatesPath => TestData.Shared("data", "coco", "captions_val2014_fakecap_results.json");

    public static CaptionSet Candidates => ScoringFiles.ReadCaptions(CandidatesPath);

    // Not in a static initializer: a test that is skipped there fails all others of the type.
    public static CaptionSet References => s_references ??= new("val2014", AllReferences());

    /// <summary>Candidate and references of each image as coco-caption's tokenizer splits them.</summary>
    public static IEnumerable<(string Image, string Candidate, string[] References)> Tokenized()
    {
        string path = TestData.Shared("data", "coco", "fakecap_ptb_tokenized_test_and_refs_1000.json");
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (JsonElement item in document.RootElement.EnumerateArray())
        {
            yield return (
                item.GetProperty("image_id").GetRawText(),
                item.GetProperty("test").GetString()!,
                [.. item.GetProperty("refs").EnumerateArray().Select(text => text.GetString()!)]);
        }
    }

    private static IEnumerable<(string Image, string Caption)> AllReferences()
    {
        using FileStream file = File.OpenRead(TestData.Shared("data", "coco", "captions_val2014_full.tsv.gz"));
        using var unzipped = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        while (unzipped.ReadLine() is string line)
        {
            int tab = line.IndexOf('\t', StringComparison.Ordinal);
            yield return (line[..tab], line[(tab + 1)..]);
        }
    }
}
