using Spectre.Console;

namespace ShowTell.Cli.Support;

/// <summary>Colour, tables and progress bars for people at a terminal; plain text for pipes and files.</summary>
internal static class Terminal
{
    private const int WidthWithoutTerminal = 120;

    /// <summary>Whether a person watches this writer.</summary>
    public static bool IsInteractive(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    /// <summary>A console that writes there.</summary>
    public static IAnsiConsole For(TextWriter output)
    {
        if (IsInteractive(output))
        {
            return AnsiConsole.Console;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = WidthWithoutTerminal;
        return console;
    }
}
