using ShowTell.Diagnostics;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell verify</c>: verifies the checksums of models, checkpoints and datasets.</summary>
internal sealed class VerifyCommand
{
    private const int ShownProblems = 20;

    private readonly Argument<string[]> _paths = NewOption.Files(
        "MODEL|DATASET|CHECKPOINT", "Model files, checkpoints, and folders of datasets or of training runs.");

    private readonly Option<bool> _json = SharedOptions.Json();

    public Command Create() => new CommandWithExamples(
        "verify",
        "Verify every checksum of models, datasets and checkpoints, and say what is damaged.",
        Run,
        "showtell verify model.safetensors",
        "showtell verify mine model.safetensors --json")
    {
        _paths, _json,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        bool isJson = result.GetValue(_json);
        string[] files = [.. result.GetRequiredValue(_paths).SelectMany(FileVerification.FilesOf)];
        long total = files.Sum(file => new FileInfo(file).Length), done = 0;
        VerifiedFile[] verified = Terminal.Watch(result.Output(), "verifying", isJson, tell => files.Select(file =>
            FileVerification.Verify(
                file, bytes => tell?.Invoke(Math.Min(1, (done += bytes) / (double)Math.Max(1, total))), cancellation))
            .ToArray());
        int damaged = verified.Count(file => file.ProblemCount > 0);
        if (isJson)
        {
            Json.Print(result.Output(), new { Files = verified, Damaged = damaged });
        }
        else
        {
            Array.ForEach(verified, file => Print(result.Output(), file));
            result.Output().WriteLine(
                $"{verified.Length:N0} {(verified.Length == 1 ? "file" : "files")}: {damaged:N0} damaged, "
                + $"{verified.Count(file => file.ProblemCount == 0 && !file.HasChecksums):N0} without checksums");
        }

        return damaged > 0 ? App.Failure : App.Success;
    }

    private static void Print(TextWriter output, VerifiedFile file)
    {
        if (file.ProblemCount > 0)
        {
            foreach (string problem in file.Problems.Take(ShownProblems))
            {
                output.WriteLine($"DAMAGED  {Terminal.Plain(problem)}");
            }

            if (file.ProblemCount > ShownProblems)
            {
                output.WriteLine($"DAMAGED  {file.File}: and {file.ProblemCount - ShownProblems:N0} more problems.");
            }

            return;
        }

        string tensors = file.Tensors > 0 ? $" ({file.Tensors:N0} {(file.Tensors == 1 ? "tensor" : "tensors")})" : "";
        output.WriteLine(file.HasChecksums
            ? $"intact   {Terminal.Plain(file.File)}{tensors}"
            : $"readable {Terminal.Plain(file.File)}{tensors}: has no checksums");
    }
}
