using System.Globalization;
using System.Text.Json;
using ShowTell.Cli;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>What a command gave back.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The lines of the output, each parsed as JSON.</summary>
    public JsonElement[] JsonLines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    public CommandResult Succeeded()
    {
        Assert.True(ExitCode == 0 && Error.Length == 0, $"exit code {ExitCode}: {Error}");
        return this;
    }

    /// <summary>Checks that the command failed as it should: exit code 1 and one line that says all of this.</summary>
    public void Failed(params string[] said)
    {
        Assert.Equal(1, ExitCode);
        Assert.StartsWith("showtell: ", Error, StringComparison.Ordinal);
        Assert.Equal(Error.Length - 1, Error.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain("bug in showtell", Error, StringComparison.Ordinal);
        Assert.All(
            said, text => Assert.True(Error.Contains(text, StringComparison.Ordinal), $"\"{text}\" not in: {Error}"));
    }

    private static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;
}

/// <summary>Runs <c>showtell</c> within the test's process.</summary>
internal static class Command
{
    public static Task<CommandResult> RunAsync(params string[] args) => RunAsync(args, null);

    /// <summary>Runs a command; interrupts it once it has written <paramref name="interruptAt"/>.</summary>
    public static async Task<CommandResult> RunAsync(string[] args, string? interruptAt)
    {
        using var interrupt = new CancellationTokenSource();
        using var output = new Watcher(text =>
        {
            if (interruptAt is not null && text.Contains(interruptAt, StringComparison.Ordinal))
            {
                interrupt.Cancel();
            }
        });
        using var error = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        int exitCode = await App.RunAsync(args, output, error, interrupt.Token);
        return new CommandResult(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>A writer that shows each line to somebody.</summary>
    private sealed class Watcher(Action<string> see) : StringWriter(CultureInfo.InvariantCulture)
    {
        public override string NewLine => "\n";

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            see(value ?? "");
        }

        public override void WriteLine(object? value) => WriteLine(value?.ToString());
    }
}
