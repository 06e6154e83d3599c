using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ShowTell.Cli.Support;
using ShowTell.Evaluation;
using ShowTell.Interop;
using Spectre.Console;

namespace ShowTell.Cli;

/// <summary><c>showtell score</c>: scores captions against references as coco-caption does.</summary>
internal sealed class ScoreCommand
{
    private const int DefaultSamples = 1000;
    private const int MostSamples = 1_000_000;

    private readonly Option<string> _candidates = Options.Path(
        "--candidates", "FILE", "The captions to score: COCO's results JSON, or any file of captions, one an image.");

    private readonly Option<string> _references = Options.Path(
        "--references",
        "FILE",
        "The true captions: COCO's captions JSON, lines of an image, a tab and a caption, or any file of captions.");

    private readonly Option<bool> _json = Options.Json();

    private readonly Option<string> _perImage = Options.Path(
        "--per-image", "FILE", "Also write the scores of each image, a JSON object a line.");

    private readonly Option<string> _trainCaptions = Options.Path(
        "--train-captions", "FILE", "The captions of the training set: which candidates stand in it word for word?");

    private readonly Option<string> _frequencies = Options.Path(
        "--document-frequencies", "FILE", "Frozen document frequencies for CIDEr, instead of those of the references.");

    private readonly Option<string> _writeFrequencies = Options.Path(
        "--write-document-frequencies", "FILE", "Write the frequencies of --train-captions, and use them.");

    private readonly Option<string> _wordNet = Options.Path(
        "--wordnet",
        "DIR",
        $"WordNet's folder, for METEOR's synonyms. [default: {WordNet.DefaultFolder}, if it is there]");

    private readonly Option<int> _bootstrap = Options.Positive(
        "--bootstrap", "How often images are drawn for confidence intervals.", DefaultSamples, MostSamples);

    private readonly Option<ulong> _seed = Options.Seed();

    public Command Create()
    {
        _candidates.Required = true;
        _references.Required = true;
        var command = new CommandWithExamples(
            "score",
            "Score captions against references: BLEU, METEOR, ROUGE-L, CIDEr.",
            "showtell score --candidates results.json --references captions_val2014.json",
            "showtell score --candidates results.json --references refs.json --json --per-image scores.jsonl",
            "showtell score --candidates mine.jsonl --references captions.jsonl --train-captions train.jsonl")
        {
            _candidates, _references, _json, _perImage, _trainCaptions, _frequencies, _writeFrequencies, _wordNet,
            _bootstrap, _seed,
        };
        command.Validators.Add(result =>
        {
            bool writes = result.GetResult(_writeFrequencies) is not null;
            if (writes && result.GetResult(_trainCaptions) is null)
            {
                result.AddError("--write-document-frequencies needs --train-captions.");
            }
            else if (writes && result.GetResult(_frequencies) is not null)
            {
                result.AddError(
                    "--document-frequencies and --write-document-frequencies exclude each other: give one of them.");
            }
        });
        command.SetAction(Run);
        return command;
    }

    private Task<int> Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        foreach (string? file in new[] { result.GetValue(_perImage), result.GetValue(_writeFrequencies) })
        {
            if (file is not null)
            {
                OutputPath.RequireFile(file);
            }
        }

        long start = Stopwatch.GetTimestamp();
        CaptionScores scores;
        CaptionSet? candidates = null;
        if (result.GetValue(_json) || !Terminal.IsInteractive(output))
        {
            scores = Score(result, ref candidates, null, cancellation);
        }
        else
        {
            scores = Terminal.For(output).Progress().Start(context =>
            {
                ProgressTask bar = context.AddTask("scoring", maxValue: 1);
                return Score(result, ref candidates, share => bar.Value = share, cancellation);
            });
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (result.GetValue(_perImage) is string perImage)
        {
            WritePerImage(perImage, scores, candidates!);
        }

        if (result.GetValue(_json))
        {
            output.WriteLine(ToJson(scores, seconds).ToJsonString(Json.Options));
        }
        else
        {
            Print(output, scores, seconds);
        }

        return Task.FromResult(App.Success);
    }

