using ShowTell.Layers;
using ShowTell.Models;

namespace ShowTell.Exercises;

/// <summary>The checks of the captioning model, the same for both cells.</summary>
internal static class CaptioningChecks
{
    /// <summary>The expected loss of each exercise, and numeric gradients of all parameters.</summary>
    public static IEnumerable<(string, double, double)> Loss(CellKind cell, CaptioningLossFunction loss)
    {
        double expected = cell == CellKind.Rnn ? 9.83235591003 : 9.82445935443;
        yield return ("loss", Math.Abs(LossOfFixedParameters(cell, loss) - expected), 1e-10);

        // The exercise has 2 captions of 3 words; with more, fewer gradients are close to zero by chance.
        const int N = 4, T = 6;
        var random = new SeededRandom(231);
        var options = new CaptioningOptions
        {
            Cell = cell, FeatureSize = 4, WordVectorSize = 5, HiddenSize = 6, VocabularySize = 3,
        };
        int[,] captions = Fill(new int[N, T], _ => random.NextInt(options.VocabularySize));
        Matrix<double> features = Matrix.Normal<double>(random, N, options.FeatureSize);
        Dictionary<string, Matrix<double>> parameters = NormalParameters(options, random);
        IReadOnlyDictionary<string, Matrix<double>> gradients = loss(features, captions, parameters).Gradients;
        foreach ((string name, Matrix<double> value) in parameters)
        {
            Matrix<double> numeric = GradientCheck.Numeric(
                () => LibraryFunctions.CaptioningLoss(cell, features, captions, parameters).Loss, value);
            Matrix<double> gradient = gradients.TryGetValue(name, out Matrix<double>? found)
                ? found
                : throw new InvalidOperationException($"the gradient {name} is missing");
            yield return (name, GradientCheck.RelativeError<double>(numeric, gradient), 5e-6);
        }
    }

    /// <summary>
    /// Compares greedy captions of a random model with the library's, up to the end token: the exercise does not
    /// specify what follows it.
    /// </summary>
    public static IEnumerable<(string, double, double)> Sample(CellKind cell, SampleFunction sample)
    {
        const int N = 20, MaxLength = 12;
        var random = new SeededRandom(231);
        var options = new CaptioningOptions
        {
            Cell = cell, FeatureSize = 4, WordVectorSize = 5, HiddenSize = 6, VocabularySize = 8,
        };
        Dictionary<string, Matrix<double>> parameters = NormalParameters(options, random);
        Matrix<double> features = Matrix.Normal<double>(random, N, options.FeatureSize);
        int[,] expected = LibraryFunctions.Sample(cell, features, parameters, MaxLength);
        int[,] sampled = sample(features, parameters, MaxLength);
        if (sampled.GetLength(0) != N || sampled.GetLength(1) != MaxLength)
        {
            throw new ArgumentException(
                $"the captions are {sampled.GetLength(0)} x {sampled.GetLength(1)}; expected {N} x {MaxLength}");
        }

        const int EndId = 2;
        int different = 0;
        for (int n = 0; n < N; n++)
        {
            for (int t = 0; t == 0 || (t < MaxLength && expected[n, t - 1] != EndId); t++)
            {
                different += sampled[n, t] == expected[n, t] ? 0 : 1;
            }
        }

        yield return ("words that differ", different, 0);
    }

    /// <summary>The loss of the exercise's small model with evenly spaced parameters, features and captions.</summary>
    private static double LossOfFixedParameters(CellKind cell, CaptioningLossFunction loss)
    {
        const int N = 10, T = 13;
        var options = new CaptioningOptions
        {
            Cell = cell, FeatureSize = 20, WordVectorSize = 30, HiddenSize = 40, VocabularySize = 3,
        };
        Dictionary<string, Matrix<double>> parameters = new CaptioningParameters<double>(options).All.ToDictionary(
            pair => pair.Name, pair => Matrix.LinSpace<double>(-1.4, 1.3, pair.Value.Rows, pair.Value.Columns));
        (double first, double last) = cell == CellKind.Rnn ? (-1.5, 0.3) : (-0.5, 1.7);
        Matrix<double> features = Matrix.LinSpace<double>(first, last, N, options.FeatureSize);
        return loss(features, Fill(new int[N, T], i => i % options.VocabularySize), parameters).Loss;
    }

    /// <summary>
    /// Parameters with standard deviation 1. A new model's are smaller, and some gradients would be too small for
    /// numeric differences of a loss of about 1.
    /// </summary>
    private static Dictionary<string, Matrix<double>> NormalParameters(
        CaptioningOptions options, SeededRandom random) =>
        new CaptioningParameters<double>(options).All.ToDictionary(
            pair => pair.Name, pair => Matrix.Normal<double>(random, pair.Value.Rows, pair.Value.Columns));

    private static int[,] Fill(int[,] ids, Func<int, int> idAt)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i / ids.GetLength(1), i % ids.GetLength(1)] = idAt(i);
        }

        return ids;
    }
}
