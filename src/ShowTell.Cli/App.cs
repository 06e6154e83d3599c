using System.CommandLine.Help;
using ShowTell.Cli.Commands;

namespace ShowTell.Cli;

/// <summary>The <c>showtell</c> command: its subcommands, and how errors are reported.</summary>
internal static class App
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Interrupted = 130;

    /// <summary>Runs a command line; cancelling it ends the work in good order, as Ctrl-C does.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        (output, error) = (new PlainWriter(output), new PlainWriter(error));

        // Words that begin with @ are words, not files with more options.
        var plain = new ParserConfiguration { ResponseFileTokenReplacer = null };
        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // The process itself turns signals into cancellation.
        };
        Command root = CreateRoot();
        try
        {
            string[] words = ResumedRun.Apply(args, words => root.Parse(words, plain));
            ParseResult parsed = Preset.Apply(root.Parse(words, plain), more => root.Parse([.. words, .. more], plain));
            return parsed.Errors.Count > 0
                ? throw new ShowTellException(CommandLineProblem.Describe(parsed))
                : await parsed.InvokeAsync(configuration, cancellation);
        }
        catch (OperationCanceledException exception)
        {
            error.WriteLine($"showtell: {(exception is InterruptedException ? exception.Message : "interrupted")}");
            return Interrupted;
        }
        catch (Exception exception) when (Environment.GetEnvironmentVariable("SHOWTELL_DEBUG") is null or "")
        {
            error.WriteLine($"showtell: {Terminal.Plain(Describe(exception))}");
            return Failure;
        }
    }

    private static Command CreateRoot()
    {
        // Not a RootCommand, which is named after its executable file.
        var root = new Command("showtell", "Trains, runs and judges image captioners. Start with: showtell demo")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
            DemoCommand.Create(),
            CheckCommand.Create(),
            new Command(
                "data", "Show, check or make a dataset: data info, data sample, data import, data export.")
            {
                new DataInfoCommand().Create(), new DataSampleCommand().Create(), new DataImportCommand().Create(),
                new DataExportCommand().Create(),
            },
            new BackboneCommand().Create(),
            new FeaturesCommand().Create(),
            new TrainCommand().Create(),
            new RefineCommand().Create(),
            new CalibrateCommand().Create(),
            new ReproduceCommand().Create(),
            new SampleCommand().Create(),
            new CaptionCommand().Create(),
            new DoctorCommand().Create(),
            new ScoreCommand().Create(),
            new EvaluateCommand().Create(),
            new CompareCommand().Create(),
            new ReportCommand().Create(),
            new VerifyCommand().Create(),
        };
        HelpWithExamples.Install(root);
        return root;
    }

    private static string Describe(Exception exception) => exception switch
    {
        ShowTellException => exception.Message,
        ArgumentOutOfRangeException value when LibraryNames.Describe(value) is string message => message,
        IOException => $"cannot read or write: {exception.Message}",
        OutOfMemoryException => "out of memory.",
        _ => $"{exception.GetType().Name}: {exception.Message} "
            + "(this is a bug in showtell; SHOWTELL_DEBUG=1 shows where)",
    };
}
