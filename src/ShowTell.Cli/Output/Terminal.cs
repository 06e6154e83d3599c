namespace ShowTell.Cli.Output;

/// <summary>Colors, tables and progress bars on a terminal; plain text for pipes and files.</summary>
internal static class Terminal
{
    private const int WidthWithoutTerminal = 1000;

    private static readonly Lazy<IAnsiConsole> s_console = new(() =>
    {
        AnsiConsole.Console.Pipeline.Attach(new PlainRendering());
        return AnsiConsole.Console;
    });

    /// <summary>Whether this writer is a terminal.</summary>
    public static bool IsInteractive(TextWriter output) =>
        output is PlainWriter { Inner: TextWriter inner } && ReferenceEquals(inner, Console.Out)
        && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    /// <summary>A console that writes there. Without a terminal it has no colors and breaks no lines.</summary>
    public static IAnsiConsole For(TextWriter output)
    {
        if (IsInteractive(output))
        {
            return s_console.Value;
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

    /// <summary>Does some work, with a progress bar on a terminal.</summary>
    /// <param name="output">Where the bar is shown.</param>
    /// <param name="name">The name of the work.</param>
    /// <param name="isSilent">Whether to show no bar.</param>
    /// <param name="work">The work; it reports the share that is done, in [0, 1]. Null if there is no bar.</param>
    public static T Watch<T>(TextWriter output, string name, bool isSilent, Func<Action<double>?, T> work) => WatchText(
        isSilent ? TextWriter.Null : output, name, tell => work(tell is null ? null : share => tell(share, name)));

    /// <summary>Does some work, with a progress bar with a text that changes, on a terminal.</summary>
    public static T WatchText<T>(TextWriter output, string name, Func<Action<double, string>?, T> work) =>
        !IsInteractive(output)
            ? work(null)
            : For(output).Progress()
                .Columns(
                    new TaskDescriptionColumn { Alignment = Justify.Left },
                    new ProgressBarColumn(),
                    new PercentageColumn())
                .Start(context =>
                {
                    ProgressTask bar = context.AddTask(name, maxValue: 1);
                    return work((share, text) => (bar.Value, bar.Description) = (share, text));
                });

    /// <summary>A table without rows: a column of names, then columns of numbers.</summary>
    public static Table NumberTable(string first, params IEnumerable<string> others)
    {
        Table table = new Table { Border = TableBorder.Simple }.AddColumn(first);
        return table.AddColumns([.. others.Select(name => new TableColumn(name).RightAligned())]);
    }

    /// <summary>Prints a table of one column per item.</summary>
    public static void PrintTable<T>(
        TextWriter output,
        IReadOnlyList<T> columns,
        Func<T, string> nameOf,
        params (string Name, Func<T, string> Value)[] rows)
    {
        Table table = NumberTable("", columns.Select(nameOf));
        foreach ((string name, Func<T, string> value) in rows)
        {
            table.AddRow([name, .. columns.Select(value)]);
        }

        For(output).Write(table);
    }

    /// <summary>Text that stays on its line: like <see cref="PlainWriter.Plain"/>, and line breaks and tabs become �.
    /// </summary>
    public static string Plain(string text) =>
        string.Concat(text.Select(letter => PlainWriter.IsUnsafe(letter) ? '\uFFFD' : letter));

    /// <summary>A colored word for whether a caption is true.</summary>
    public static string TruthMarkup(bool isTrue) => isTrue ? "[green]true [/]" : "[red]FALSE[/]";

    /// <summary>Hours, minutes and seconds, such as <c>0:07:30</c> or <c>26:01:01</c>.</summary>
    public static string Duration(TimeSpan time) =>
        $"{(long)time.TotalHours}:{time:mm\\:ss}";

    /// <summary>Such as <c>1200 captions/s  0:07:30 left</c>.</summary>
    public static string Pace(double captionsPerSecond, TimeSpan remaining) =>
        $"{captionsPerSecond:F0} captions/s  {Duration(remaining)} left";

    /// <summary>Such as <c>487 / 500 (97.4%)</c>.</summary>
    public static string Share(int part, int whole) =>
        $"{part} / {whole} ({100.0 * part / Math.Max(whole, 1):F1}%)";

    /// <summary>A word of a command line, quoted if a shell needs that.</summary>
    public static string Quoted(string word) =>
        word.All(letter => char.IsLetterOrDigit(letter) || "/\\.:_-".Contains(letter)) ? word : $"\"{word}\"";
}
