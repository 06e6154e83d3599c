using Spectre.Console.Rendering;

namespace ShowTell.Cli.Output;

/// <summary>
/// Everything that a command prints goes through this writer, so that no file's content reaches a terminal as more than
/// text: control characters other than line breaks and tabs, and what changes the direction of text unseen, become �.
/// </summary>
internal sealed class PlainWriter(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    /// <summary>Where the text goes.</summary>
    public TextWriter Inner => inner;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override string NewLine => inner.NewLine;

    /// <summary>The text with what is not safe to print replaced.</summary>
    public static string Plain(ReadOnlySpan<char> text)
    {
        char[] plain = text.ToArray();
        for (int i = 0; i < plain.Length; i++)
        {
            bool isLineBreak = plain[i] == '\n' || (text[i..] is ['\r', '\n', ..]);
            plain[i] = !isLineBreak && plain[i] != '\t' && IsUnsafe(plain[i]) ? '\uFFFD' : plain[i];
        }

        return new string(plain);
    }

    /// <summary>Whether a character controls the terminal, ends a line, or changes the text's direction.</summary>
    public static bool IsUnsafe(char letter) => char.IsControl(letter)
        || letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u2028' or '\u2029'
            or '\u061C' or '\u200E' or '\u200F';

    /// <inheritdoc/>
    public override void Write(char value) => inner.Write(Plain([value]));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<char> buffer) => inner.Write(Plain(buffer));

    /// <inheritdoc/>
    public override void Write(string? value) => inner.Write(Plain(value));

    /// <inheritdoc/>
    public override void WriteLine() => inner.WriteLine();

    // In one call, so that lines of several threads do not mix.
    /// <inheritdoc/>
    public override void WriteLine(string? value) => inner.WriteLine(Plain(value));

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}

/// <summary>The same for what a console renders: the text of tables and bars, not the colors of the console.</summary>
internal sealed class PlainRendering : IRenderHook
{
    /// <inheritdoc/>
    public IEnumerable<IRenderable> Process(RenderOptions options, IEnumerable<IRenderable> renderables) =>
        renderables.Select(renderable => new PlainRenderable(renderable));

    private sealed class PlainRenderable(IRenderable inner) : IRenderable
    {
        public Measurement Measure(RenderOptions options, int maxWidth) => inner.Measure(options, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) =>
            inner.Render(options, maxWidth).Select(segment => segment.IsControlCode || segment.IsLineBreak
                ? segment
                : new Segment(PlainWriter.Plain(segment.Text), segment.Style));
    }
}
