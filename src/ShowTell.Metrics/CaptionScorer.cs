using System.Reflection;

namespace ShowTell.Metrics;

/// <summary>
/// Scores captions as coco-caption does (Chen et al., "Microsoft COCO Captions: Data Collection and Evaluation Server",
/// 2015), in this process and on all threads. Immutable and thread-safe.
/// </summary>
public sealed class CaptionScorer(ScoringOptions? options = null)
{
    private const int NamesInMessages = 5;

    /// <summary>What is computed.</summary>
    public ScoringOptions Options { get; } = options ?? new ScoringOptions();

    /// <summary>
    /// Scores one caption for each image; images without a candidate are left out, as coco-caption does.
    /// </summary>
    /// <param name="candidates">One caption for each image. One without words counts like any other.</param>
    /// <param name="references">At least one caption for each of those images.</param>
    /// <param name="progress">Told from time to time which share of the work is done, in [0, 1].</param>
    /// <param name="cancellation">Ends the work between two of its steps.</param>
    /// <exception cref="IncompatibleException">A candidate has no reference.</exception>
    /// <exception cref="DataException">There is no candidate, or an image has several.</exception>
    public CaptionScores Score(
        CaptionSet candidates,
        CaptionSet references,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(references);
        ArgumentOutOfRangeException.ThrowIfNegative(Options.BootstrapSamples);
        Check(candidates, references);
        void Report(double share)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(share);
        }

        Report(0);
        var words = new WordIds(Options.Frequencies?.Words.Words);
        (ScoredImage[] images, string[][] captions) = ScoredImage.Tokenize(candidates, references, words);
        Report(0.3);
        List<ScoreTable> tables = Compute(images, words, Report);
        Report(0.8);
        CaptionVariety variety = CaptionVariety.Of(captions, Options.TrainCaptions);
        ConfidenceInterval[]? intervals = Options.BootstrapSamples == 0
            ? null
            : Bootstrap.Intervals(
                images.Length,
                Options.BootstrapSamples,
                Options.Seed,
                drawn => [.. tables.SelectMany(table => table.Total(drawn))]);
        Report(1);
        int[] all = [.. Enumerable.Range(0, images.Length)];
        IEnumerable<CaptionScore> scores = tables
            .SelectMany(table => table.Names.Zip(table.Total(all), table.PerImage))
            .Select((score, i) => new CaptionScore(score.First, score.Second, intervals?[i], score.Third));
        return new CaptionScores(
            [.. scores],
            candidates.Images,
            CandidateLength: images.Sum(image => (long)image.Candidate.Length),
            ReferenceLength: images.Sum(image => (long)Bleu.ClosestLength(image.Candidate.Length, image.References)),
            variety,
            Signature(images));
    }

    private static void Check(CaptionSet candidates, CaptionSet references)
    {
        if (candidates.Images.Count == 0)
        {
            throw new DataException($"{candidates.Origin}: holds no caption to score.");
        }

        string[] several = [.. candidates.Images.Where(image => candidates.Of(image).Count > 1)];
        if (several.Length > 0)
        {
            throw new DataException(
                $"{candidates.Origin}: {Named(several)} more than one caption; one an image was expected.");
        }

        string[] without = [.. candidates.Images.Where(image => references.Of(image).Count == 0)];
        if (without.Length > 0)
        {
            throw new IncompatibleException(
                $"{candidates.Origin}: {Named(without)} no reference in {references.Origin}: "
                + "do both name images in the same way, and is it the same split?");
        }
    }

    private static string Named(string[] images)
    {
        bool isOne = images.Length == 1;
        string more = images.Length > NamesInMessages ? ", ..." : "";
        string names = string.Join(", ", images.Take(NamesInMessages)) + more;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{images.Length:N0} image{(isOne ? "" : "s")} ({names}) {(isOne ? "has" : "have")}");
    }

    private List<ScoreTable> Compute(ScoredImage[] images, WordIds words, Action<double> report)
    {
        var tables = new List<ScoreTable>();
        bool Wants(CaptionMetrics metric) => Options.Metrics.HasFlag(metric);
        if (Wants(CaptionMetrics.Bleu))
        {
            tables.Add(ScoreTable.OfBleu(images));
        }

        report(0.4);
        if (Wants(CaptionMetrics.Meteor))
        {
            tables.Add(ScoreTable.OfMeteor(images, new Meteor(words)));
        }

        report(0.5);
        if (Wants(CaptionMetrics.RougeL))
        {
            tables.Add(ScoreTable.OfRougeL(images));
        }

        if (Wants(CaptionMetrics.Cider) || Wants(CaptionMetrics.CiderCosine))
        {
            DocumentFrequencies frequencies = Options.Frequencies ?? DocumentFrequencies.OfGrams(
                words, images.Length, i => images[i].ReferenceGrams);
            report(0.7);
            tables.AddRange(Enum.GetValues<CiderForm>()
                .Where(form => Wants(form == CiderForm.D ? CaptionMetrics.Cider : CaptionMetrics.CiderCosine))
                .Select(form => ScoreTable.OfCider(images, new Cider(frequencies, form))));
        }

        return tables;
    }

    private string Signature(ScoredImage[] images)
    {
        int fewest = images.Min(image => image.References.Length), most = images.Max(image => image.References.Length);
        string references = fewest == most ? $"{most}" : $"{fewest}-{most}";
        if (Options.AreDatasetWords)
        {
            references = $"dataset-words({references})";
        }

        string decoding = Options.Decoding is null ? "" : $"|decoding:{Options.Decoding}";
        string[] scores =
        [
            .. new[]
            {
                (CaptionMetrics.Bleu, "BLEU"), (CaptionMetrics.Meteor, "METEOR[exact,stem,wordnet]"),
                (CaptionMetrics.RougeL, "ROUGE-L"), (CaptionMetrics.Cider, "CIDEr-D"),
                (CaptionMetrics.CiderCosine, "CIDEr"),
            }.Where(score => Options.Metrics.HasFlag(score.Item1)).Select(score => score.Item2),
        ];
        Version version = Assembly.GetExecutingAssembly().GetName().Version ?? new Version(0, 0);
        string frequencies = Options.Frequencies is null ? "references" : $"frozen({Options.Frequencies.Images})";
        string intervals = Options.BootstrapSamples == 0
            ? ""
            : $"|ci:bootstrap{Options.BootstrapSamples},seed{Options.Seed}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join('+', scores)}|tok:{CaptionTokenizer.Name}|refs:{references}"
            + $"|images:{images.Length}|df:{frequencies}{intervals}{decoding}"
            + $"|showtell:{version.Major}.{version.Minor}");
    }
}
