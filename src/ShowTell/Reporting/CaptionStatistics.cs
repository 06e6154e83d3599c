using ShowTell.Metrics;

namespace ShowTell.Reporting;

/// <summary>How often a word occurs, as fractions in [0, 1].</summary>
/// <param name="Word">The word.</param>
/// <param name="OfModel">The fraction of the model's captions that contain it.</param>
/// <param name="OfReferences">The fraction of the references that contain it.</param>
public sealed record WordShare(string Word, double OfModel, double OfReferences);

/// <summary>Compares a model's captions with their references as a whole: their lengths and their words.</summary>
public sealed class CaptionStatistics
{
    private const int MaxLength = 30;
    private const int MaxWords = 15;

    private static readonly (int Min, string Name)[] s_frequencies =
        [(1, "1"), (2, "2-4"), (5, "5-9"), (10, "10-19"), (20, "20-49"), (50, "50-99"), (100, "100+")];

    private readonly string[][] _captions;
    private readonly string[][] _references;
    private readonly string[][] _firstReferences;

    /// <summary>Computes the statistics.</summary>
    /// <param name="captions">The model's caption of each image.</param>
    /// <param name="references">The references of each image.</param>
    public CaptionStatistics(IReadOnlyList<string> captions, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentNullException.ThrowIfNull(references);
        _captions = [.. captions.Select(CaptionTokenizer.Tokenize)];
        string[][][] words = [.. references.Select(one => (string[][])[.. one.Select(CaptionTokenizer.Tokenize)])];
        _references = [.. words.SelectMany(one => one)];
        _firstReferences = [.. words.Where(one => one.Length > 0).Select(one => one[0])];
        Dictionary<string, double> ofModel = Shares(_captions), ofReferences = Shares(_references);
        WordShare Share(string word) =>
            new(word, ofModel.GetValueOrDefault(word), ofReferences.GetValueOrDefault(word));
        FrequentWords = [.. Ranked(ofModel).Take(MaxWords).Select(Share)];
        MissingWords =
            [.. Ranked(ofReferences).Where(word => !ofModel.ContainsKey(word)).Take(MaxWords).Select(Share)];
    }

    /// <summary>The model's most frequent words, most frequent first, without function words.</summary>
    public IReadOnlyList<WordShare> FrequentWords { get; }

    /// <summary>The references' most frequent words that the model never generates, without function words.</summary>
    public IReadOnlyList<WordShare> MissingWords { get; }

    /// <summary>The lengths of captions and references.</summary>
    public Histogram Lengths()
    {
        (string[] bins, (string, IReadOnlyList<double>)[] series) = Histogram.Count(
            [
                ("model", [.. _captions.Select(words => words.Length)]),
                ("references", [.. _references.Select(words => words.Length)]),
            ],
            MaxLength);
        return new Histogram
        {
            Title = "Caption length", XLabel = "words", YLabel = "% of captions", Bins = bins, Series = series,
        };
    }

    /// <summary>
    /// The number of words by their frequency, of the captions and of one reference per image, so that both have
    /// equally many captions.
    /// </summary>
    public Histogram Frequencies() => new()
    {
        Title = "Word frequencies",
        XLabel = "occurrences of a word",
        YLabel = "distinct words",
        Bins = [.. s_frequencies.Select(bin => bin.Name)],
        Series = [("model", Frequencies(_captions)), ("one reference per image", Frequencies(_firstReferences))],
    };

    /// <summary>The distribution of images' scores.</summary>
    /// <param name="name">The name of the score.</param>
    /// <param name="scores">The scores, at least 0.</param>
    public static Histogram Scores(string name, IReadOnlyList<double> scores)
    {
        const int bins = 20;
        double max = Math.Max(scores.DefaultIfEmpty().Max(), 1e-9);
        double power = Math.Pow(10, Math.Floor(Math.Log10(max / bins)));
        double width = power * (max / bins / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var counts = new double[1 + (int)(max / width)];
        foreach (double score in scores)
        {
            counts[(int)(score / width)]++;
        }

        return new Histogram
        {
            Title = $"{name} of images",
            XLabel = name,
            YLabel = "images",
            Bins = [.. counts.Select((_, bin) => (bin * width).ToString("0.##", CultureInfo.InvariantCulture))],
            LabelsAtEdges = true,
            Series = [("images", counts)],
        };
    }

    private static double[] Frequencies(string[][] captions)
    {
        var counts = new double[s_frequencies.Length];
        foreach (int uses in captions.SelectMany(words => words).CountBy(word => word).Select(pair => pair.Value))
        {
            counts[Array.FindLastIndex(s_frequencies, bin => bin.Min <= uses)]++;
        }

        return counts;
    }

    private static Dictionary<string, double> Shares(string[][] captions) => captions
        .SelectMany(words => words.Distinct(StringComparer.Ordinal))
        .CountBy(word => word, StringComparer.Ordinal)
        .ToDictionary(pair => pair.Key, pair => (double)pair.Value / captions.Length, StringComparer.Ordinal);

    private static IEnumerable<string> Ranked(Dictionary<string, double> shares) => shares
        .Where(pair => !FunctionWords.Contains(pair.Key))
        .OrderByDescending(pair => pair.Value)
        .ThenBy(pair => pair.Key, StringComparer.Ordinal)
        .Select(pair => pair.Key);
}
