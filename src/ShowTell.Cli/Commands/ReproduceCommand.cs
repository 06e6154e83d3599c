using System.Diagnostics;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell reproduce</c>: repeats a training run and compares the bits of its model.</summary>
internal sealed class ReproduceCommand
{
    private readonly Argument<string> _run = NewOption.Argument("RUN", "The log folder of a run of train or refine.");
    private readonly Option<string> _out = NewOption.Path(
        "--out", "FILE", "Keep the model of the repeated run, and its log. [default: a temporary folder]");

    private readonly Option<string> _dataset = NewOption.Path(
        "--dataset", "DIR", "The run's dataset, if it was moved.");

    private readonly Option<string> _model = NewOption.ExistingFile(
        "--model", "MODEL", "The model that was refined, if it was moved.");

    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create() => new CommandWithExamples(
        "reproduce",
        "Repeat a training run and compare the weights bit for bit. Exit code 1 if they differ.",
        RunAsync,
        "showtell reproduce m-log",
        "showtell reproduce m-log --out again.safetensors",
        "showtell reproduce m-log --dataset moved/flickr8k --json")
    {
        _run, _out, _dataset, _model, _json,
    };

    private async Task<int> RunAsync(ParseResult result, CancellationToken cancellation)
    {
        var run = new RepeatedRun(result.GetRequiredValue(_run));
        DirectoryInfo? temporary =
            result.IsGiven(_out) ? null : Directory.CreateTempSubdirectory("showtell-reproduce-");
        try
        {
            string path = result.GetValue(_out) ?? Path.Combine(temporary!.FullName, "model.safetensors");
            long start = Stopwatch.GetTimestamp();
            (int code, List<(string Name, string Recorded, string Now)> changes) =
                await RepeatAsync(result, run, path, cancellation);
            return code == App.Success
                ? Compare(result, run, path, changes, Stopwatch.GetElapsedTime(start).TotalSeconds)
                : code;
        }
        finally
        {
            temporary?.Delete(recursive: true);
        }
    }

    /// <summary>Repeats the run.</summary>
    /// <returns>The exit code, and what is not as it was recorded.</returns>
    private async Task<(int Code, List<(string Name, string Recorded, string Now)> Changes)> RepeatAsync(
        ParseResult result, RepeatedRun run, string path, CancellationToken cancellation)
    {
        RunRecord record = run.Record;
        string[] words = run.Words(path, result.GetValue(_dataset), result.GetValue(_model));
        Command command = record.Command == "train"
            ? new TrainCommand { Repeats = record }.Create()
            : new RefineCommand { Repeats = record }.Create();
        ParseResult parsed = command.Parse(words, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            throw new DataException(
                $"{Path.Combine(result.GetRequiredValue(_run), RunRecord.FileName)}: "
                + $"is not an intact record of a training run: {parsed.Errors[0].Message}");
        }

        SortedDictionary<string, string> options = ResumedRun.OptionsOf(parsed);
        List<(string Name, string Recorded, string Now)> changes =
        [
            .. record.Environment!.Differences(RunEnvironment.Current()),
            .. from option in record.Options ?? options
               where options.GetValueOrDefault(option.Key) is string now && now != option.Value
               select (option.Key, option.Value, options[option.Key]),
        ];
        int code = await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = result.GetValue(_json) ? TextWriter.Null : result.Output(),
                Error = result.InvocationConfiguration.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            },
            cancellation);
        return (code, changes);
    }

    private int Compare(
        ParseResult result,
        RepeatedRun run,
        string path,
        List<(string Name, string Recorded, string Now)> changes,
        double seconds)
    {
        var repeated = ModelBundle.Load(path);
        bool isSameFile = RunInputs.HashOf(path) == run.Record.ModelSha256;
        bool isModelThere = File.Exists(run.Model) && RunInputs.HashOf(run.Model) == run.Record.ModelSha256;
        TensorDifference[]? different = isSameFile ? []
            : isModelThere ? TensorDifference.Between(ModelBundle.Load(run.Model), repeated)
            : null;
        int tensors = repeated.Model.Parameters.All.Count();
        bool isIdentical = different is [];
        TextWriter output = result.Output();
        if (result.GetValue(_json))
        {
            Json.Print(output, new
            {
                Run = result.GetRequiredValue(_run),
                run.Model,
                Identical = isIdentical,
                Tensors = tensors,
                Different = different,
                Changes = changes.Select(change => new { change.Name, change.Recorded, change.Now }),
                Seconds = Math.Round(seconds, 3),
            });
            return isIdentical ? App.Success : App.Failure;
        }

        if (different is { Length: > 0 })
        {
            Table table = Terminal.NumberTable("tensor", "different elements", "largest difference");
            foreach (TensorDifference tensor in different)
            {
                table.AddRow(
                    Spectre.Console.Markup.Escape(tensor.Name),
                    $"{tensor.Elements:N0}",
                    tensor.MaxDifference is double max ? $"{max:G3}" : "another shape");
            }

            Terminal.For(output).Write(table);
        }

        output.WriteLine(Terminal.Plain(
            isIdentical ? $"identical: all {tensors} tensors of {run.Model} have the same bits"
            : different is null
                ? $"different: the model file has another SHA-256 than the run's, and the run's is not at {run.Model} "
                    + "to compare its tensors"
            : $"different: {different.Length} of {tensors} tensors of {run.Model}"));
        foreach ((string name, string recorded, string now) in changes)
        {
            output.WriteLine(Terminal.Plain($"{name}: {recorded} in the run, {now} now"));
        }

        return isIdentical ? App.Success : App.Failure;
    }
}
