using ShowTell.Metrics;
using Xunit;

namespace ShowTell.Tests.Metrics;

public sealed class CalibrationTests
{
    [Fact]
    public void Figures_of_a_few_cases_are_those_computed_by_hand()
    {
        var calibration = new Calibration([0.1, 0.3, 0.35, 0.8, 0.8, 1], [false, true, false, true, false, true]);
        Assert.Equal((6, 0.5), (calibration.Count, calibration.GoodFraction));

        // Of the 9 pairs of a good and another case, 6 are in order, and one is tied.
        Assert.Equal(6.5 / 9, calibration.Auroc, 1e-12);
        Assert.Equal((0.01 + 0.49 + 0.1225 + 0.04 + 0.64 + 0) / 6, calibration.BrierScore, 1e-12);

        // Bins: 0.1; 0.3 and 0.35 (mean 0.325, half are good); twice 0.8 (half are good); 1.
        Assert.Equal((0.1 + (2 * 0.175) + (2 * 0.3) + 0) / 6, calibration.CalibrationError, 1e-12);
        Assert.Equal(
            [0, 1, 0, 2, 0, 0, 0, 0, 2, 1], calibration.Bins.Select(bin => bin.Count));
        ReliabilityBin bin = calibration.Bins[3];
        Assert.Equal((0.3, 0.4, 0.5), (bin.Low, bin.High, bin.Good));
        Assert.Equal(0.325, bin.Confidence, 1e-12);
        Assert.Equal(
            [
                new(1 / 6.0, 1, 0), new(0.5, 0.8, 1 / 3.0), new(4 / 6.0, 0.35, 0.5), new(5 / 6.0, 0.3, 0.4),
                new(1, 0.1, 0.5),
            ],
            calibration.Curve);
        Assert.Equal(0.5, calibration.At(0.4).Coverage);
        Assert.Equal(1, calibration.At(1).Coverage);
    }

    [Fact]
    public void A_perfect_forecast_is_perfect_and_an_ignorant_one_is_chance()
    {
        var perfect = new Calibration([0, 1, 1, 0], [false, true, true, false]);
        Assert.Equal((1, 0, 0), (perfect.Auroc, perfect.CalibrationError, perfect.BrierScore));
        var ignorant = new Calibration([0.5, 0.5], [false, true]);
        Assert.Equal((0.5, 0, 0.25), (ignorant.Auroc, ignorant.CalibrationError, ignorant.BrierScore));
        Assert.True(double.IsNaN(new Calibration([0.5], [true]).Auroc));
    }

    [Fact]
    public void The_area_under_the_curve_is_the_fraction_of_pairs_in_order()
    {
        var random = new Random(5);
        double[] confidences = [.. Enumerable.Range(0, 300).Select(_ => Math.Round(random.NextDouble(), 2))];
        bool[] areGood = [.. confidences.Select(confidence => random.NextDouble() < confidence)];
        double sum = 0, pairs = 0;
        for (int i = 0; i < areGood.Length; i++)
        {
            for (int j = 0; j < areGood.Length; j++)
            {
                if (areGood[i] && !areGood[j])
                {
                    pairs++;
                    sum += confidences[i] > confidences[j] ? 1 : confidences[i] == confidences[j] ? 0.5 : 0;
                }
            }
        }

        var calibration = new Calibration(confidences, areGood);
        Assert.Equal(sum / pairs, calibration.Auroc, 1e-12);
        Assert.InRange(calibration.CalibrationError, 0, 0.12);
    }

    [Theory]
    [InlineData(1.1)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void Confidences_out_of_range_are_refused(double confidence)
    {
        Assert.Throws<ArgumentException>(() => new Calibration([confidence], [true]));
        Assert.Throws<ArgumentException>(() => new Calibration([], []));
        Assert.Throws<ArgumentException>(() => new Calibration([0.5], [true, false]));
    }
}
