using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Tests.Models;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class WeightAverageTests
{
    [Fact]
    public void The_average_follows_the_weights_ever_more_slowly()
    {
        CaptioningOptions options = SmallModel.Options(CellKind.Rnn);
        var average = new WeightAverage(options, 0.5);
        var weights = new CaptioningParameters<float>(options);
        double expected = 0;
        for (int step = 0; step < 12; step++)
        {
            weights.BVocab[0, 3] = step * step;
            average.Add(weights);
            double stays = step == 0 ? 0 : Math.Min(0.5, (1.0 + step) / (10 + step));
            expected = (stays * expected) + ((1 - stays) * step * step);
            Assert.Equal(expected, average.Parameters.BVocab[0, 3], 1e-4);
        }
    }

    [Fact]
    public void Averaged_weights_are_validated_and_kept()
    {
        using CaptionDataset dataset = ToyDataset.Make(16, 5);
        CaptioningModel<float>? scored = null;
        int epochs = 0;
        var options = new SolverOptions
        {
            BatchSize = 8,
            Epochs = 3,
            LearningRate = 1e-2,
            AverageDecay = 0.9,
            Score = model =>
            {
                scored = model;
                return ++epochs;
            },
        };
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, options);
        solver.Run();
        Assert.Same(solver.Validated, scored);
        Assert.NotSame(solver.Model, scored);
        Assert.Equal(solver.Validated.Parameters.WProj.Span.ToArray(), solver.BestParameters.WProj.Span.ToArray());
        Assert.NotEqual(solver.Model.Parameters.WProj.Span.ToArray(), solver.BestParameters.WProj.Span.ToArray());
    }
}
