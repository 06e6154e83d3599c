using System.CommandLine;

namespace ShowTell.Cli;

/// <summary><c>showtell data</c>: the commands that look at a dataset.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Look at a dataset: data info, data sample.")
    {
        DataInfoCommand.Create(), DataSampleCommand.Create(),
    };
}
