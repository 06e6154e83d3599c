using System.Diagnostics;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell score</c>: scores captions against references as coco-caption does.</summary>
internal sealed class ScoreCommand
{
    private readonly Option<string> _candidates = NewOption.Path(
        "--candidates",
        "FILE",
        "The captions to score: COCO results JSON, or any caption file, with one caption per image.",
        isRequired: true);

    private readonly Option<string> _references = NewOption.Path(
        "--references",
        "FILE",
        "The reference captions: COCO captions JSON, lines of an image, a tab and a caption, or any caption file.",
        isRequired: true);

    private readonly Option<bool> _json = SharedOptions.Json();

    private readonly Option<string> _perImage = NewOption.Path(
        "--per-image", "FILE", "Also write the scores of each image, a JSON object per line.");

    private readonly Option<string> _trainCaptions = NewOption.Path(
        "--train-captions", "FILE", "The captions of the training set, to count candidates copied from them.");

    private readonly Option<string> _frequencies = NewOption.Path(
        "--document-frequencies", "FILE", "Document frequencies for CIDEr-D, instead of those of the references.");

    private readonly Option<string> _writeFrequencies = NewOption.Path(
        "--write-document-frequencies", "FILE", "Write the frequencies of --train-captions, and use them.");

    private readonly Option<int> _bootstrap = SharedOptions.Bootstrap();

    public Command Create()
    {
        _writeFrequencies.Needing(_trainCaptions);
        _writeFrequencies.Excluding(_frequencies);
        return new CommandWithExamples(
            "score",
            "Score captions against references: BLEU, METEOR, ROUGE-L, CIDEr-D.",
            Run,
            "showtell score --candidates results.json --references captions_val2014.json",
            "showtell score --candidates results.json --references refs.json --json --per-image scores.jsonl",
            "showtell score --candidates mine.jsonl --references captions.jsonl --train-captions train.jsonl")
        {
            _candidates, _references, _json, _perImage, _trainCaptions, _frequencies, _writeFrequencies,
            NewOption.Seed(), _bootstrap,
        };
    }

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        bool isJson = result.GetValue(_json);
        OutputPath.EnsureResultsWritable(result.GetValue(_perImage), result.GetValue(_writeFrequencies));
        long start = Stopwatch.GetTimestamp();
        List<string> errors = [];
        var candidates = ScoringFiles.ReadCaptions(result.GetRequiredValue(_candidates), errors: errors);
        if (candidates.Images.Count == 0 && errors.Count > 0)
        {
            throw new DataException(
                $"{candidates.Origin}: contains no caption to score; {ScoreReport.DescribeErrors(errors)}");
        }

        (candidates, CaptionScores scores) = Terminal.Watch(
            result.Output(), "scoring", isJson, progress => Score(result, candidates, progress, cancellation));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        ScoreReport.WritePerImage(result.GetValue(_perImage), scores, candidates);
        ScoreReport.Print(result.Output(), isJson, scores, seconds, " (those of the candidates)", errors);
        return App.Success;
    }

    /// <summary>The scores, and the candidates with the references' names.</summary>
    private (CaptionSet Candidates, CaptionScores Scores) Score(
        ParseResult result, CaptionSet candidates, Action<double>? progress, CancellationToken cancellation)
    {
        const double Reading = 0.3;
        var references = ScoringFiles.ReadCaptions(
            result.GetRequiredValue(_references), candidates.Key, share => progress?.Invoke(Reading * share));
        candidates = ScoringFiles.WithNamesOf(references, candidates);
        CaptionSet? train = result.GetValue(_trainCaptions) is string file ? ScoringFiles.ReadCaptions(file) : null;
        var scorer = new CaptionScorer(new ScoringOptions
        {
            BootstrapSamples = result.GetValue(_bootstrap),
            Seed = result.Seed(),
            Frequencies = FrequenciesOf(result, train),
            TrainCaptions = train?.Images.SelectMany(train.Of).Select(CaptionTokenizer.Normalize).ToHashSet(),
        });
        return (candidates, scorer.Score(
            candidates, references, share => progress?.Invoke(Reading + ((1 - Reading) * share)), cancellation));
    }

    private DocumentFrequencies? FrequenciesOf(ParseResult result, CaptionSet? train)
    {
        if (result.GetValue(_frequencies) is string file)
        {
            return ScoringFiles.ReadFrequencies(file);
        }

        if (train is null || result.GetValue(_writeFrequencies) is not string target)
        {
            return null;
        }

        var frequencies = DocumentFrequencies.Of(train);
        ScoringFiles.WriteFrequencies(target, frequencies);
        return frequencies;
    }
}
