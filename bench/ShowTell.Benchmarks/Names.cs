using ShowTell.Models;

namespace ShowTell.Benchmarks;

/// <summary>How things are called in output and files.</summary>
internal static class Names
{
    public static string Of(CellKind cell) => cell.ToString().ToLowerInvariant();
}
