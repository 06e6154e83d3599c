using System.CommandLine;

namespace ShowTell.Cli;

/// <summary>The <c>showtell</c> command: its subcommands, and how errors reach a person.</summary>
internal static class App
{
    private const int Failure = 1;
    private const int Interrupted = 130;

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Trains and runs image captioners. Start with: showtell demo")
        {
            DemoCommand.Create(),
            CheckCommand.Create(),
            DataCommand.Create(),
            TrainCommand.Create(),
            SampleCommand.Create(),
        };
        ParseResult parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && args.Length > 0)
        {
            error.WriteLine($"showtell: {parsed.Errors[0].Message}");
            error.WriteLine($"Help: {HelpCommand(parsed)}");
            return Failure;
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
        };
        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (ShowTellException exception)
        {
            error.WriteLine($"showtell: {exception.Message}");
            return Failure;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("showtell: interrupted");
            return Interrupted;
        }
        catch (Exception exception) when (Environment.GetEnvironmentVariable("SHOWTELL_DEBUG") is null or "")
        {
            error.WriteLine($"showtell: {exception.GetType().Name}: {exception.Message} (this is a mistake of the program; SHOWTELL_DEBUG=1 shows where)");
            return Failure;
        }
    }

    private static string HelpCommand(ParseResult parsed)
    {
        var names = new List<string>();
        for (System.CommandLine.Parsing.SymbolResult? result = parsed.CommandResult; result is not null; result = result.Parent)
        {
            if (result is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } command)
            {
                names.Insert(0, command.Command.Name);
            }
        }

        return string.Join(' ', ["showtell", .. names, "--help"]);
    }
}
