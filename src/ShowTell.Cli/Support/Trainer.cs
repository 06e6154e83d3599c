using System.Globalization;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;
using Spectre.Console;

namespace ShowTell.Cli.Support;

/// <summary>What the commands that train ask for.</summary>
internal sealed record TrainingRequest
{
    public required CellKind Cell { get; init; }

    public required int HiddenSize { get; init; }

    public required int WordVectorSize { get; init; }

    public required SolverOptions Solver { get; init; }
}

/// <summary>Makes a model for a dataset and trains it, for people to watch.</summary>
internal static class Trainer
{
    /// <summary>Makes the solver of a new model.</summary>
    public static CaptioningSolver Create(CaptionDataset dataset, TrainingRequest request)
    {
        Vocabulary vocabulary = dataset.Vocabulary;
        var options = new CaptioningOptions
        {
            Cell = request.Cell,
            FeatureSize = dataset.FeatureSize,
            HiddenSize = request.HiddenSize,
            WordVectorSize = request.WordVectorSize,
            VocabularySize = vocabulary.Count,
            NullId = vocabulary.NullId,
            StartId = vocabulary.StartId,
            EndId = vocabulary.EndId,
        };
        var model = new CaptioningModel<float>(options, new SeededRandom(request.Solver.Seed));
        return new CaptioningSolver(model, dataset, request.Solver);
    }

    /// <summary>
    /// Trains with a progress bar on a terminal, and with the exercise's lines elsewhere (which the solver writes itself,
    /// if its options name a log).
    /// </summary>
    /// <returns>Whether training came to its end.</returns>
    public static bool Train(
        CaptioningSolver solver, TextWriter output, Action<TrainingProgress>? report, CancellationToken cancellation)
    {
        if (!Terminal.IsInteractive(output))
        {
            return solver.Train(report, cancellation);
        }

        return Terminal.For(output).Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn())
            .Start(context =>
            {
                ProgressTask bar = context.AddTask("training");
                return solver.Train(
                    progress =>
                    {
                        bar.MaxValue = progress.Iterations;
                        bar.Value = progress.Iteration;
                        bar.Description = Describe(progress, solver);
                        report?.Invoke(progress);
                    },
                    cancellation);
            });
    }

    private static string Describe(TrainingProgress progress, CaptioningSolver solver)
    {
        string validation = solver.ValidationLossHistory is [.., double loss] ? Invariant($"  val {loss:F3}") : "";
        return Invariant($"epoch {progress.Epoch}/{progress.Epochs}  loss {progress.Loss:F3}{validation}  {progress.CaptionsPerSecond:F0} captions/s  {progress.Remaining:h\\:mm\\:ss} left");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
