using ShowTell.Layers;

namespace ShowTell.Exercises;

/// <summary>One check of an exercise: the error of a result, and its tolerance.</summary>
/// <param name="Function">The function under test.</param>
/// <param name="Quantity">The checked part of its results.</param>
/// <param name="Error">The error; NaN without a result.</param>
/// <param name="Tolerance">The maximum error that passes.</param>
public sealed record ExerciseCheck(string Function, string Quantity, double Error, double Tolerance)
{
    /// <summary>Function and quantity, such as <c>rnn_step_forward next_h</c>.</summary>
    public string Name => $"{Function} {Quantity}".TrimEnd();

    /// <summary>Whether the error is within the tolerance.</summary>
    public bool Passed => Error <= Tolerance;

    /// <summary>Why there is no result, if there is none.</summary>
    public string? Failure { get; init; }

    /// <summary>The result as text, such as <c>error 6.3e-09, at most 1e-08: right</c>.</summary>
    public string Outcome => Failure
        ?? $"error {Format(Error)}, at most {Format(Tolerance)}: {(Passed ? "right" : "wrong")}";

    /// <summary>Runs the checks of one function. An exception of the function becomes one failed check.</summary>
    internal static IReadOnlyList<ExerciseCheck> Of(
        string function, Func<IEnumerable<(string Quantity, double Error, double Tolerance)>> checks)
    {
        try
        {
            return [.. checks().Select(check =>
                new ExerciseCheck(function, check.Quantity, check.Error, check.Tolerance))];
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            string failure = exception is NotImplementedException ? "not written yet" : $"stopped: {exception.Message}";
            return [new ExerciseCheck(function, "", double.NaN, 0) { Failure = failure }];
        }
    }

    /// <summary>The errors of gradients of a function against numeric ones.</summary>
    internal static IEnumerable<(string, double, double)> Gradients(
        Func<Matrix<double>> function,
        Matrix<double> dOut,
        double tolerance,
        params (string Name, Matrix<double> Of, Matrix<double> Gradient)[] gradients) => gradients.Select(one => (
            one.Name,
            GradientCheck.RelativeError<double>(GradientCheck.Numeric(function, one.Of, dOut), one.Gradient),
            tolerance));

    private static string Format(double error) =>
        error.ToString(double.IsInteger(error) ? "0" : "0.0e-00", CultureInfo.InvariantCulture);
}
