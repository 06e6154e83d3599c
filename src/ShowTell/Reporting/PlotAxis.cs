namespace ShowTell.Reporting;

/// <summary>An axis of a plot: its range and its ticks.</summary>
internal sealed class PlotAxis
{
    private readonly bool _isLog;
    private readonly double _start;
    private readonly double _end;

    private PlotAxis(double minimum, double maximum, bool isLog, double[] ticks, Func<double, string> label)
    {
        _isLog = isLog;
        _start = isLog ? Math.Log10(minimum) : minimum;
        _end = isLog ? Math.Log10(maximum) : maximum;
        Ticks = [.. ticks.Select(tick => (Position(tick), label(tick)))];
    }

    /// <summary>The positions in [0, 1] and the labels of the ticks.</summary>
    public IReadOnlyList<(double Position, string Label)> Ticks { get; }

    /// <summary>
    /// An axis for counts, such as iterations: it spans the values exactly, with integer ticks if possible.
    /// </summary>
    public static PlotAxis OfCounts(IReadOnlyCollection<double> values)
    {
        (double minimum, double maximum) = Span(values);
        double step = NiceStep(maximum - minimum, 6);
        step = maximum - minimum >= 1 ? Math.Max(1, step) : step;
        double[] ticks = Multiples(step, Math.Ceiling(minimum / step), Math.Floor(maximum / step));
        return new(minimum, maximum, false, ticks, Labels(step));
    }

    /// <summary>A linear axis that begins and ends at a tick.</summary>
    public static PlotAxis OfValues(IReadOnlyCollection<double> values)
    {
        (double minimum, double maximum) = Span(values);

        // Include zero if it is near, so that heights can be compared.
        minimum = minimum > 0 && minimum < 0.4 * maximum ? 0 : minimum;
        double step = NiceStep(maximum - minimum, 5);
        double[] ticks = Multiples(step, Math.Floor(minimum / step), Math.Ceiling(maximum / step));
        return new(ticks[0], ticks[^1], false, ticks, Labels(step));
    }

    /// <summary>A logarithmic axis for positive values.</summary>
    public static PlotAxis OfLogarithms(IReadOnlyCollection<double> values)
    {
        (double minimum, double maximum) = values.Count == 0 ? (0.1, 1) : (values.Min(), values.Max());
        double[] marks = maximum / minimum < 5 ? LinearMarks(minimum, maximum) : PowerMarks(minimum, maximum);
        double start = marks.LastOrDefault(mark => mark <= minimum, minimum);
        double end = marks.FirstOrDefault(mark => mark >= maximum && mark > start, maximum);
        return new(start, end, true, [.. marks.Where(mark => mark >= start && mark <= end)], LogLabel);

        static string LogLabel(double value) =>
            value.ToString(value is >= 1e6 or < 1e-4 ? "0.##E+0" : "#,0.######", CultureInfo.InvariantCulture);
    }

    /// <summary>The position of a value: 0 at the start of the axis, 1 at its end.</summary>
    public double Position(double value) => ((_isLog ? Math.Log10(value) : value) - _start) / (_end - _start);

    /// <summary>The minimum and maximum, moved apart if they are equal.</summary>
    private static (double Minimum, double Maximum) Span(IReadOnlyCollection<double> values)
    {
        (double minimum, double maximum) = values.Count == 0 ? (0, 1) : (values.Min(), values.Max());
        double magnitude = Math.Max(Math.Abs(minimum), Math.Abs(maximum));
        if (maximum - minimum > Math.Max(magnitude * 1e-9, 1e-290))
        {
            return (minimum, maximum);
        }

        double margin = magnitude > 1e-290 ? magnitude * 0.5 : 1;
        return (minimum - margin, maximum + margin);
    }

    /// <summary>The step, 1, 2 or 5 times a power of ten, that divides a span into about the given number of parts.
    /// </summary>
    private static double NiceStep(double span, int parts)
    {
        double rough = span / parts;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough / power) switch
        {
            <= 1.5 => 1,
            <= 3.5 => 2,
            <= 7.5 => 5,
            _ => 10,
        };
    }

    /// <summary>Evenly spaced marks, for less than a decade.</summary>
    private static double[] LinearMarks(double minimum, double maximum)
    {
        (minimum, maximum) = Span([minimum, maximum]);
        double step = NiceStep(maximum - minimum, 4);
        return [.. Multiples(step, Math.Floor(minimum / step), Math.Ceiling(maximum / step)).Where(mark => mark > 0)];
    }

    /// <summary>Powers of ten, at most about 8, and 2 and 5 times those if there are at most 3 decades.</summary>
    private static double[] PowerMarks(double minimum, double maximum)
    {
        int lowest = (int)Math.Floor(Math.Log10(minimum));
        int decades = (int)Math.Ceiling(Math.Log10(maximum)) - lowest;
        int stride = 1 + decades / 8;
        double[] mantissas = decades <= 3 ? [1, 2, 5] : [1];
        return
        [
            .. from exponent in Enumerable.Range(0, decades + stride)
               where exponent % stride == 0
               from mantissa in mantissas
               select mantissa * Math.Pow(10, lowest + exponent)
        ];
    }

    private static double[] Multiples(double step, double first, double last) =>
        [.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => (first + i) * step)];

    private static Func<double, string> Labels(double step)
    {
        int decimals = Math.Clamp((int)-Math.Floor(Math.Log10(step)), 0, 12);
        bool isExtreme = step is >= 1e7 or < 1e-4;
        return value => value.ToString(
            isExtreme && value != 0 ? "0.##E+0" : $"#,0.{new string('0', decimals)}", CultureInfo.InvariantCulture);
    }
}
