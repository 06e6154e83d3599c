using ShowTell.Layers;

namespace ShowTell.Exercises;

/// <summary>The checks of the layers that the exercise provides.</summary>
internal static class GivenLayerChecks
{
    public static IEnumerable<(string, double, double)> TemporalAffine()
    {
        const int N = 2, T = 3, D = 4, M = 5;
        var random = new SeededRandom(231);
        Matrix<double> x = Matrix.Normal<double>(random, T * N, D), w = Matrix.Normal<double>(random, D, M);
        Matrix<double> b = Matrix.Normal<double>(random, 1, M), dOut = Matrix.Normal<double>(random, T * N, M);
        var (dX, dW, dB) = (new Matrix<double>(T * N, D), new Matrix<double>(D, M), new Matrix<double>(1, M));
        Affine.Backward<double>(dOut, x, w, dX, dW, dB.Span);
        Matrix<double> Function()
        {
            var output = new Matrix<double>(T * N, M);
            Affine.Forward<double>(x, w, b.Span, output);
            return output;
        }

        return ExerciseCheck.Gradients(Function, dOut, 1e-9, ("dx", x, dX), ("dw", w, dW), ("db", b, dB));
    }

    public static IEnumerable<(string, double, double)> TemporalSoftmaxLoss()
    {
        // Scores near zero make ten words equally likely: each has a loss of about log 10 = 2.3026.
        var random = new SeededRandom(231);
        yield return ("loss of about 2.3", Math.Abs(LossOfSmallScores(random, 100, 1, 1) - Math.Log(10)), 0.01);
        yield return ("loss of about 23", Math.Abs(LossOfSmallScores(random, 100, 10, 1) - (10 * Math.Log(10))), 0.1);
        yield return (
            "loss of about 2.3 with a mask",
            Math.Abs(LossOfSmallScores(random, 5000, 10, 0.1) - Math.Log(10)),
            0.1);

        const int N = 7, T = 8, V = 9;
        Matrix<double> scores = Matrix.Normal<double>(random, T * N, V);
        (int[] targets, bool[] mask) = TargetsAndMask(random, T * N, V, 0.5);
        var (dScores, ignored) = (new Matrix<double>(T * N, V), new Matrix<double>(T * N, V));
        Layers.TemporalSoftmaxLoss.ForwardBackward<double>(scores, targets, mask, N, dScores);
        Matrix<double> numeric = GradientCheck.Numeric(
            () => Layers.TemporalSoftmaxLoss.ForwardBackward<double>(scores, targets, mask, N, ignored), scores);
        yield return ("dx", GradientCheck.RelativeError<double>(dScores, numeric), 1e-7);
    }

    private static double LossOfSmallScores(SeededRandom random, int n, int t, double share)
    {
        const int V = 10;
        Matrix<double> scores = Matrix.Normal<double>(random, t * n, V, 0.001);
        (int[] targets, bool[] mask) = TargetsAndMask(random, t * n, V, share);
        return Layers.TemporalSoftmaxLoss.ForwardBackward<double>(scores, targets, mask, n, scores);
    }

    private static (int[] Targets, bool[] Mask) TargetsAndMask(SeededRandom random, int rows, int words, double share)
    {
        var (targets, mask) = (new int[rows], new bool[rows]);
        for (int i = 0; i < rows; i++)
        {
            targets[i] = random.NextInt(words);
            mask[i] = random.NextUniform() < share;
        }

        return (targets, mask);
    }
}
