using System.CommandLine.Help;
using ShowTell.Cli.Support;

namespace ShowTell.Cli;

/// <summary>The <c>showtell</c> command: its subcommands, and how errors reach a person.</summary>
internal static class App
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Interrupted = 130;

    /// <summary>Runs a command line; it can be cancelled in good order, as by Ctrl-C.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        string[] args, TextWriter output, TextWriter error, CancellationToken cancellation = default)
    {
        // Words that begin with @ are words, not files with more options.
        var plain = new ParserConfiguration { ResponseFileTokenReplacer = null };
        Command root = CreateRoot();
        ParseResult parsed;
        try
        {
            parsed = Recipe.Apply(root.Parse(args, plain), more => root.Parse([.. args, .. more], plain));
        }
        catch (ShowTellException exception)
        {
            error.WriteLine($"showtell: {Terminal.Plain(exception.Message)}");
            return Failure;
        }

        if (parsed.Errors.Count > 0)
        {
            error.WriteLine($"showtell: {Terminal.Plain(CommandLineProblem.Describe(parsed))}");
            return Failure;
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null, // The process itself turns signals into cancellation.
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellation);
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
        // Not a RootCommand, which is called what its file is called.
        var root = new Command("showtell", "Trains and runs image captioners. Start with: showtell demo")
        {
            new HelpOption { Recursive = true },
            new VersionOption(),
            DemoCommand.Create(),
            CheckCommand.Create(),
            new Command("data", "Look at a dataset or make one: data info, data sample, data import.")
            {
                new DataInfoCommand().Create(), new DataSampleCommand().Create(), new DataImportCommand().Create(),
            },
            new FeaturesCommand().Create(),
            new TrainCommand().Create(),
            new RefineCommand().Create(),
            new SampleCommand().Create(),
            new CaptionCommand().Create(),
            new DoctorCommand().Create(),
            new ScoreCommand().Create(),
            new EvaluateCommand().Create(),
            new ReportCommand().Create(),
        };
        HelpWithExamples.Install(root);
        return root;
    }

    private static string Describe(Exception exception) => exception switch
    {
        ShowTellException => exception.Message,
        IOException => $"cannot read or write: {exception.Message}",
        OutOfMemoryException => "there is not enough memory.",
        _ => $"{exception.GetType().Name}: {exception.Message} "
            + "(this is a mistake of the program; SHOWTELL_DEBUG=1 shows where)",
    };
}
