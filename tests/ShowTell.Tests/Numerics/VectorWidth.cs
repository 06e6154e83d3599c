using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>
/// Runs tests again with narrower vectors than this machine's. The runtime settles their width when it starts, so that
/// each width takes a process of its own.
/// </summary>
internal static class VectorWidth
{
    /// <summary>What can be switched off, one switch a process.</summary>
    public static TheoryData<string> Switches =>
        ["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    /// <summary>Runs classes of tests with one of the switches off.</summary>
    public static Task RunTests(string switchedOff, params Type[] classes) => OtherProcess.Run(
        [.. classes.SelectMany(tests => new[] { "-class", tests.FullName! })], (switchedOff, "0"));

    /// <summary>Runs one test with one of the switches off.</summary>
    public static Task RunTests(string switchedOff, Type tests, string name) =>
        OtherProcess.Run(["-method", $"{tests.FullName}.{name}"], (switchedOff, "0"));
}
