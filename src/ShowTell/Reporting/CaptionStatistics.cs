using ShowTell.Metrics;

namespace ShowTell.Reporting;

/// <summary>A word, and in which share of captions it stands, in [0, 1].</summary>
/// <param name="Word">The word.</param>
/// <param name="OfModel">Share of the model's captions.</param>
/// <param name="OfReferences">Share of the true captions.</param>
public sealed record WordShare(string Word, double OfModel, double OfReferences);

/// <summary>How a model's captions differ from people's as a whole: in their lengths and in their words.</summary>
public sealed class CaptionStatistics
{
    private const int LongestShown = 30;
    private const int MostWords = 15;

    private static readonly (int Least, string Name)[] s_uses =
        [(1, "1"), (2, "2-4"), (5, "5-9"), (10, "10-19"), (20, "20-49"), (50, "50-99"), (100, "100+")];

    private readonly string[][] _captions;
    private readonly string[][] _references;
    private readonly string[][] _oneEach;

    /// <summary>Measures captions.</summary>
    /// <param name="captions">The model's caption of each image.</param>
    /// <param name="references">The true captions of each image.</param>
    public CaptionStatistics(IReadOnlyList<string> captions, IReadOnlyList<IReadOnlyList<string>> references)
    {
        ArgumentNullException.ThrowIfNull(captions);
        ArgumentNullException.ThrowIfNull(references);
        _captions = [.. captions.Select(CaptionTokenizer.Tokenize)];
        string[][][] words = [.. references.Select(one => (string[][])[.. one.Select(CaptionTokenizer.Tokenize)])];
        _references = [.. words.SelectMany(one => one)];
        _oneEach = [.. words.Where(one => one.Length > 0).Select(one => one[0])];
        Dictionary<string, double> said = Shares(_captions), written = Shares(_references);
        WordShare Share(string word) => new(word, said.GetValueOrDefault(word), written.GetValueOrDefault(word));
        MostUsed = [.. Ranked(said).Take(MostWords).Select(Share)];
        NeverSaid = [.. Ranked(written).Where(word => !said.ContainsKey(word)).Take(MostWords).Select(Share)];
    }

    /// <summary>The model's most used words but for function words, the most used first.</summary>
    public IReadOnlyList<WordShare> MostUsed { get; }

    /// <summary>The references' most used words that the model never says, but for function words.</summary>
    public IReadOnlyList<WordShare> NeverSaid { get; }

    /// <summary>How long captions are.</summary>
    public Histogram Lengths()
    {
        (string[] bins, (string, IReadOnlyList<double>)[] series) = Histogram.Count(
            [
                ("model", [.. _captions.Select(words => words.Length)]),
                ("references", [.. _references.Select(words => words.Length)]),
            ],
            LongestShown);
        return new Histogram
        {
            Title = "Length of captions", XLabel = "words", YLabel = "% of captions", Bins = bins, Series = series,
        };
    }

    /// <summary>
    /// How many words are used how often: one reference of each image is counted, so that there are as many captions
    /// of both.
    /// </summary>
    public Histogram Uses() => new()
    {
        Title = "How often words are used",
        XLabel = "uses of a word",
        YLabel = "different words",
        Bins = [.. s_uses.Select(bin => bin.Name)],
        Series = [("model", Uses(_captions)), ("one reference an image", Uses(_oneEach))],
    };

    /// <summary>How the scores of images are spread.</summary>
    /// <param name="name">What the score is called.</param>
    /// <param name="scores">The scores, none negative.</param>
    public static Histogram Spread(string name, IReadOnlyList<double> scores)
    {
        const int bins = 20;
        double greatest = Math.Max(scores.DefaultIfEmpty().Max(), 1e-9);
        double power = Math.Pow(10, Math.Floor(Math.Log10(greatest / bins)));
        double width = power * (greatest / bins / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
        var counts = new double[1 + (int)(greatest / width)];
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
            AreEdges = true,
            Series = [("images", counts)],
        };
    }

    private static double[] Uses(string[][] captions)
    {
        var counts = new double[s_uses.Length];
        foreach (int uses in captions.SelectMany(words => words).CountBy(word => word).Select(pair => pair.Value))
        {
            counts[Array.FindLastIndex(s_uses, bin => bin.Least <= uses)]++;
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
