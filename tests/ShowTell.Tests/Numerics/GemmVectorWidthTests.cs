using System.Diagnostics;
using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>
/// <see cref="GemmTests"/> and <see cref="PackedMatrixTests"/> again with narrower vectors than this machine's. The
/// runtime settles their width when it starts, so that each width takes a process of its own.
/// </summary>
public sealed class GemmVectorWidthTests
{
    [Theory]
    [InlineData("DOTNET_EnableAVX512")]
    [InlineData("DOTNET_EnableAVX2")]
    [InlineData("DOTNET_EnableHWIntrinsic")]
    public async Task Products_are_right_with_narrower_vectors(string switchedOff)
    {
        string host = Environment.ProcessPath!;
        bool isMuxer = Path.GetFileNameWithoutExtension(host) == "dotnet";
        var start = new ProcessStartInfo(host) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (isMuxer)
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ShowTell.Tests.dll"));
        }

        start.ArgumentList.Add("-noColor");
        foreach (Type tests in new[] { typeof(GemmTests), typeof(PackedMatrixTests) })
        {
            start.ArgumentList.Add("-class");
            start.ArgumentList.Add(tests.FullName!);
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
