using ShowTell.Diagnostics;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell doctor</c>: problems of a model, or of the dataset it is used with.</summary>
internal sealed class DoctorCommand
{
    private readonly Argument<string> _model = SharedOptions.Model();
    private readonly Argument<string> _dataset = NewOption.Argument(
        "DATASET", $"{SharedOptions.DatasetDescription} It need not be compatible with the model.", isRequired: false);

    private readonly Option<string> _backbone = NewOption.ExistingFile(
        "--backbone", "NET", "The backbone that computes features. [default: the one in or beside MODEL]");

    private readonly Option<string> _photos = NewOption.ExistingFolder(
        "--photos", "Folder of the dataset's photos. [default: the one that an imported dataset names]");

    private readonly Option<string> _split = SharedOptions.Split("val");
    private readonly Option<int> _limit = SharedOptions.Limit("Maximum number of images, sampled at random.", 200);
    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create() => new CommandWithExamples(
        "doctor",
        "Diagnose a model and its dataset. Exit code 1 if there is a problem.",
        Run,
        "showtell doctor lstm.safetensors",
        "showtell doctor lstm.safetensors coco --backbone vgg16.onnx --photos val2014",
        "showtell doctor scenes.safetensors scenes --json")
    {
        _model, _dataset, _backbone, _photos, _split, _limit, _json, NewOption.Seed(),
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.Output();
        string model = result.GetRequiredValue(_model);
        bool isJson = result.GetValue(_json);
        ModelBundle bundle = ModelBundle.Load(model);
        using LoadedDataset? dataset = result.GetValue(_dataset) is string name ? LoadAnyFor(bundle, name) : null;
        _ = dataset?.Captions.Split(result.GetRequiredValue(_split)); // Refuses one that is not there.
        var options = new DiagnosisOptions
        {
            ModelPath = model,
            Backbone = result.GetValue(_backbone),
            PhotoFolder = result.GetValue(_photos),
            Split = result.GetRequiredValue(_split),
            Images = result.GetValue(_limit),
            Seed = result.Seed(),
        };
        IReadOnlyList<Finding> Examine(Action<string>? progress) =>
            ModelDiagnosis.Run(bundle, dataset?.Captions, options, progress, cancellation);
        IReadOnlyList<Finding> findings = Terminal.IsInteractive(output) && !isJson
            ? Terminal.For(output).Status().Start("examining", status => Examine(name => status.Status = name))
            : Examine(progress: null);
        if (isJson)
        {
            Json.Print(output, new
            {
                Findings = findings.Select(finding => new
                {
                    finding.Name,
                    finding.Level,
                    finding.Text,
                    finding.Advice,
                    Values = finding.Values.Count > 0 ? finding.Values : null,
                }),
            });
        }
        else
        {
            Print(findings, output);
        }

        return findings.Any(finding => finding.Level == FindingLevel.Problem) ? App.Failure : App.Success;
    }

    /// <summary>A dataset with the features that the model was trained on, or else with those that it has.</summary>
    private static LoadedDataset LoadAnyFor(ModelBundle bundle, string name)
    {
        try
        {
            return LoadedDataset.LoadFor(bundle, name);
        }
        catch (DataException)
        {
            return LoadedDataset.Load(name, features: null);
        }
    }

    private static void Print(IReadOnlyList<Finding> findings, TextWriter output)
    {
        Table table = new Table { Border = TableBorder.None }.HideHeaders();
        table.AddColumns(
            new TableColumn("level").NoWrap(), new TableColumn("check").NoWrap(), new TableColumn("finding"));
        foreach (Finding finding in findings)
        {
            table.AddRow(
                $"[{ColorOf(finding.Level)}]{finding.Level.ToString().ToLowerInvariant()}[/]",
                Markup.Escape(finding.Name),
                Markup.Escape(Terminal.Plain(finding.Text)));
            if (finding.Advice is string advice)
            {
                table.AddRow("", "", $"[bold]->[/] {Markup.Escape(Terminal.Plain(advice))}");
            }
        }

        WriteTable(table, output);
        int Count(FindingLevel level) => findings.Count(finding => finding.Level == level);
        output.WriteLine();
        output.WriteLine(
            $"problems: {Count(FindingLevel.Problem)}, warnings: {Count(FindingLevel.Warning)}, "
            + $"good: {Count(FindingLevel.Good)}, not checked: {Count(FindingLevel.Skipped)}");
    }

    /// <summary>Writes a table, without the spaces at the ends of its lines if it goes to a file or pipe.</summary>
    private static void WriteTable(Table table, TextWriter output)
    {
        if (Terminal.IsInteractive(output))
        {
            Terminal.For(output).Write(table);
            return;
        }

        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Terminal.For(text).Write(table);
        foreach (string line in text.ToString().TrimEnd().Split('\n'))
        {
            output.WriteLine(line.TrimEnd());
        }
    }

    private static string ColorOf(FindingLevel level) => level switch
    {
        FindingLevel.Good => "green",
        FindingLevel.Warning => "yellow",
        FindingLevel.Problem => "red",
        _ => "grey",
    };
}
