using System.Globalization;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

public sealed class CaptioningSolverTests
{
    private static readonly SolverOptions s_options =
        SolverOptions.Exercises with { BatchSize = 8, Epochs = 4, LearningRate = 1e-2 };

    [Fact]
    public void Every_caption_is_read_once_per_epoch_in_a_new_order()
    {
        var features = new RecordedFeatures(ToyDataset.Features(40));
        using CaptionDataset dataset = ToyDataset.Make(40, 5, features);
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options);
        Assert.True(solver.Run());
        Assert.Equal((5, 20), (solver.IterationsPerEpoch, solver.LossHistory.Count));
        int[][] epochs = [.. features.RowsRead.Chunk(40)];
        Assert.Equal(4, epochs.Length);
        Assert.All(epochs, epoch => Assert.Equal(Enumerable.Range(0, 40), epoch.Order()));
        Assert.Equal(4, epochs.Select(epoch => string.Join(' ', epoch)).Distinct().Count());
    }

    [Fact]
    public void Captions_that_do_not_fill_a_minibatch_are_left_out()
    {
        var features = new RecordedFeatures(ToyDataset.Features(43));
        using CaptionDataset dataset = ToyDataset.Make(43, 0, features);
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options);
        solver.Run();
        Assert.Equal(20, solver.LossHistory.Count);
        Assert.All(features.RowsRead.Chunk(40), epoch => Assert.Equal(40, epoch.Distinct().Count()));
        Assert.Equal(43, features.RowsRead.Distinct().Count());
    }

    [Fact]
    public void A_minibatch_has_at_most_all_captions()
    {
        using CaptionDataset dataset = ToyDataset.Make(3, 2);
        var solver = new CaptioningSolver(
            ToyDataset.Model(dataset), dataset, s_options with { BatchSize = 100, Epochs = 2 });
        Assert.True(solver.Run());
        Assert.Equal(
            (1, 2, 2), (solver.IterationsPerEpoch, solver.LossHistory.Count, solver.ValidationLossHistory.Count));
    }

    [Fact]
    public void One_step_follows_the_gradient_of_its_minibatch()
    {
        using CaptionDataset dataset = ToyDataset.Make(20, 0);
        CaptioningModel<float> model = ToyDataset.Model(dataset), reference = ToyDataset.Model(dataset);
        var all = new Minibatch();
        dataset.Train.Read([.. Enumerable.Range(0, 20)], all);
        var gradients = new CaptioningParameters<float>(model.Options);
        double loss = reference.Loss(all.Features, all.Captions, gradients);
        new Optimizer<float>(UpdateRule.Sgd, model.Options).Update(reference.Parameters, gradients, 0.5);

        var solver = new CaptioningSolver(
            model, dataset,
            SolverOptions.Exercises with
            {
                UpdateRule = UpdateRule.Sgd, LearningRate = 0.5, BatchSize = 20, Epochs = 1,
            });
        solver.Run();
        Assert.Equal(loss, solver.LossHistory.Single(), 1e-5);
        Assert.All(Flat(reference.Parameters).Zip(Flat(model.Parameters)), pair => Assert.Equal(
            pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void The_learning_rate_decays_after_every_epoch()
    {
        using CaptionDataset dataset = ToyDataset.Make(16, 0);
        var progress = new List<TrainingProgress>();
        new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options with { LearningRateDecay = 0.5, Epochs = 3 })
            .Run(progress.Add);
        Assert.Equal([1e-2, 1e-2, 5e-3, 5e-3, 2.5e-3, 2.5e-3], progress.Select(step => step.LearningRate));
        Assert.Equal([1, 2, 3, 4, 5, 6], progress.Select(step => step.Iteration));
        Assert.Equal([1, 1, 2, 2, 3, 3], progress.Select(step => step.Epoch));
        Assert.Equal([false, true, false, true, false, true], progress.Select(step => step.IsEndOfEpoch));
        Assert.All(progress, step => Assert.Equal((6, 3), (step.Iterations, step.Epochs)));
        Assert.All(progress, step => Assert.True(step.CaptionsPerSecond > 0 && step.Remaining >= TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, progress[^1].Remaining);
    }

    [Fact]
    public void The_best_weights_have_the_lowest_validation_loss()
    {
        using CaptionDataset dataset = ToyDataset.Make(30, 13);
        var after = new List<float[]>();
        var model = ToyDataset.Model(dataset, hiddenSize: 30);
        var solver = new CaptioningSolver(model, dataset, s_options with { Epochs = 25, LearningRate = 2e-2 });
        solver.Run(step =>
        {
            if (step.IsEndOfEpoch)
            {
                after.Add(Flat(model.Parameters));
                Assert.Equal(solver.ValidationLossHistory[^1], step.ValidationLoss);
                Assert.Equal(LossOn(dataset.Validation, model), step.ValidationLoss!.Value, 1e-5);
            }
        });
        int best = solver.ValidationLossHistory.ToList().IndexOf(solver.ValidationLossHistory.Min());
        Assert.InRange(best, 1, 23); // It overfits, so that neither the first nor the last epoch is the best.
        Assert.Equal(best + 1, solver.BestEpoch);
        Assert.Equal(after[best], Flat(solver.BestParameters));
        Assert.Equal(after[^1], Flat(model.Parameters));
    }

    [Fact]
    public void Without_validation_the_last_weights_are_the_best()
    {
        using CaptionDataset dataset = ToyDataset.Make(30, 13);
        var solver = new CaptioningSolver(
            ToyDataset.Model(dataset), dataset, s_options with { ValidationCaptions = 0 });
        solver.Run();
        Assert.Empty(solver.ValidationLossHistory);
        Assert.Equal(4, solver.BestEpoch);
        Assert.Equal(Flat(solver.Model.Parameters), Flat(solver.BestParameters));
    }

    [Fact]
    public void Canceled_training_has_the_state_of_full_training_at_that_point()
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10);
        var atSeven = new List<float[]>();
        var whole = new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options);
        whole.Run(step =>
        {
            if (step.Iteration == 7)
            {
                atSeven.Add(Flat(whole.Model.Parameters));
                atSeven.Add(Flat(whole.BestParameters));
            }
        });

        using var cancellation = new CancellationTokenSource();
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options);
        void CancelAfterSeven(TrainingProgress step)
        {
            if (step.Iteration == 7)
            {
                cancellation.Cancel();
            }
        }

        Assert.False(solver.Train(CancelAfterSeven, cancellation.Token));
        Assert.Equal(whole.LossHistory.Take(7), solver.LossHistory);
        Assert.Equal(whole.ValidationLossHistory.Take(1), solver.ValidationLossHistory);
        Assert.Equal(1, solver.BestEpoch);
        Assert.Equal(atSeven[0], Flat(solver.Model.Parameters));
        Assert.Equal(atSeven[1], Flat(solver.BestParameters));
    }

    [Fact]
    public void Training_canceled_at_the_start_changes_nothing()
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 10);
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options);
        float[] before = Flat(solver.Model.Parameters);
        Assert.False(solver.Train(cancellation: new CancellationToken(canceled: true)));
        Assert.Equal((0, 0), (solver.LossHistory.Count, solver.BestEpoch));
        Assert.Equal(before, Flat(solver.Model.Parameters));
    }

    [Fact]
    public void Features_that_are_not_finite_are_rejected()
    {
        MemoryFeatures features = ToyDataset.Features(40);
        features.Matrix[17, 2] = float.NaN;
        using CaptionDataset dataset = ToyDataset.Make(40, 0, features);
        var solver = new CaptioningSolver(ToyDataset.Model(dataset), dataset, s_options);
        Assert.Contains("row 17", Assert.Throws<DataException>(() => solver.Run()).Message, StringComparison.Ordinal);
        Assert.All(Flat(solver.Model.Parameters), weight => Assert.True(float.IsFinite(weight)));
    }

    [Theory]
    [InlineData(CellKind.Rnn)]
    [InlineData(CellKind.Lstm)]
    public void Diverging_training_stops(CellKind cell)
    {
        using CaptionDataset dataset = ToyDataset.Make(40, 0);
        var solver = new CaptioningSolver(
            ToyDataset.Model(dataset, cell), dataset, s_options with { LearningRate = 1e30 });
        var error = Assert.Throws<TrainingDivergedException>(() => solver.Run());
        Assert.Contains("1E+30", error.Message, StringComparison.Ordinal);
        Assert.All(solver.LossHistory, loss => Assert.True(double.IsFinite(loss)));
    }

    /// <summary>The loss of the last minibatch is computed before the last update.</summary>
    [Theory]
    [InlineData(1e30, 10)]
    [InlineData(1e39, 0)]
    public void Divergence_in_the_last_iteration_is_detected(double learningRate, int validation)
    {
        using CaptionDataset dataset = ToyDataset.Make(8, validation);
        var solver = new CaptioningSolver(
            ToyDataset.Model(dataset), dataset, s_options with { Epochs = 1, LearningRate = learningRate });
        Assert.Throws<TrainingDivergedException>(() => solver.Run());
        Assert.Equal(0, solver.BestEpoch);
    }

    [Fact]
    public void Log_lines_match_the_exercise_in_any_culture()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NegativeSign) = (",", "minus ");
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = culture;
        try
        {
            using CaptionDataset dataset = ToyDataset.Make(40, 10);
            using var log = new StringWriter(culture) { NewLine = "\n" };
            var solver = new CaptioningSolver(
                ToyDataset.Model(dataset), dataset, s_options with { Log = log, PrintEvery = 3, Epochs = 2 });
            solver.Run();
            IReadOnlyList<double> losses = solver.LossHistory, validation = solver.ValidationLossHistory;
            string[] expected =
            [
                $"(Iteration 1 / 10) loss: {Six(losses[0])}",
                $"(Iteration 4 / 10) loss: {Six(losses[3])}",
                $"(Epoch 1 / 2) validation loss: {Six(validation[0])}",
                $"(Iteration 7 / 10) loss: {Six(losses[6])}",
                $"(Iteration 10 / 10) loss: {Six(losses[9])}",
                $"(Epoch 2 / 2) validation loss: {Six(validation[1])}",
            ];
            Assert.Equal(expected, log.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        static string Six(double loss) => loss.ToString("0.000000", CultureInfo.InvariantCulture);
    }

    [Fact]
    public void Progress_lines_match_the_exercise()
    {
        var progress = new TrainingProgress
        {
            Iteration = 1,
            Iterations = 100,
            Epoch = 1,
            Epochs = 50,
            Loss = 76.9134871,
            LearningRate = 5e-3,
            IsEndOfEpoch = false,
            CaptionsPerSecond = 1,
            Elapsed = TimeSpan.FromSeconds(2),
        };
        Assert.Equal("(Iteration 1 / 100) loss: 76.913487", progress.ToString());
        Assert.Equal(TimeSpan.FromSeconds(198), progress.Remaining);
    }

    [Theory]
    [InlineData(CellKind.Rnn)]
    [InlineData(CellKind.Lstm)]
    public void A_model_overfits_character_captions(CellKind cell)
    {
        using CaptionDataset dataset = ToyDataset.Make(12, 0).WithCharacterTokens();
        CaptioningModel<float> model = ToyDataset.Model(dataset, cell, hiddenSize: 64);
        new CaptioningSolver(
            model, dataset,
            new SolverOptions { BatchSize = 12, Epochs = 200, LearningRate = 5e-3, LearningRateDecay = 0.99 }).Run();
        int[] sampled = model.DecodeGreedily(
            ((MemoryFeatures)dataset.Train.Features).Matrix, dataset.Train.CaptionWidth);
        string[] expected = dataset.Vocabulary.DecodeBatch(dataset.Train.Captions, dataset.Train.CaptionWidth);
        Assert.Equal(TokenKind.Character, dataset.Vocabulary.Kind);
        Assert.Contains(expected, caption => caption.StartsWith("a ", StringComparison.Ordinal));
        Assert.Equal(expected, dataset.Vocabulary.DecodeBatch(sampled, dataset.Train.CaptionWidth));
    }

    [Fact]
    public void Incompatible_models_and_options_are_rejected()
    {
        using CaptionDataset dataset = ToyDataset.Make(4, 0);
        CaptioningModel<float> model = ToyDataset.Model(dataset);
        foreach (CaptioningOptions other in (CaptioningOptions[])
            [model.Options with { FeatureSize = 7 }, model.Options with { VocabularySize = 99 }])
        {
            Assert.Throws<IncompatibleException>(
                () => new CaptioningSolver(new(other, new SeededRandom(1)), dataset, s_options));
        }

        foreach (SolverOptions wrong in (SolverOptions[])
            [s_options with { LearningRate = 0 }, s_options with { LearningRate = double.NaN },
                s_options with { LearningRate = double.PositiveInfinity }, s_options with { LearningRateDecay = 0 },
                s_options with { LearningRateDecay = 1.01 }, s_options with { LearningRateDecay = double.NaN },
                s_options with { BatchSize = 0 }, s_options with { Epochs = 0 }, s_options with { PrintEvery = 0 },
                s_options with { ValidationCaptions = -1 }])
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => new CaptioningSolver(model, dataset, wrong));
        }
    }

    internal static float[] Flat(CaptioningParameters<float> parameters) =>
        [.. parameters.All.SelectMany(parameter => parameter.Value.Span.ToArray())];

    private static double LossOn(CaptionSplit split, CaptioningModel<float> model)
    {
        var all = new Minibatch();
        split.Read([.. Enumerable.Range(0, split.Count)], all);
        return new CaptioningModel<float>(model.Options, model.Parameters).Loss(all.Features, all.Captions);
    }
}
