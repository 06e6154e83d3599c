namespace ShowTell.Cli.Support;

/// <summary>Colour, tables and progress bars for people at a terminal; plain text for pipes and files.</summary>
internal static class Terminal
{
    private const int WidthWithoutTerminal = 1000;

    /// <summary>Whether a person watches this writer.</summary>
    public static bool IsInteractive(TextWriter output) =>
        ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi;

    /// <summary>A console that writes there. Without a terminal it has no colours and breaks no lines.</summary>
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

    /// <summary>Does some work, with a progress bar for a person at a terminal.</summary>
    /// <param name="output">Where a person watches.</param>
    /// <param name="name">What the work is called.</param>
    /// <param name="isSilent">Whether nothing is to be shown.</param>
    /// <param name="work">The work; it tells which share of it is done, in [0, 1], if anybody wants to know.</param>
    public static T Watch<T>(TextWriter output, string name, bool isSilent, Func<Action<double>?, T> work) => WatchText(
        isSilent ? TextWriter.Null : output, name, tell => work(tell is null ? null : share => tell(share, name)));

    /// <summary>Does some work, with a progress bar that says how it goes for a person at a terminal.</summary>
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

    /// <summary>Prints numbers of things, a thing a column.</summary>
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

    /// <summary>
    /// Text of a file, fit for a terminal: control characters, which would steer it or break the line, become �.
    /// </summary>
    public static string Plain(string text) =>
        string.Concat(text.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter));

    /// <summary>A word for whether a caption is true, in its colour.</summary>
    public static string TruthMarkup(bool isTrue) => isTrue ? "[green]true [/]" : "[red]FALSE[/]";

    /// <summary>Hours, minutes and seconds, such as <c>0:07:30</c>; a day and more are counted in hours.</summary>
    public static string Duration(TimeSpan time) =>
        $"{(long)time.TotalHours}:{time:mm\\:ss}";

    /// <summary>Such as <c>487 / 500 (97.4%)</c>.</summary>
    public static string Share(int part, int whole) =>
        $"{part} / {whole} ({100.0 * part / Math.Max(whole, 1):F1}%)";

    /// <summary>A word of a command line, fit to be copied into a shell.</summary>
    public static string Quoted(string word) =>
        word.All(letter => char.IsLetterOrDigit(letter) || "/\\.:_-".Contains(letter)) ? word : $"\"{word}\"";
}
