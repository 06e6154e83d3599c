using ShowTell.Backbones;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell backbone</c>: what a network in an ONNX file offers.</summary>
internal sealed class BackboneCommand
{
    private readonly Argument<string> _network = NewOption.Argument("NET.onnx", "A network in an ONNX file.");
    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create() => new CommandWithExamples(
        "backbone",
        "Show what a network offers: inputs, outputs, inner tensors, preprocessing.",
        Run,
        "showtell backbone resnet18.onnx",
        "showtell backbone vit.onnx --json")
    {
        _network, _json,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        string path = result.GetRequiredValue(_network);
        var network = BackboneInspection.Of(path);
        if (result.GetValue(_json))
        {
            PrintJson(result.Output(), path, network);
        }
        else
        {
            Print(result.Output(), path, network);
        }

        return network.Problem is null ? App.Success : throw new ModelFileException(network.Problem);
    }

    private static void PrintJson(TextWriter output, string path, BackboneInspection network) => Json.Print(output, new
    {
        File = path,
        network.Sha256,
        Bytes = new FileInfo(path).Length,
        WeightFiles = network.WeightFiles.Select(file => new { file.Name, file.Bytes }),
        network.IrVersion,
        network.Opsets,
        network.Producer,
        Inputs = network.Inputs.Select(input => new { input.Name, Type = input.ElementType, Shape = Shape(input) }),
        Outputs = network.Outputs.Select(Facts),
        Inner = network.Inner.Select(Facts),
        network.DefaultOutput,
        Preprocessing = network.Preprocessing?.ToEntries(),
        PreprocessingOrigin = network.PreprocessingOrigin,
        network.LikelyPresets,
        network.Problem,
        Example = ExampleOf(path, network),
    });

    private static object Facts(BackboneFeatures features) => new
    {
        features.Tensor.Name,
        Type = features.Tensor.ElementType,
        Shape = Shape(features.Tensor),
        Kind = features.Kind.Length > 0 ? features.Kind : null,
        Features = features.Features > 0 ? features.Features : (int?)null,
        Side = features.Features > 0 ? features.Side : (int?)null,
    };

    /// <summary>Numbers, and n where any is accepted.</summary>
    private static IEnumerable<object>? Shape(BackboneTensor tensor) =>
        tensor.Shape?.Select(size => size > 0 ? (object)size : "n");

    private static void Print(TextWriter output, string path, BackboneInspection network)
    {
        string opsets = string.Join(", ", network.Opsets.Select(set => $"{set.Key} {set.Value}"));
        string producer = network.Producer.Length > 0 ? $", by {Terminal.Plain(network.Producer)}" : "";
        output.WriteLine($"{path}: {Megabytes(new FileInfo(path).Length)}{producer}");
        output.WriteLine($"ONNX: IR version {network.IrVersion}, opset {Terminal.Plain(opsets)}");
        output.WriteLine($"SHA-256: {network.Sha256}");
        output.WriteLine(network.WeightFiles.Count == 0 ? "weights: in the file" : "weights: in "
            + Terminal.Plain(string.Join(", ", network.WeightFiles.Take(3).Select(file =>
                $"{file.Name} ({Megabytes(file.Bytes)})")))
            + (network.WeightFiles.Count > 3 ? $" and {network.WeightFiles.Count - 3} more files" : ""));
        output.WriteLine("preprocessing: " + (network.Preprocessing is BackbonePreprocessing preprocessing
            ? string.Join(", ", preprocessing.ToEntries().Select(entry => $"{entry.Key} {entry.Value}"))
                + $" (from {network.PreprocessingOrigin})"
            : network.LikelyPresets.Count > 0
                ? $"not described; --preprocessing {string.Join(" or ", network.LikelyPresets)} is likely"
                : "not described"));
        Table table = new Table { Border = TableBorder.Simple }.AddColumns("", "tensor", "shape", "type", "holds");
        foreach (BackboneTensor input in network.Inputs)
        {
            AddRow(table, "input", input, "");
        }

        foreach (BackboneFeatures features in network.Outputs)
        {
            AddRow(table, "output", features.Tensor, features.Description);
        }

        foreach (BackboneFeatures features in network.Inner)
        {
            AddRow(table, "inner", features.Tensor, features.Description);
        }

        Terminal.For(output).Write(table);
        if (ExampleOf(path, network) is string example)
        {
            output.WriteLine($"Try: {example}");
        }
    }

    private static void AddRow(Table table, string role, BackboneTensor tensor, string description) => table.AddRow(
        [
            .. new[]
            {
                role,
                tensor.Name,
                tensor.Shape is null ? "unknown" : string.Join(" x ", Shape(tensor)!),
                tensor.ElementType,
                description,
            }.Select(text => Markup.Escape(Terminal.Plain(text))),
        ]);

    /// <summary>A command line that computes features; null if no tensor holds any.</summary>
    private static string? ExampleOf(string path, BackboneInspection network)
    {
        BackboneFeatures? features =
            network.Outputs.Concat(network.Inner).FirstOrDefault(features => features.Features > 0);
        if (network.Problem is not null || (network.DefaultOutput is null && features is null))
        {
            return null;
        }

        string output = network.DefaultOutput is null ? $" --output {Terminal.Quoted(features!.Tensor.Name)}" : "";
        string preset = network.Preprocessing is null && network.LikelyPresets.Count > 0
            ? $" --preprocessing {network.LikelyPresets[0]}"
            : "";
        return $"showtell features photos --backbone {Terminal.Quoted(path)}{output}{preset} "
            + "--out features.safetensors";
    }

    private static string Megabytes(long bytes) =>
        string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0##} MB");
}
