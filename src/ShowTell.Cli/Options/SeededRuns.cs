using System.CommandLine.Parsing;

namespace ShowTell.Cli.Options;

/// <summary>
/// Runs that differ only in their seed, one after the other. Each is a run like any other, with a model and a log in
/// the folder of all; the best model is copied to the file that was asked for.
/// </summary>
internal sealed class SeededRuns
{
    public const string OptionName = "--seeds";

    /// <summary>The maximum number of seeds.</summary>
    public const int Max = 1000;

    private const string Out = "--out";
    private const int Beam = 3;

    private readonly ParseResult _result;
    private readonly ulong[] _seeds;
    private readonly string _model;
    private readonly RunFolder _folder;
    private readonly Command _one;
    private readonly TextWriter _output;

    /// <param name="result">The command line.</param>
    /// <param name="count">The number of seeds.</param>
    /// <param name="model">The file of the best model.</param>
    /// <param name="folder">The folder of all runs.</param>
    /// <param name="one">The command that runs one seed, in the folder of all.</param>
    /// <exception cref="ShowTellException">The last seeds would be too large.</exception>
    public SeededRuns(ParseResult result, int count, string model, RunFolder folder, Command one)
    {
        (_result, _model, _folder, _one, _output) = (result, model, folder, one, result.Output());
        ulong first = result.Seed();
        _seeds = first <= ulong.MaxValue - (ulong)(count - 1)
            ? [.. Enumerable.Range(0, count).Select(i => first + (ulong)i)]
            : throw new ShowTellException(
                $"{ParsedOptions.SeedName} is {first}; there are no {count} seeds from there on to 2^64 - 1.");
    }

    /// <summary>The words of the command line that all seeds have.</summary>
    public required string[] Words { get; init; }

    /// <summary>Trains what is not trained yet, and compares it.</summary>
    /// <returns>The exit code: a failure if a run diverged.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<int> RunAsync(CancellationToken cancellation)
    {
        try
        {
            var finished = new RunRecord?[_seeds.Length];
            for (int i = 0; i < finished.Length; i++)
            {
                _output.WriteLine($"seed {_seeds[i]}, {i + 1} of {finished.Length}:");
                finished[i] = await TrainOrReportAsync(_seeds[i], cancellation);
                _output.WriteLine();
            }

            if (Array.Exists(finished, record => record is not null))
            {
                Compare(finished, cancellation);
            }

            return finished.Contains(null) ? App.Failure : App.Success;
        }
        catch (OperationCanceledException error) when (_folder.HasBegun || _folder.IsResumed)
        {
            throw new InterruptedException(
                $"interrupted; resume with: showtell {_one.Name} --resume {Terminal.Quoted(_folder.Path)}", error);
        }
    }

    private string ModelOf(ulong seed) => Path.Combine(_folder.Path, $"seed{seed}.safetensors");

    /// <summary>Trains one seed.</summary>
    /// <returns>Its record; null if it diverged.</returns>
    private async Task<RunRecord?> TrainOrReportAsync(ulong seed, CancellationToken cancellation)
    {
        try
        {
            return await TrainAsync(seed, cancellation);
        }
        catch (TrainingDivergedException error)
        {
            _result.InvocationConfiguration.Error.WriteLine(Terminal.Plain($"showtell: seed {seed}: {error.Message}"));
            return null;
        }
    }

    private async Task<RunRecord> TrainAsync(ulong seed, CancellationToken cancellation)
    {
        string model = ModelOf(seed), log = TrainingLog.FolderOf(model);
        RunRecord? before = RunRecord.Read(log);

        // What is there from before all runs was to be overwritten.
        bool isBegun = before?.Started >= _folder.Record.Started;
        ParseResult line = Parse(isBegun ? ResumedRun.Apply(WordsOf(seed, $"{ResumedRun.OptionName}={log}"), Parse)
            : _result.GetValue<bool>("--overwrite") || (_folder.IsResumed && before is not null)
                ? WordsOf(seed, "--overwrite")
            : WordsOf(seed));
        if (line.Errors.Count > 0)
        {
            throw new ShowTellException(line.Errors[0].Message);
        }

        if (isBegun
            && File.Exists(model)
            && RunInputs.HashOf(model) == before!.ModelSha256
            && RunRecord.ScheduleOf(ResumedRun.WordsOf(line)).SequenceEqual(before.Schedule))
        {
            _output.WriteLine($"model: {model}, finished before");
            return before;
        }

        return await line.InvokeAsync(_result.InvocationConfiguration, cancellation) == App.Success
            ? RunRecord.Read(log)!
            : throw new OperationCanceledException(cancellation);
    }

