using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.OnnxRuntime;

namespace ShowTell.Cli.Output;

/// <summary>The versions and the processor that a run is computed with: with others, its bits may be others.</summary>
internal sealed record RunEnvironment
{
    public string ShowTell { get; init; } = "";

    public string Runtime { get; init; } = "";

    public string System { get; init; } = "";

    public string Architecture { get; init; } = "";

    /// <summary>Bits of the widest vectors that are used; 0 for none.</summary>
    public int VectorBits { get; init; }

    public string OnnxRuntime { get; init; } = "";

    public static RunEnvironment Current() => new()
    {
        ShowTell = VersionOf(typeof(App)),
        Runtime = RuntimeInformation.FrameworkDescription,
        System = RuntimeInformation.OSDescription,
        Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
        VectorBits = Vector512.IsHardwareAccelerated ? 512
            : Vector256.IsHardwareAccelerated ? 256
            : Vector128.IsHardwareAccelerated ? 128
            : 0,
        OnnxRuntime = VersionOf(typeof(InferenceSession)),
    };

    /// <summary>What is not the same now, as names and values.</summary>
    public IEnumerable<(string Name, string Recorded, string Now)> Differences(RunEnvironment now) =>
        Named().Zip(now.Named(), (recorded, current) => (recorded.Name, recorded.Value, current.Value))
            .Where(entry => entry.Item2 != entry.Item3);

    /// <summary>What is not the same now, in a sentence.</summary>
    public string Describe(RunEnvironment now)
    {
        string[] differences =
            [.. Differences(now).Select(entry => $"{entry.Name} {entry.Recorded} in the run, {entry.Now} now")];
        return differences.Length == 0 ? "all are as in the run." : $"{string.Join("; ", differences)}.";
    }

    private (string Name, string Value)[] Named() =>
    [
        ("showtell", ShowTell), (".NET", Runtime), ("operating system", System), ("processor", Architecture),
        ("vector width in bits", VectorBits.ToString(CultureInfo.InvariantCulture)), ("ONNX Runtime", OnnxRuntime),
    ];

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
}
