using System.Diagnostics;
using System.Text;
using ShowTell.Cli.Output;
using ShowTell.ModelFiles;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>What only a process of its own shows: signals, pipes, encodings, the environment.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Output_is_UTF8_without_colours_whatever_the_locale()
    {
        using Process process = Start(["check"], ("LC_ALL", "C"), ("LANG", "C"), ("TERM", "xterm-256color"));
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await ExitCodeAsync(process));
        Assert.Contains("──", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', output);
    }

    [Fact]
    public async Task A_reader_that_leaves_early_is_no_error()
    {
        using var tiny = new TinyFolder();
        string model = await tiny.TrainAsync("m.safetensors");
        using Process process = Start(["sample", model, tiny.Data, "--json"]);
        process.StandardOutput.Close();
        Assert.Equal("", await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await ExitCodeAsync(process));
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task Signals_end_training_with_its_model_and_a_checkpoint(string signal)
    {
        Assert.SkipUnless(
            File.Exists("/bin/kill") || File.Exists("/usr/bin/kill"), "Sends a signal with the kill command.");
        Assert.SkipWhen(
            signal == "INT" && IgnoresInterrupts(), "A shell's background job ignores Ctrl-C, and so do its children.");
        using var tiny = new TinyFolder();
        string model = tiny.File("m.safetensors");
        using Process process = Start(tiny.TrainLine(model, epochs: 10_000));
        string? line = "";
        while (line?.StartsWith("(Iteration 20 /", StringComparison.Ordinal) == false)
        {
            line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        }

        Process.Start("kill", [$"-{signal}", $"{process.Id}"]).Dispose();
        string rest = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(130, await ExitCodeAsync(process));
        Assert.Contains($"model: {model}", rest, StringComparison.Ordinal);
        Assert.InRange(ModelBundle.Load(model).Training.Epoch, 1, 9999);
        string log = tiny.File("m-log");
        Assert.Contains($"Resume: showtell train --resume {log}", rest, StringComparison.Ordinal);
        Assert.Single(RunFolder.CheckpointsIn(log));
    }

    private static Process Start(string[] args, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "ShowTell.Cli.dll"), .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    /// <summary>Whether this process ignores SIGINT, signal 2, as Linux reports it.</summary>
    private static bool IgnoresInterrupts()
    {
        const string Name = "SigIgn:", Status = "/proc/self/status";
        string? mask = File.Exists(Status)
            ? File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal))
            : null;
        return mask is not null && (Convert.ToUInt64(mask[Name.Length..].Trim(), 16) & 0b10) != 0;
    }

    private static async Task<int> ExitCodeAsync(Process process)
    {
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }
}
