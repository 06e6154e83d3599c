using System.Reflection;

namespace ShowTell.Metrics;

/// <summary>
/// Scores captions as coco-caption does (Chen et al., "Microsoft COCO Captions: Data Collection and Evaluation Server",
/// 2015), in this process and on all threads. Immutable and thread-safe.
/// <example>
/// <code>
/// var candidates = new CaptionSet("model", [("dog.jpg", "a dog runs")]);
/// var references = new CaptionSet("people", [("dog.jpg", "a dog is running"), ("dog.jpg", "one dog")]);
/// CaptionScores scores = new CaptionScorer().Score(candidates, references);
/// Console.WriteLine(scores["Bleu_4"].Value);
/// </code>
/// </example>
/// </summary>
/// <param name="options">The metrics to compute, and how; null for the defaults.</param>
public sealed class CaptionScorer(ScoringOptions? options = null)
{
    private const int MaxNamesInMessages = 5;

    /// <summary>The metrics to compute, and how.</summary>
    public ScoringOptions Options { get; } = options ?? new ScoringOptions();

    /// <summary>
    /// Scores one candidate per image. As in coco-caption, images that have references but no candidate are ignored.
    /// </summary>
    /// <param name="candidates">One caption per image. A caption without words counts like any other.</param>
    /// <param name="references">At least one caption with words for each of those images. Captions without words are
    /// left out, and counted.</param>
    /// <param name="progress">Receives the fraction of the work done, in [0, 1].</param>
    /// <param name="cancellation">Cancels between two metrics.</param>
    /// <exception cref="IncompatibleException">A candidate has no reference.</exception>
    /// <exception cref="DataException">There is no candidate, or an image has several.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public CaptionScores Score(
        CaptionSet candidates,
        CaptionSet references,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(references);
        ArgumentOutOfRangeException.ThrowIfNegative(Options.BootstrapSamples);
        EnsureOnePerImage(candidates);
        void Report(double fraction)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(fraction);
        }

        Report(0);
        var words = new WordIds(Options.Frequencies?.Words.Words);
        (ScoredImage[] images, string[][] captions) = ScoredImage.Tokenize(candidates, references, words);
        EnsureReferences(images, candidates, references);
        Report(0.3);
        List<MetricScores> metrics = Compute(images, words, Report);
        Report(0.8);
        CaptionVariety variety = CaptionVariety.Of(captions, Options.TrainCaptions);
        ConfidenceInterval[]? intervals = Options.BootstrapSamples == 0
            ? null
            : Bootstrap.Intervals(
                images.Length,
                Options.BootstrapSamples,
                Options.Seed,
                sample => [.. metrics.SelectMany(metric => metric.Corpus(sample))]);
        Report(1);
        int[] all = [.. Enumerable.Range(0, images.Length)];
        IEnumerable<CaptionScore> scores = metrics
            .SelectMany(metric => metric.Names.Zip(metric.Corpus(all), metric.PerImage))
            .Select((score, i) => new CaptionScore(score.First, score.Second, intervals?[i], score.Third));
        return new CaptionScores(
            [.. scores],
            candidates.Images,
            CandidateLength: images.Sum(image => (long)image.Candidate.Length),
            ReferenceLength: images.Sum(image => (long)Bleu.ClosestLength(image.Candidate.Length, image.References)),
            EmptyReferences: candidates.Images.Sum(image => references.Of(image).Count)
                - images.Sum(image => image.References.Length),
            variety,
            Signature(images));
    }

    private static void EnsureOnePerImage(CaptionSet candidates)
    {
        if (candidates.Images.Count == 0)
        {
            throw new DataException($"{candidates.Origin}: contains no caption to score.");
        }

        string[] repeated = [.. candidates.Images.Where(image => candidates.Of(image).Count > 1)];
        if (repeated.Length > 0)
        {
            throw new DataException(
                $"{candidates.Origin}: {Describe(repeated)} more than one caption; expected one per image.");
        }
    }

    private static void EnsureReferences(ScoredImage[] images, CaptionSet candidates, CaptionSet references)
    {
        string[] unmatched = [.. candidates.Images.Where((_, i) => images[i].References.Length == 0)];
        if (unmatched.Length > 0)
        {
            throw new IncompatibleException(
                $"{candidates.Origin}: {Describe(unmatched)} no reference with words in {references.Origin}: "
                + "check that both name images the same way and are of the same split.");
        }
    }

    private static string Describe(string[] images)
    {
        string more = images.Length > MaxNamesInMessages ? ", ..." : "";
        string names = string.Join(", ", images.Take(MaxNamesInMessages)) + more;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{images.Length:N0} {(images.Length == 1 ? $"image ({names}) has" : $"images ({names}) have")}");
    }

    private List<MetricScores> Compute(ScoredImage[] images, WordIds words, Action<double> report)
    {
        var scores = new List<MetricScores>();
        if (Options.Metrics.HasFlag(CaptionMetrics.Bleu))
        {
            scores.Add(MetricScores.OfBleu(images));
        }

        report(0.4);
        if (Options.Metrics.HasFlag(CaptionMetrics.Meteor))
        {
            scores.Add(MetricScores.OfMeteor(images, new Meteor(words)));
        }

        report(0.5);
        if (Options.Metrics.HasFlag(CaptionMetrics.RougeL))
        {
            scores.Add(MetricScores.OfRougeL(images));
        }

        CiderVariant[] variants =
        [
            .. Options.Metrics.HasFlag(CaptionMetrics.CiderD) ? [CiderVariant.CiderD] : Array.Empty<CiderVariant>(),
            .. Options.Metrics.HasFlag(CaptionMetrics.Cider) ? [CiderVariant.Cider] : Array.Empty<CiderVariant>(),
        ];
        if (variants.Length > 0)
        {
            DocumentFrequencies frequencies = Options.Frequencies
                ?? DocumentFrequencies.OfGrams(words, [.. images.Select(image => image.ReferenceGrams)]);
            report(0.7);
            scores.AddRange(variants.Select(variant =>
                MetricScores.OfCider(images, new Cider(frequencies, variant))));
        }

        return scores;
    }

    private string Signature(ScoredImage[] images)
    {
        int min = images.Min(image => image.References.Length), max = images.Max(image => image.References.Length);
        string references = min == max ? $"{max}" : $"{min}-{max}";
        if (Options.AreDatasetWords)
        {
            references = $"dataset-words({references})";
        }

        (CaptionMetrics Metric, string Name)[] names =
        [
            (CaptionMetrics.Bleu, "BLEU"), (CaptionMetrics.Meteor, "METEOR[exact,stem,wordnet]"),
            (CaptionMetrics.RougeL, "ROUGE-L"), (CaptionMetrics.CiderD, "CIDEr-D"), (CaptionMetrics.Cider, "CIDEr"),
        ];
        string metrics = string.Join(
            '+', names.Where(entry => Options.Metrics.HasFlag(entry.Metric)).Select(entry => entry.Name));
        Version version = Assembly.GetExecutingAssembly().GetName().Version ?? new Version(0, 0);
        string frequencies = Options.Frequencies is null ? "references" : $"frozen({Options.Frequencies.Images})";
        string intervals = Options.BootstrapSamples == 0
            ? ""
            : $"|ci:bootstrap{Options.BootstrapSamples},seed{Options.Seed}";
        string decoding = Options.Decoding is null ? "" : $"|decoding:{Options.Decoding}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{metrics}|tok:{CaptionTokenizer.Name}|refs:{references}"
            + $"|images:{images.Length}|df:{frequencies}{intervals}{decoding}"
            + $"|showtell:{version.Major}.{version.Minor}");
    }
}
