using System.Diagnostics;
using System.Globalization;
using System.Text;
using ShowTell.Cli.Output;
using ShowTell.Tests.Training;
using Xunit;

namespace ShowTell.Tests.Cli;

/// <summary>
/// Training that is killed at random moments, over and over, while it writes a checkpoint after every step. The number
/// of kills is SHOWTELL_KILLS, by default 50.
/// </summary>
public sealed class KillTests
{
    private const int Epochs = 150;

    private static readonly int s_kills =
        int.Parse(Environment.GetEnvironmentVariable("SHOWTELL_KILLS") ?? "50", CultureInfo.InvariantCulture);

    [Fact]
    public async Task Killed_training_always_finds_a_complete_checkpoint_and_ends_with_the_same_bits()
    {
        using var tiny = new TinyFolder();
        string whole = tiny.File("whole.safetensors");
        (await Command.RunAsync(Line(tiny, whole))).Succeeded();
        var random = new Random(231);
        int runs = 0, killed = 0;
        while (killed < s_kills)
        {
            string model = tiny.File($"{runs}.safetensors"), log = tiny.File($"{runs}-log");
            runs++;
            string[] line = Line(tiny, model);
            while (true)
            {
                string? from = RunFolder.CheckpointsIn(log).FirstOrDefault();

                // Most while training, some earlier: while the process starts, or reads the checkpoint.
                bool isEarly = random.Next(4) == 0;
                int milliseconds = killed < s_kills ? random.Next(isEarly ? 700 : 200) : Timeout.Infinite;
                (bool isKilled, string output) = await KillAsync(line, milliseconds, isEarly);
                if (from is not null && !isEarly)
                {
                    Assert.Contains($"from {from}", output, StringComparison.Ordinal);
                    Assert.DoesNotContain("warning", output, StringComparison.Ordinal);
                }

                if (!isKilled)
                {
                    break;
                }

                killed++;
                line = RunFolder.CheckpointsIn(log).Length > 0
                    ? ["train", "--resume", log]
                    : [.. Line(tiny, model), "--overwrite"];
            }

            Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(model));
            ResumeTests.AssertSameBits(
                RunFolder.CheckpointsIn(tiny.File("whole-log"))[0], RunFolder.CheckpointsIn(log)[0]);
            Assert.Equal(2, RunFolder.CheckpointsIn(log).Length);
        }

        TestContext.Current.SendDiagnosticMessage($"{killed} kills in {runs} runs");
    }

    private static string[] Line(TinyFolder tiny, string model) =>
        [.. tiny.TrainLine(model, Epochs), "--checkpoint-every", "1steps", "--patience", "1000"];

    /// <summary>Starts a command, and kills it so many milliseconds after that, or after its first
    /// iteration.</summary>
    /// <returns>Whether it was killed before it ended by itself, and its output.</returns>
    private static async Task<(bool IsKilled, string Output)> KillAsync(
        string[] line, int milliseconds, bool isEarly)
    {
        var start = new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "ShowTell.Cli.dll"), .. line])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = new StringBuilder();
        CancellationToken token = TestContext.Current.CancellationToken;
        while (!isEarly && await process.StandardOutput.ReadLineAsync(token) is string text)
        {
            output.AppendLine(text);
            if (text.StartsWith("(Iteration", StringComparison.Ordinal))
            {
                break;
            }
        }

        Task<string> rest = process.StandardOutput.ReadToEndAsync(token);
        await Task.WhenAny(Task.Delay(milliseconds, token), process.WaitForExitAsync(token));
        process.Kill();
        await process.WaitForExitAsync(token);
        output.Append(await rest).Append(await errors);
        Assert.True(process.ExitCode is 0 or 137, output.ToString());
        return (process.ExitCode != 0, output.ToString());
    }
}
