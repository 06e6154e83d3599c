using System.CommandLine;

namespace ShowTell.Cli;

/// <summary><c>showtell data</c>: the commands that look at a dataset or make one.</summary>
internal static class DataCommand
{
    public static Command Create() => new(
        "data", "Look at a dataset or make one: data info, data sample, data import.")
    {
        DataInfoCommand.Create(), DataSampleCommand.Create(), new DataImportCommand().Create(),
    };
}
