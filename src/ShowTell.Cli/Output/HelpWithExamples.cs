using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace ShowTell.Cli.Output;

/// <summary>A command whose help ends with examples.</summary>
internal sealed class CommandWithExamples : Command
{
    public CommandWithExamples(
        string name,
        string description,
        Func<ParseResult, CancellationToken, Task<int>> run,
        params string[] examples)
        : base(name, description)
    {
        SetAction(run);
        Examples = examples;
    }

    public CommandWithExamples(
        string name, string description, Func<ParseResult, CancellationToken, int> run, params string[] examples)
        : this(name, description, (result, cancellation) => Task.FromResult(run(result, cancellation)), examples)
    {
    }

    public IReadOnlyList<string> Examples { get; }
}

/// <summary>Prints the help of a command, then its examples.</summary>
internal sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
{
    private const int WidthWithoutTerminal = 110;

    public override bool ClearsParseErrors => true;

    /// <summary>
    /// Makes this the help of a command and its subcommands; commands that only group others print it too.
    /// </summary>
    public static void Install(Command root)
    {
        HelpOption option = root.Options.OfType<HelpOption>().Single();
        option.Description = "Show this help.";
        root.Options.OfType<VersionOption>().Single().Description = "Show the version.";
        var action = new HelpWithExamples((HelpAction)option.Action!);
        option.Action = action;
        foreach (Command group in root.Subcommands.Append(root).Where(command => command.Subcommands.Count > 0))
        {
            group.SetAction(action.Invoke);
        }
    }

    public override int Invoke(ParseResult result)
    {
        TextWriter output = result.InvocationConfiguration.Output;
        foreach (Option option in result.CommandResult.Command.Options)
        {
            option.Aliases.Remove(SharedOptions.OldName);
        }

        help.MaxWidth = Terminal.IsInteractive(output) ? Console.WindowWidth : WidthWithoutTerminal;
        help.Invoke(result);
        if (result.CommandResult.Command is CommandWithExamples { Examples: { Count: > 0 } examples })
        {
            output.WriteLine(examples.Count == 1 ? "Example:" : "Examples:");
            foreach (string example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
        }

        return App.Success;
    }
}
