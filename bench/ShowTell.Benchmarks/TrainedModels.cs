using System.Numerics.Tensors;
using System.Text.Json;
using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;

namespace ShowTell.Benchmarks;

/// <summary>
/// The models whose captions are decoded, a file for each cell: trained a little on real captions, so that their
/// captions end. Beside each lies what it should say, for the peers to prove that they do the same work.
/// </summary>
internal static class TrainedModels
{
    private const int BatchSize = 128, CheckedSteps = 5;
    private const double LearningRate = 1e-3;

    public static CaptioningModel<float> Load(string folder, CellKind cell) =>
        ModelBundle.Load(ModelPath(folder, cell)).Model;

    /// <summary>Trains and writes the models.</summary>
    public static void Write(string folder, RealCaptions captions, int steps)
    {
        Directory.CreateDirectory(folder);
        foreach (CellKind cell in Enum.GetValues<CellKind>())
        {
            var model = new CaptioningModel<float>(captions.ModelOptions(cell), new SeededRandom(231));
            double loss = Train(model, captions, steps)[^1];
            Console.Error.WriteLine(
                FormattableString.Invariant($"{Names.Of(cell)}: loss {loss:F2} after {steps} steps"));
            Bundle(model, captions, steps).Save(ModelPath(folder, cell));

            // Initializers run in this order, and the last one changes the weights.
            int width = captions.Dataset.Train.CaptionWidth;
            var expected = new
            {
                captions = new Decoder(model).Sample(captions.ValidationFeatures(), width).Chunk(width),
                gradientNorms = GradientNorms(model, captions),
                losses = Train(model, captions, CheckedSteps),
            };
            File.WriteAllText(
                Path.Combine(folder, $"{Names.Of(cell)}.expected.json"), JsonSerializer.Serialize(expected));
        }
    }

    /// <summary>Takes some steps of training with a new optimizer; returns their losses.</summary>
    private static double[] Train(CaptioningModel<float> model, RealCaptions captions, int steps)
    {
        var gradients = new CaptioningParameters<float>(model.Options);
        var optimizer = new Optimizer<float>(UpdateRule.Adam, model.Options);
        var minibatch = new Minibatch();
        var losses = new double[steps];
        for (int step = 0; step < steps; step++)
        {
            captions.Read(minibatch, step, BatchSize);
            losses[step] = model.Loss(minibatch.Features, minibatch.Captions, gradients);
            optimizer.Update(model.Parameters, gradients, LearningRate);
        }

        return losses;
    }

    /// <summary>How long the gradients of the first minibatch are as vectors.</summary>
    private static Dictionary<string, float> GradientNorms(CaptioningModel<float> model, RealCaptions captions)
    {
        var gradients = new CaptioningParameters<float>(model.Options);
        Minibatch minibatch = captions.Read(new Minibatch(), 0, BatchSize);
        model.Loss(minibatch.Features, minibatch.Captions, gradients);
        return gradients.All.ToDictionary(item => item.Name, item => TensorPrimitives.Norm<float>(item.Value.Span));
    }

    private static ModelBundle Bundle(CaptioningModel<float> model, RealCaptions captions, int steps)
    {
        CaptionDataset dataset = captions.Dataset;
        return new(
            model,
            dataset.Vocabulary,
            dataset.Features,
            new TrainingRecord
            {
                Dataset = Path.GetFileName(Path.TrimEndingDirectorySeparator(dataset.Origin)),
                WordVocabulary = dataset.Vocabulary.Fingerprint,
                TrainCaptions = steps * BatchSize,
                CaptionWidth = dataset.Train.CaptionWidth,
                Epoch = 1,
                UpdateRule = "adam",
                LearningRate = LearningRate,
                LearningRateDecay = 1,
                BatchSize = BatchSize,
                Seed = 231,
            });
    }

    private static string ModelPath(string folder, CellKind cell) =>
        Path.Combine(folder, $"{Names.Of(cell)}.safetensors");
}
