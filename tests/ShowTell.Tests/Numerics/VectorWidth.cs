using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>
/// Runs tests with narrower vectors. The runtime fixes the vector width at startup, so each width takes its own
/// process.
/// </summary>
internal static class VectorWidth
{
    /// <summary>What can be disabled, one per process.</summary>
    public static TheoryData<string> Switches =>
        ["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    /// <summary>Runs test classes with one instruction set disabled.</summary>
    public static Task RunTests(string disabled, params Type[] classes) => OtherProcess.Run(
        [.. classes.SelectMany(tests => new[] { "-class", tests.FullName! })], (disabled, "0"));

    /// <summary>Runs one test with one instruction set disabled.</summary>
    public static Task RunTests(string disabled, Type tests, string name) =>
        OtherProcess.Run(["-method", $"{tests.FullName}.{name}"], (disabled, "0"));
}
