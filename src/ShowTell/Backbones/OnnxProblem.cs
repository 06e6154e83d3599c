using System.Text.RegularExpressions;

namespace ShowTell.Backbones;

/// <summary>Says in few words what ONNX Runtime says in many.</summary>
internal static partial class OnnxProblem
{
    private const int MaxLength = 200;

    /// <summary>A short form of one of its messages, as the end of a sentence.</summary>
    /// <param name="problem">What was tried.</param>
    /// <param name="message">What ONNX Runtime says.</param>
    public static string Describe(string problem, string message)
    {
        if (IrVersion().Match(message) is { Success: true } version)
        {
            string last = version.Groups[2].Value;
            return $"its file format is too new: IR version {version.Groups[1].Value}, where up to {last} can be read. "
                + "Export it by an older onnx, or lower the number in Python: m = onnx.load(FILE); "
                + $"m.ir_version = {last}; onnx.save(m, FILE)";
        }

        if (Opset().Match(message) is { Success: true } opset)
        {
            string last = opset.Groups[3].Value;
            return $"its operators are too new: opset {opset.Groups[1].Value} of {opset.Groups[2].Value}, where up to "
                + $"{last} can be run. Export it with opset_version={last} or lower, or use "
                + "onnx.version_converter.convert_version";
        }

        if (Unregistered().Match(message) is { Success: true } custom)
        {
            return $"it uses the operator {Cut(custom.Groups[1].Value)}, which ONNX Runtime does not have: operators "
                + "of one's own cannot be run. Export the network without them";
        }

        if (NoOperator().Match(message) is { Success: true } unknown)
        {
            return $"it uses the operator {Cut(unknown.Groups[1].Value)}, which opset {unknown.Groups[2].Value} does "
                + "not have: export it again with the opset that has it";
        }

        if (NotImplemented().Match(message) is { Success: true } missing)
        {
            return $"ONNX Runtime cannot run its operator {Cut(missing.Groups[1].Value)} with numbers of that type on "
                + "a processor: export the network in 32-bit floats";
        }

        string plain = Prefix().Replace(message.ReplaceLineEndings(" "), "").Trim().TrimEnd('.');
        return $"{problem}: {Cut(plain)}";
    }

    private static string Cut(string text) => text.Length <= MaxLength ? text : $"{text[..MaxLength]}...";

    [GeneratedRegex(@"Unsupported model IR version: (\d+), max supported IR version: (\d+)")]
    private static partial Regex IrVersion();

    [GeneratedRegex(@"Opset (\d+) is under development .* for domain (\S+) is till opset (\d+)")]
    private static partial Regex Opset();

    [GeneratedRegex(@"Fatal error: (\S+?)\(-?\d+\) is not a registered function/op")]
    private static partial Regex Unregistered();

    [GeneratedRegex(@"No Op registered for (\S+) with domain_version of (\d+)")]
    private static partial Regex NoOperator();

    [GeneratedRegex(@"Could not find an implementation for (\w+)\(\d+\)")]
    private static partial Regex NotImplemented();

    // The code, the file, and where in ONNX Runtime's source it happened.
    [GeneratedRegex(@"^\[ErrorCode:\w+\] |Load model from .*? failed:|/onnxruntime_src/\S+:\d+ [^)]*\)( const)? ?")]
    private static partial Regex Prefix();
}
