using ShowTell.Exercises;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Exercises;

/// <summary>Right results made wrong, and what the checks then must say.</summary>
internal static class Spoiled
{
    /// <summary>
    /// The first element a little off: by far more than any tolerance, by far less than a glance would see.
    /// </summary>
    public static Matrix<double> Off(Matrix<double> matrix)
    {
        Matrix<double> off = matrix.Clone();
        off.Span[0] += 1e-4 + (1e-4 * Math.Abs(off.Span[0]));
        return off;
    }

    public static CaptioningLoss Off(CaptioningLoss right) =>
        right with
        {
            Gradients = right.Gradients.ToDictionary(
                pair => pair.Key, pair => pair.Key == "Wh" ? Off(pair.Value) : pair.Value),
        };

    public static int[,] Off(int[,] captions)
    {
        captions[3, 0] = (captions[3, 0] + 1) % 8;
        return captions;
    }

    public static void AssertFailsAlone(string function, IEnumerable<ExerciseCheck> checks, string? expectedFailure)
    {
        ExerciseCheck[] failed = [.. checks.Where(check => !check.Passed)];
        Assert.Equal([function], failed.Select(check => check.Function).Distinct());
        Assert.All(failed, check => Assert.Equal(expectedFailure, check.Failure));
        Assert.All(failed, check => Assert.Equal(expectedFailure is not null, double.IsNaN(check.Error)));
    }
}
