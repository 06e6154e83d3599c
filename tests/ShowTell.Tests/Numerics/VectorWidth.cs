using System.Diagnostics;
using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>
/// Runs tests again with narrower vectors than this machine's. The runtime settles their width when it starts, so that
/// each width takes a process of its own.
/// </summary>
internal static class VectorWidth
{
    /// <summary>What can be switched off, one switch a process.</summary>
    public static TheoryData<string> Switches => ["DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    /// <summary>Runs classes of tests with one of the switches off.</summary>
    public static Task RunTests(string switchedOff, params Type[] classes) =>
        Run(switchedOff, [.. classes.SelectMany(tests => new[] { "-class", tests.FullName! })]);

    /// <summary>Runs one test with one of the switches off.</summary>
    public static Task RunTests(string switchedOff, Type tests, string name) =>
        Run(switchedOff, ["-method", $"{tests.FullName}.{name}"]);

    private static async Task Run(string switchedOff, string[] selection)
    {
        string host = Environment.ProcessPath!;
        bool isMuxer = Path.GetFileNameWithoutExtension(host) == "dotnet";
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (isMuxer)
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ShowTell.Tests.dll"));
        }

        start.ArgumentList.Add("-noColor");
        foreach (string argument in selection)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[switchedOff] = "0";

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await errors;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        Assert.Matches(@"Total: [1-9]\d*, Errors: 0, Failed: 0, Skipped: 0", output);
    }
}