    private ParseResult Parse(string[] words) => _one.Parse(
        words, new ParserConfiguration { ResponseFileTokenReplacer = null });

    /// <summary>The command line of a seed: that of all, but for what is its own.</summary>
    private string[] WordsOf(ulong seed, params string[] more)
    {
        string[] others = [OptionName, ParsedOptions.SeedName, Out];
        return
        [
            _one.Name,
            .. Words.Where(word => !Array.Exists(others, name => ResumedRun.IsOption(word, name))),
            .. _folder.Record.Preset is string preset ? [$"--recipe={preset}"] : Array.Empty<string>(),
            $"{ParsedOptions.SeedName}={seed}",
            $"{Out}={ModelOf(seed)}",
            .. more,
        ];
    }

    /// <summary>Copies the best model, and prints the figures of all seeds with their mean and deviation.</summary>
    private void Compare(RunRecord?[] finished, CancellationToken cancellation)
    {
        int[] there = [.. Enumerable.Range(0, finished.Length).Where(i => finished[i] is not null)];
        bool isByScore = Array.TrueForAll(there, i => finished[i]!.Score is not null);
        int best = isByScore
            ? there.MaxBy(i => finished[i]!.Score)
            : there.MinBy(i => finished[i]!.ValidationLoss ?? double.PositiveInfinity);
        _folder.FinishSeeds(ModelOf(_seeds[best]));
        string? note = null;
        double?[][] figures = [.. there.Select(i => Figures(_seeds[i], finished[i]!, ref note, cancellation))];
        (string Name, int Index)[] columns =
        [
            .. new[] { "val loss", "val score", "CIDEr-D", "BLEU-4" }.Select((name, i) => (name, i))
                .Where(column => Array.TrueForAll(figures, one => one[column.i] is not null)),
        ];
        Table table = Terminal.NumberTable("seed", ["epoch", .. columns.Select(column => column.Name)]);
        string[] Row(string name, string epoch, Func<int, string> value) =>
            [name, epoch, .. columns.Select(column => value(column.Index))];
        for (int i = 0; i < _seeds.Length; i++)
        {
            int row = Array.IndexOf(there, i);
            table.AddRow(row < 0
                ? [$"{_seeds[i]}", "diverged"]
                : Row($"{_seeds[i]}", $"{finished[i]!.KeptEpoch}", column => $"{figures[row][column]:F4}"));
        }

        double[] Values(int column) => [.. figures.Select(one => one[column]!.Value)];
        table.AddRow(Row("mean", "", column => $"{Values(column).Average():F4}"));
        if (there.Length > 1)
        {
            table.AddRow(Row("deviation", "", column => $"{Deviation(Values(column)):F4}"));
        }

        Terminal.For(_output).Write(table);
        _output.WriteLine($"CIDEr-D, BLEU-4: of captions of all val images, with --beam {Beam}");
        if (note is not null)
        {
            _output.WriteLine(note);
        }

        string criterion = isByScore ? "score" : "loss";
        _output.WriteLine($"model: {_model} (that of seed {_seeds[best]}, the best by val {criterion})");
        _output.WriteLine($"log:   {_folder.Path}");
    }

    /// <summary>The validation loss and score of the kept epoch, and CIDEr-D and BLEU-4 as <c>evaluate</c> computes
    /// them.</summary>
    private double?[] Figures(ulong seed, RunRecord record, ref string? note, CancellationToken cancellation)
    {
        const string References = "--references";
        var flags = new EvaluationFlags(Beam);
        var command = new Command("evaluate") { flags.Dataset, flags.All };
        bool hasReferences = _result.GetResult(References) is OptionResult { Implicit: false };
        ParseResult line = command.Parse([
            record.Inputs!.Dataset,
            .. hasReferences ? [$"{References}={_result.GetValue<string>(References)}"] : Array.Empty<string>(),
        ]);
        using EvaluationRun run = flags.Load(line, ModelOf(seed));
        note = run.SelectionNote;
        var scoring = new ScoringOptions { Metrics = CaptionMetrics.Bleu | CaptionMetrics.CiderD };
        CaptionScores scores = run.Evaluate(scoring, _output, isSilent: false, cancellation).Scores;
        return [record.ValidationLoss, record.Score, scores.CiderD.Value, scores["Bleu_4"].Value];
    }

    /// <summary>The sample standard deviation.</summary>
    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
    }
}
