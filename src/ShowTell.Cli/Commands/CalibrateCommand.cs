namespace ShowTell.Cli.Commands;

/// <summary><c>showtell calibrate</c>: fits the confidence of a model's captions.</summary>
internal sealed class CalibrateCommand
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Argument<string> _dataset = SharedOptions.Dataset();
    private readonly Option<string> _out = NewOption.Path(
        "--out", "FILE", "The model file to write. [default: MODEL, which is replaced]");

    private readonly Option<string> _references = SharedOptions.References();
    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create() => new CommandWithExamples(
        "calibrate",
        "Fit the confidence of a model's captions to validation photos, as train does at its end.",
        Run,
        "showtell calibrate m.safetensors flickr8k",
        "showtell calibrate m.safetensors flickr8k --out sure.safetensors")
    {
        _model, _dataset, _out, _references, _json, NewOption.Seed(),
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string model = result.GetRequiredValue(_model), path = result.GetValue(_out) ?? model;
        bool isJson = result.GetValue(_json);
        TextWriter output = result.Output();
        if (path != model && Path.Exists(path))
        {
            throw new ShowTellException($"{path}: already exists; choose another name with --out.");
        }

        OutputPath.EnsureFilesWritable(path);
        var bundle = ModelBundle.Load(model);
        using var loaded = LoadedDataset.LoadOf(model, bundle, result.GetRequiredValue(_dataset));
        ReferenceCaptions references =
            loaded.References(loaded.Captions.Validation, result.GetValue(_references));
        (ModelBundle calibrated, FittedConfidence fitted) = ConfidenceRun.Fit(
            bundle, loaded.Captions, references, output, isJson, result.Seed(), cancellation);
        if (fitted.Problem is not null)
        {
            throw new ShowTellException($"{model}: no confidence can be fitted: {fitted.Problem}.");
        }

        calibrated.Save(path);
        if (isJson)
        {
            Json.Print(output, new { Model = path, Calibration = fitted.Calibration });
        }
        else
        {
            output.WriteLine(ConfidenceRun.Describe(fitted));
            output.WriteLine($"model: {path}");
        }

        return App.Success;
    }
}
