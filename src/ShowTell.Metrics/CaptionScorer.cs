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
        return ScoreAll([candidates], references, progress, cancellation).Scores[0];
    }

    /// <summary>
    /// Scores the captions of several systems for the same images with the same references and document frequencies,
    /// and compares each system with the first: see <see cref="ScoreDifference"/>.
    /// </summary>
    /// <param name="systems">The captions of each system, at least two, as for <see cref="Score"/>.</param>
    /// <param name="references">The references, as for <see cref="Score"/>.</param>
    /// <param name="progress">Receives the fraction of the work done, in [0, 1].</param>
    /// <param name="cancellation">Cancels between two metrics, resamples or rounds.</param>
    /// <returns>The comparison of each system but the first with the first.</returns>
    /// <exception cref="IncompatibleException">A candidate has no reference, or systems caption different images.
    /// </exception>
    /// <exception cref="DataException">There is no candidate, or an image has several.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public IReadOnlyList<PairedComparison> Compare(
        IReadOnlyList<CaptionSet> systems,
        CaptionSet references,
        Action<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(systems);
        ArgumentOutOfRangeException.ThrowIfLessThan(systems.Count, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Options.RandomizationRounds);
        const double ScoringShare = 0.5;
        (CaptionScores[] scores, SystemScores all, ConfidenceInterval[]? intervals) = ScoreAll(
            systems, references, share => progress?.Invoke(ScoringShare * share), cancellation);
        var comparisons = new PairedComparison[systems.Count - 1];
        for (int system = 1; system < systems.Count; system++)
        {
            double[] pValues = ScoreDifference.PValues(
                scores[0].Images.Count,
                Options.RandomizationRounds,
                Options.Seed,
                isSwapped => all.OfSwapped(system, isSwapped),
                cancellation);
            int count = all.Names.Length;
            comparisons[system - 1] = PairedComparison.Of(
                scores[0],
                scores[system],
                intervals is null ? [] : intervals.AsSpan((systems.Count + system - 1) * count, count),
                pValues);
            progress?.Invoke(ScoringShare + ((1 - ScoringShare) * system / (systems.Count - 1)));
        }

        return comparisons;
    }

    private (CaptionScores[] Scores, SystemScores All, ConfidenceInterval[]? Intervals) ScoreAll(
        IReadOnlyList<CaptionSet> systems,
        CaptionSet references,
        Action<double>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(references);
        ArgumentOutOfRangeException.ThrowIfNegative(Options.BootstrapSamples);
        IReadOnlyList<string> names = systems[0].Images;
        foreach (CaptionSet candidates in systems)
        {
            EnsureOnePerImage(candidates);
            EnsureSameImages(systems[0], candidates);
        }

        void Report(double fraction)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Invoke(fraction);
        }

        Report(0);
        var words = new WordIds(Options.Frequencies?.Words.Words);
        (ScoredImage[] Images, string[][] Captions)[] tokenized =
            [.. systems.Select(candidates => ScoredImage.Tokenize(names, candidates, references, words))];
        EnsureReferences(tokenized[0].Images, systems[0], references);
        Report(0.3);
        ScoredImage[] rows = [.. tokenized.SelectMany(system => system.Images)];
        var all = new SystemScores(Compute(rows, tokenized[0].Images, words, Report), names.Count, systems.Count);
        Report(0.8);
        ConfidenceInterval[]? intervals = Options.BootstrapSamples == 0
            ? null
            : Bootstrap.Intervals(names.Count, Options.BootstrapSamples, Options.Seed, all.OfSample, cancellation);
        Report(1);
        string signature = Signature(tokenized[0].Images, systems.Count);
        CaptionScores Describe(ScoredImage[] images, string[][] captions, int system)
        {
            double[] values = all.Corpus(system);
            double[][] perImage = all.PerImage(system);
            return new CaptionScores(
                [
                    .. all.Names.Select((name, i) => new CaptionScore(
                        name, values[i], intervals?[(system * values.Length) + i], perImage[i])),
                ],
                names,
                CandidateLength: images.Sum(image => (long)image.Candidate.Length),
                ReferenceLength: images.Sum(image =>
                    (long)Bleu.ClosestLength(image.Candidate.Length, image.References)),
                EmptyReferences: names.Sum(image => references.Of(image).Count)
                    - images.Sum(image => image.References.Length),
                CaptionVariety.Of(captions, Options.TrainCaptions),
                signature);
        }

        return ([.. tokenized.Select((system, i) => Describe(system.Images, system.Captions, i))], all, intervals);
    }

    private static void EnsureSameImages(CaptionSet first, CaptionSet other)
    {
        string[] different =
            [.. first.Images.Where(image => other.Of(image).Count == 0), .. other.Images.Except(first.Images)];
        if (different.Length > 0)
        {
            throw new IncompatibleException(
                $"{other.Origin}: {Describe(different)} a caption here or in {first.Origin}, but not in both: compare "
                + "captions of the same images.");
        }
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

    /// <summary>The metrics of images, with the document frequencies of those in <paramref name="once"/>.</summary>
    private List<MetricScores> Compute(
        ScoredImage[] images, ScoredImage[] once, WordIds words, Action<double> report)
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
                ?? DocumentFrequencies.OfGrams(words, [.. once.Select(image => image.ReferenceGrams)]);
            report(0.7);
            scores.AddRange(variants.Select(variant =>
                MetricScores.OfCider(images, new Cider(frequencies, variant))));
        }

        return scores;
    }

    private string Signature(ScoredImage[] images, int systems)
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
        string test = systems > 1 ? $"|p:randomization{Options.RandomizationRounds},seed{Options.Seed}" : "";
        string decoding = Options.Decoding is null ? "" : $"|decoding:{Options.Decoding}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{metrics}|tok:{CaptionTokenizer.Name}|refs:{references}"
            + $"|images:{images.Length}|df:{frequencies}{intervals}{test}{decoding}"
            + $"|showtell:{version.Major}.{version.Minor}");
    }
}
