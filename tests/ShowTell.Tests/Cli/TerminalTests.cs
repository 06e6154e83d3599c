using System.Text.Json;
using ShowTell.Cli.Output;
using Spectre.Console;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class TerminalTests
{
    [Theory]
    [InlineData(0.9, "0:00:00")]
    [InlineData(450, "0:07:30")]
    [InlineData(86_399, "23:59:59")]
    [InlineData((26 * 3600) + 61, "26:01:01")]
    public void Durations_of_more_than_a_day_are_counted_in_hours(double seconds, string expected) =>
        Assert.Equal(expected, Terminal.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("a\tb\r\nc\n", "a\tb\r\nc\n")]
    [InlineData("\u001b[31mred\u0007\0\u007f\u009b", "\uFFFD[31mred\uFFFD\uFFFD\uFFFD\uFFFD")]
    [InlineData("over\rwritten", "over\uFFFDwritten")]
    [InlineData("\u202egpj.exe\u2066", "\uFFFDgpj.exe\uFFFD")]
    [InlineData("naïve 犬 𝄞 👩‍🚀 عربي", "naïve 犬 𝄞 👩‍🚀 عربي")]
    [InlineData("a\u200eb\u200fc\u061cd", "a\uFFFDb\uFFFDc\uFFFDd")]
    public void What_is_printed_is_only_text(string text, string expected)
    {
        using var inner = new StringWriter();
        using var writer = new PlainWriter(inner);
        writer.Write(text);
        writer.Write(text.AsSpan());
        writer.Write(text.ToCharArray());
        writer.Write("{0}", text);
        Assert.Equal(string.Concat(Enumerable.Repeat(expected, 4)), inner.ToString());
        inner.GetStringBuilder().Clear();
        writer.WriteLine(text);
        Assert.Equal(expected + Environment.NewLine, inner.ToString());
    }

    [Fact]
    public void Consoles_render_file_contents_as_text()
    {
        using var output = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes, ColorSystem = ColorSystemSupport.TrueColor, Out = new AnsiConsoleOutput(output),
        });
        console.Pipeline.Attach(new PlainRendering());
        console.Write(new Table().AddColumn("[red]name[/]").AddRow(Markup.Escape("\u001b[2Jcleared")));
        console.MarkupLine($"[bold]{Markup.Escape("\u001b]0;title\u0007")}[/]");
        string shown = output.ToString();
        Assert.Matches("\u001b\\[[0-9;]+mname", shown);
        Assert.Contains("\uFFFD[2Jcleared", shown, StringComparison.Ordinal);
        Assert.Contains("\uFFFD]0;title\uFFFD", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_keeps_its_values_and_has_nothing_that_acts_on_a_terminal()
    {
        const string Hostile = "\u001b[31m\0\u007f\u009b\u202e\u2028\n\"";
        string json = Json.Of(new { Text = Hostile });
        Assert.DoesNotContain(json, letter => PlainWriter.IsUnsafe(letter));
        Assert.Equal(Hostile, JsonDocument.Parse(json).RootElement.GetProperty("text").GetString());
    }

    /// <summary>No command writes past the writer that makes text plain.</summary>
    [Fact]
    public void Nothing_writes_to_the_console_itself()
    {
        string[] allowed = ["Program.cs", "Terminal.cs"];
        string source = Path.Combine(TestData.RepositoryRoot, "src", "ShowTell.Cli");
        Assert.All(
            Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
                .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}")
                    && !allowed.Contains(Path.GetFileName(file))),
            file => Assert.DoesNotMatch(@"\bConsole\.(Out|Error|Write)|AnsiConsole\.[A-Z]", File.ReadAllText(file)));
    }
}
