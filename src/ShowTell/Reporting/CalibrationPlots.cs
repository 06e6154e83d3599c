using ShowTell.Metrics;

namespace ShowTell.Reporting;

/// <summary>Plots of how far the confidence of captions can be trusted.</summary>
public static class CalibrationPlots
{
    private const int MaxPoints = 100;

    /// <summary>The reliability diagram: of captions of about the same confidence, the percentage that is good. On the
    /// diagonal, confidences are right.</summary>
    public static LinePlot Reliability(Calibration calibration)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        return new LinePlot
        {
            Title = "Reliability",
            XLabel = "confidence, %",
            YLabel = "good captions, %",
            Series =
            [
                new PlotSeries("right", [(0, 0), (100, 100)]),
                new PlotSeries(
                    "the model",
                    [
                        .. calibration.Bins.Where(bin => bin.Count > 0)
                            .Select(bin => (100 * bin.Confidence, 100 * bin.Good)),
                    ],
                    SeriesStyle.Dots),
            ],
        };
    }

    /// <summary>The risk-coverage curve: the percentage of captions that are not good, if only the surest photos get
    /// one.</summary>
    public static LinePlot RiskCoverage(Calibration calibration)
    {
        ArgumentNullException.ThrowIfNull(calibration);
        int stride = 1 + (calibration.Curve.Count / MaxPoints);

        // Of very few captions the risk says nothing.
        IEnumerable<RiskCoverage> points = calibration.Curve
            .Where((point, i) => i % stride == 0 || i == calibration.Curve.Count - 1)
            .Where(point => point.Coverage * calibration.Count >= 10);
        return new LinePlot
        {
            Title = "Risk and coverage",
            XLabel = "photos with a caption, %",
            YLabel = "captions that are not good, %",
            Series = [new PlotSeries("risk", [.. points.Select(point => (100 * point.Coverage, 100 * point.Risk))])],
        };
    }
}
