using System.Diagnostics;
using Xunit;

namespace ShowTell.Tests;

/// <summary>Runs tests in a process of their own, for what is settled or measured once a process.</summary>
internal static class OtherProcess
{
    /// <summary>Runs the tests that the runner's arguments select; all must pass, and what the runner printed is
    /// returned.</summary>
    public static async Task<string> Run(string[] selection, params (string Name, string Value)[] environment)
    {
        string host = Environment.ProcessPath!;
        bool isMuxer = Path.GetFileNameWithoutExtension(host) == "dotnet";
        string[] program = isMuxer ? [Path.Combine(AppContext.BaseDirectory, "ShowTell.Tests.dll")] : [];
        var start = new ProcessStartInfo(host, [.. program, "-noColor", .. selection])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string variable, string value) in environment)
        {
            start.Environment[variable] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output =
            await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await errors;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        Assert.Matches(@"Total: [1-9]\d*, Errors: 0, Failed: 0, Skipped: 0", output);
        return output;
    }
}
