using ShowTell.Cli.Support;
using ShowTell.Diagnostics;
using ShowTell.ModelFiles;

namespace ShowTell.Cli;

/// <summary><c>showtell doctor</c>: what is wrong with a model, or with what it is used with.</summary>
internal sealed class DoctorCommand
{
    private const int GreatestCount = 1_000_000;

    private readonly Argument<string> _model = Options.Model();
    private readonly Argument<string?> _dataset = OptionalDataset();
    private readonly Option<string> _backbone = Options.Path(
        "--backbone", "NET", "The network that turns photos into features. [default: the one in or beside MODEL]");

    private readonly Option<string> _photos = Options.Path(
        "--photos", "DIR", "Folder of the dataset's photos. [default: the one that an imported dataset names]");

    private readonly Option<string> _split = Options.Split("val");
    private readonly Option<int> _images =
        Options.Positive("--images", "Images to look at, at most.", 200, GreatestCount);

    private readonly Option<bool> _json = Options.Json();
    private readonly Option<ulong> _seed = Options.Seed();

    public Command Create() => new CommandWithExamples(
        "doctor",
        "Find what is wrong with a model, or with the dataset it is used with. Exit code 1 if something is.",
        Run,
        "showtell doctor lstm.safetensors",
        "showtell doctor lstm.safetensors coco --backbone vgg16.onnx --photos val2014",
        "showtell doctor scenes.safetensors scenes --json")
    {
        _model, _dataset, _backbone, _photos, _split, _images, _json, _seed,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        string model = result.GetRequiredValue(_model);
        ModelBundle bundle = ModelBundle.Load(model);
        Options.RequirePlaces(result, (_photos, IsFile: false), (_backbone, IsFile: true));
        using LoadedDataset? dataset =
            result.GetValue(_dataset) is string name ? LoadAnyFor(bundle, name) : null;
        var options = new DiagnosisOptions
        {
            ModelPath = model,
            Backbone = result.GetValue(_backbone),
            PhotoFolder = result.GetValue(_photos),
            Split = result.GetRequiredValue(_split),
            Images = result.GetValue(_images),
            Seed = Options.SeedOf(result),
        };
        IReadOnlyList<Finding> Examine(Action<string>? progress) =>
            ModelDiagnosis.Run(bundle, dataset?.Captions, options, progress, cancellation);
        IReadOnlyList<Finding> findings = Terminal.IsInteractive(output) && !result.GetValue(_json)
            ? Terminal.For(output).Status().Start("examining", status => Examine(name => status.Status = name))
            : Examine(progress: null);
        if (result.GetValue(_json))
        {
            Json.Print(output, new { Findings = findings.Select(Fields) });
        }
        else
        {
            Print(findings, output);
        }

        return findings.Any(finding => finding.Level == FindingLevel.Problem) ? App.Failure : App.Success;
    }

    private static Argument<string?> OptionalDataset()
    {
        Argument<string> required = Options.Dataset();
        var dataset = new Argument<string?>(required.Name)
        {
            Arity = ArgumentArity.ZeroOrOne,
            Description = $"{required.Description} It may fit the model or not.",
        };
        dataset.Validators.AddRange(required.Validators);
        return dataset;
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
            return LoadedDataset.Load(name, pca: null);
        }
    }

    private static object Fields(Finding finding) => new
    {
        finding.Name,
        finding.Level,
        finding.Text,
        finding.Advice,
        Values = finding.Values.Count > 0 ? finding.Values : null,
    };

    private static void Print(IReadOnlyList<Finding> findings, TextWriter output)
    {
        Table table = new Table { Border = TableBorder.None }.HideHeaders();
        table.AddColumns(
            new TableColumn("level").NoWrap(), new TableColumn("check").NoWrap(), new TableColumn("finding"));
        foreach (Finding finding in findings)
        {
            table.AddRow(
                $"[{ColourOf(finding.Level)}]{finding.Level.ToString().ToLowerInvariant()}[/]",
                Markup.Escape(finding.Name),
                Markup.Escape(Terminal.Plain(finding.Text)));
            if (finding.Advice is string advice)
            {
                table.AddRow("", "", $"[bold]->[/] {Markup.Escape(Terminal.Plain(advice))}");
            }
        }

        WriteTable(table, output);
        output.WriteLine();
        output.WriteLine(Summary(findings));
    }

    /// <summary>Tables fill their lines with spaces, which no file needs.</summary>
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

    private static string ColourOf(FindingLevel level) => level switch
    {
        FindingLevel.Good => "green",
        FindingLevel.Warning => "yellow",
        FindingLevel.Problem => "red",
        _ => "grey",
    };

    private static string Summary(IReadOnlyList<Finding> findings)
    {
        int Count(FindingLevel level) => findings.Count(finding => finding.Level == level);
        return $"problems: {Count(FindingLevel.Problem)}, warnings: {Count(FindingLevel.Warning)}, "
            + $"good: {Count(FindingLevel.Good)}, not checked: {Count(FindingLevel.Skipped)}";
    }
}