    private CaptionScores Score(
        ParseResult result, ref CaptionSet? candidates, Action<double>? progress, CancellationToken cancellation)
    {
        const double Reading = 0.3;
        candidates = CaptionSet.Read(result.GetRequiredValue(_candidates));
        var references = CaptionSet.Read(
            result.GetRequiredValue(_references), candidates.Key, share => progress?.Invoke(Reading * share));
        CaptionSet? train = result.GetValue(_trainCaptions) is string file ? CaptionSet.Read(file) : null;
        var scorer = new CaptionScorer(new ScoringOptions
        {
            WordNet = result.GetValue(_wordNet) is string folder ? WordNet.Load(folder) : WordNet.TryLoad(),
            Frequencies = FrequenciesOf(result, train),
            TrainCaptions = train?.Images.SelectMany(train.Of).Select(CaptionTokenizer.Normalize).ToHashSet(),
            BootstrapSamples = result.GetValue(_bootstrap),
            Seed = result.GetValue(_seed),
        });
        return scorer.Score(
            candidates, references, share => progress?.Invoke(Reading + ((1 - Reading) * share)), cancellation);
    }

    private DocumentFrequencies? FrequenciesOf(ParseResult result, CaptionSet? train)
    {
        if (result.GetValue(_frequencies) is string file)
        {
            return DocumentFrequencies.Load(file);
        }

        if (train is null || result.GetValue(_writeFrequencies) is not string target)
        {
            return null;
        }

        var frequencies = DocumentFrequencies.Of(train);
        frequencies.Save(target);
        return frequencies;
    }

    private static void WritePerImage(string path, CaptionScores scores, CaptionSet candidates)
    {
        var lines = new StringBuilder();
        for (int i = 0; i < scores.Images.Count; i++)
        {
            string image = scores.Images[i];
            var line = new JsonObject();
            if (candidates.Key == ImageKey.File)
            {
                line.Add("file", image);
            }
            else
            {
                line.Add(
                    "image_id",
                    long.TryParse(image, NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : image);
            }

            line.Add("caption", candidates.Of(image)[0]);
            foreach (CaptionScore score in scores.Scores)
            {
                line.Add(score.Name, score.PerImage[i]);
            }

            lines.Append(line.ToJsonString(Json.Options)).Append('\n');
        }

        AtomicFile.WriteText(path, lines.ToString());
    }

    private static JsonObject ToJson(CaptionScores scores, double seconds)
    {
        var json = new JsonObject();
        foreach (CaptionScore score in scores.Scores)
        {
            json.Add(score.Name, score.Value);
        }

        json.Add("intervals", new JsonObject(scores.Scores
            .Where(score => score.Interval is not null)
            .Select(score => KeyValuePair.Create<string, JsonNode?>(
                score.Name, new JsonArray(score.Interval!.Value.Low, score.Interval.Value.High)))));
        json.Add("images", scores.Images.Count);
        json.Add("candidateLength", scores.CandidateLength);
        json.Add("referenceLength", scores.ReferenceLength);
        json.Add("variety", JsonSerializer.SerializeToNode(scores.Variety, Json.Options));
        json.Add("signature", scores.Signature);
        json.Add("seconds", Math.Round(seconds, 3));
        return json;
    }

    private static void Print(TextWriter output, CaptionScores scores, double seconds)
    {
        var table = new Table { Border = TableBorder.Simple };
        table.AddColumn("");
        table.AddColumn(new TableColumn("score").RightAligned());
        table.AddColumn(new TableColumn("95% interval").RightAligned());
        foreach (CaptionScore score in scores.Scores)
        {
            table.AddRow(
                score.Name,
                Number($"{score.Value:F4}"),
                score.Interval is ConfidenceInterval interval ? Number($"{interval.Low:F4} - {interval.High:F4}") : "");
        }

        Terminal.For(output).Write(table);
        CaptionVariety variety = scores.Variety;
        output.WriteLine(Number($"images: {scores.Images.Count:N0} (those of the candidates), in {seconds:F1} s"));
        output.WriteLine(Number(
            $"words: {scores.CandidateLength:N0}; of the references closest in length: {scores.ReferenceLength:N0}"));
        output.WriteLine(Number(
            $"captions: {variety.DistinctCaptions:N0} different, {variety.MeanLength:F1} words long on average"));
        output.WriteLine(Number(
            $"words: {variety.Vocabulary:N0}; distinct-1 {variety.Distinct1:F3}, distinct-2 {variety.Distinct2:F3}"));
        output.WriteLine(Number($"captions that break off (\"... with a\"): {100 * variety.OpenEndings:F1}%"));
        output.WriteLine(Number($"captions without a word: {100 * variety.Empty:F1}%"));
        if (variety.InTraining is double share)
        {
            output.WriteLine(Number($"captions that stand in the training set: {100 * share:F1}%"));
        }

        output.WriteLine($"signature: {scores.Signature}");
    }

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
