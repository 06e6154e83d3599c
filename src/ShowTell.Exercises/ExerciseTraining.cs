using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Training;

namespace ShowTell.Exercises;

/// <summary>Trains a small model with the reader's loss, and generates captions with the reader's function.</summary>
public static class ExerciseTraining
{
    private const int Iterations = 60;

    private static readonly string[] s_captions =
    [
        "a cat sleeps on a red sofa", "two dogs run on the beach", "a man rides a white horse",
        "a small boat on a calm lake", "the train stops at a station", "children play in the park",
    ];

    /// <summary>
    /// Overfits six captions of six synthetic images; writes the falling loss, then the generated captions.
    /// </summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="cell">The recurrent layer of the functions.</param>
    /// <param name="loss">(features, captions, parameters by name) to loss and gradients.</param>
    /// <param name="sample">(features, parameters by name, maximum length) to ids.</param>
    /// <returns>The number of captions reproduced exactly.</returns>
    public static int Overfit(TextWriter writer, CellKind cell, CaptioningLossFunction loss, SampleFunction sample)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(sample);
        Vocabulary vocabulary = Vocabulary.OfWords(s_captions);
        int[,] captions = Encode(vocabulary);
        var options = new CaptioningOptions
        {
            Cell = cell, FeatureSize = 16, WordVectorSize = 24, HiddenSize = 32, VocabularySize = vocabulary.Count,
        };
        var random = new SeededRandom(231);
        Matrix<double> features = Matrix.Normal<double>(random, s_captions.Length, options.FeatureSize);
        var parameters = new CaptioningParameters<double>(options);
        parameters.Initialize(random);
        Dictionary<string, Matrix<double>> byName = parameters.All.ToDictionary(pair => pair.Name, pair => pair.Value);
        var optimizer = new Optimizer<double>(UpdateRule.Adam, options);
        var gradients = new CaptioningParameters<double>(options);
        for (int i = 1; i <= Iterations; i++)
        {
            CaptioningLoss result = loss(features, captions, byName);
            foreach ((string name, Matrix<double> gradient) in gradients.All)
            {
                gradient.CopyFrom(result.Gradients[name]);
            }

            optimizer.Update(parameters, gradients, learningRate: 0.02);
            if (i % 10 == 1 || i == Iterations)
            {
                writer.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"(Iteration {i} / {Iterations}) loss: {result.Loss:F6}"));
            }
        }

        return WriteSamples(writer, vocabulary, sample(features, byName, captions.GetLength(1)));
    }

    private static int[,] Encode(Vocabulary vocabulary)
    {
        int width = 2 + s_captions.Max(caption => vocabulary.Split(caption).Count());
        var captions = new int[s_captions.Length, width];
        var ids = new int[width];
        for (int n = 0; n < s_captions.Length; n++)
        {
            vocabulary.Encode(s_captions[n], ids);
            Buffer.BlockCopy(ids, 0, captions, n * width * sizeof(int), width * sizeof(int));
        }

        return captions;
    }

    private static int WriteSamples(TextWriter writer, Vocabulary vocabulary, int[,] sampled)
    {
        int right = 0;
        for (int n = 0; n < s_captions.Length; n++)
        {
            int[] ids = [.. Enumerable.Range(0, sampled.GetLength(1)).Select(t => sampled[n, t])];
            string caption = vocabulary.Decode(ids);
            right += caption == s_captions[n] ? 1 : 0;
            writer.WriteLine($"  sampled: {caption}   (learned: {s_captions[n]})");
        }

        return right;
    }
}
