using System.Text.Json;
using Xunit;

namespace ShowTell.Tests.Cli;

public sealed class CheckCommandTests
{
    [Fact]
    public async Task Every_check_passes_in_the_table_and_in_JSON()
    {
        CommandResult table = (await Command.RunAsync("check")).Succeeded();
        JsonElement json = Assert.Single((await Command.RunAsync("check", "--json")).Succeeded().JsonLines);
        JsonElement[] checks = [.. json.GetProperty("checks").EnumerateArray()];
        Assert.Contains($"{checks.Length} of {checks.Length} checks passed.", table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', table.Output);
        foreach (JsonElement check in checks)
        {
            Assert.Equal(
                ["name", "error", "tolerance", "passed"], check.EnumerateObject().Select(property => property.Name));
            Assert.True(check.GetProperty("passed").GetBoolean());
            Assert.True(check.GetProperty("error").GetDouble() <= check.GetProperty("tolerance").GetDouble());
            Assert.Contains(check.GetProperty("name").GetString()!, table.Output, StringComparison.Ordinal);
        }

        Assert.Contains(checks, check => check.GetProperty("name").GetString() == "lstm_captioning_loss loss");
    }
}
