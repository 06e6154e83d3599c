using System.Numerics.Tensors;
using System.Text.Json;
using ShowTell.Data;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;

namespace ShowTell.Benchmarks;

/// <summary>
/// Models that are trained a little on each <see cref="CaptionSource"/>, so that their captions end, in a folder of its
/// name. Beside each lies what it should say, for the peers to prove that they do the same work.
/// </summary>
internal static class TrainedModels
{
    private const int CheckedSteps = 5;
    private const double LearningRate = 1e-3;
    private const string DataFile = "data.safetensors";

    public static CaptioningModel<float> Load(string folder, CaptionSource source, string kind) =>
        ModelBundle.Load(ModelPath(Path.Combine(folder, source.Name), kind)).Model;

    /// <summary>Trains and writes the models of a source, unless they are there.</summary>
    public static void Write(string folder, CaptionSource source)
    {
        folder = Path.Combine(folder, source.Name);
        string data = Path.Combine(folder, DataFile);
        if (File.Exists(data))
        {
            return;
        }

        Directory.CreateDirectory(folder);
        foreach (string kind in source.Kinds)
        {
            var model = new CaptioningModel<float>(source.ModelOptions(kind), new SeededRandom(231));
            double loss = Train(model, source, source.Steps)[^1];
            Console.Error.WriteLine(FormattableString.Invariant(
                $"{source.Name}, {kind}: loss {loss:F2} after {source.Steps} steps"));
            Bundle(model, source).Save(ModelPath(folder, kind));

            // Initializers run in this order, and the last one changes the weights.
            int width = source.Dataset.Train.CaptionWidth;
            var expected = new
            {
                batchSize = source.BatchSize,
                captions = new Decoder(model).DecodeGreedily(source.ValidationFeatures(), width).Chunk(width),
                gradientNorms = GradientNorms(model, source),
                losses = Train(model, source, CheckedSteps),
            };
            File.WriteAllText(Path.Combine(folder, $"{kind}.expected.json"), JsonSerializer.Serialize(expected));
        }

        // Last, as a sign that all of them are there.
        source.Write(data);
    }

    /// <summary>Takes some steps of training with a new optimizer; returns their losses.</summary>
    private static double[] Train(CaptioningModel<float> model, CaptionSource source, int steps)
    {
        var gradients = new CaptioningParameters<float>(model.Options);
        var optimizer = new Optimizer<float>(UpdateRule.Adam, model.Options);
        var minibatch = new Minibatch();
        var losses = new double[steps];
        for (int step = 0; step < steps; step++)
        {
            source.Read(minibatch, step, source.BatchSize);
            losses[step] = model.Loss(minibatch.Features, minibatch.Captions, gradients);
            optimizer.Update(model.Parameters, gradients, LearningRate);
        }

        return losses;
    }

    /// <summary>How long the gradients of the first minibatch are as vectors.</summary>
    private static Dictionary<string, float> GradientNorms(CaptioningModel<float> model, CaptionSource source)
    {
        var gradients = new CaptioningParameters<float>(model.Options);
        Minibatch minibatch = source.Read(new Minibatch(), 0, source.BatchSize);
        model.Loss(minibatch.Features, minibatch.Captions, gradients);
        return gradients.All.ToDictionary(item => item.Name, item => TensorPrimitives.Norm<float>(item.Value.Span));
    }

    private static ModelBundle Bundle(CaptioningModel<float> model, CaptionSource source)
    {
        CaptionDataset dataset = source.Dataset;
        return new(
            model,
            dataset.Vocabulary,
            dataset.Features,
            new TrainingRecord
            {
                Dataset = Path.GetFileName(Path.TrimEndingDirectorySeparator(dataset.Origin)),
                WordVocabulary = dataset.Vocabulary.Fingerprint,
                TrainCaptions = source.Steps * source.BatchSize,
                CaptionWidth = dataset.Train.CaptionWidth,
                Epoch = 1,
                UpdateRule = "adam",
                LearningRate = LearningRate,
                LearningRateDecay = 1,
                BatchSize = source.BatchSize,
                Seed = 231,
            });
    }

    private static string ModelPath(string folder, string kind) => Path.Combine(folder, $"{kind}.safetensors");
}
