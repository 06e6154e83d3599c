using ShowTell.Cli.Output;
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
}
