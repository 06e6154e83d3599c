namespace ShowTell.Models;

/// <summary>Checks of options.</summary>
internal static class OptionRange
{
    /// <exception cref="ArgumentOutOfRangeException">The condition does not hold.</exception>
    public static void Require(
        bool condition, object? value, string problem, [CallerArgumentExpression(nameof(value))] string? name = null)
    {
        if (!condition)
        {
            throw new ArgumentOutOfRangeException(name, value, problem);
        }
    }
}
