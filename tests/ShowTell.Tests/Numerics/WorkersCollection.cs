using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Numerics;

/// <summary>Tests that set <see cref="Workers.Count"/>, which all of the program shares, run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WorkersCollection
{
    public const string Name = "Workers";

    /// <summary>Runs with a number of workers, then sets the number back.</summary>
    internal static void With(int count, Action run)
    {
        int before = Workers.Count;
        Workers.Count = count;
        try
        {
            run();
        }
        finally
        {
            Workers.Count = before;
        }
    }
}
