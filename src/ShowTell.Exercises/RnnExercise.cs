using ShowTell.Layers;
using ShowTell.Models;

namespace ShowTell.Exercises;

/// <summary>
/// The checks of the exercise "Image captioning with RNNs": expected values and numeric gradients in double precision.
/// Every function can be replaced to check a solution.
/// </summary>
public sealed class RnnExercise
{
    /// <summary>The functions to implement, in the order of the exercise, each with a hint.</summary>
    public static IReadOnlyList<(string Function, string Hint)> Hints { get; } =
    [
        ("rnn_step_forward",
            "Three terms go into tanh: the input times wx, the previous state times wh, and the bias. "
            + "x.Dot(wx) is the matrix product; x * wx would multiply elementwise."),
        ("rnn_step_backward",
            "Start with the gradient of the argument of tanh: tanh' = 1 - tanh², and that tanh is nextH. A product "
            + "x.Dot(w) has the gradients dX = dA.Dot(w.Transposed) and dW = x.Transposed.Dot(dA); the bias, which "
            + "is added to every row, has SumOfRows()."),
        ("rnn_forward",
            "Loop over time: h[t] comes from x[t] and the previous state, "
            + "which is h0 at first and h[t - 1] from then on."),
        ("rnn_backward",
            "Loop backward over time. The gradient of h[t] is dH[t] plus the dPrevH sent back by step t + 1. "
            + "All steps share the weights, so their gradients add up over time. The dPrevH of step 0 is dH0."),
        ("word_embedding_forward", "Row i of the result is row words[i] of w: w.Row(words[i]).CopyTo(result.Row(i))."),
        ("word_embedding_backward",
            "Row words[i] of dW receives row i of dOut. A word that occurs several times sums the gradients of all "
            + "its occurrences: add, do not overwrite."),
        ("rnn_captioning_loss",
            "Forward pass: features to h0, words to vectors, the recurrent layer, scores, loss. The model reads the "
            + "caption without its last word and predicts it without its first. Then the backward functions in "
            + "reverse order; every gradient has the name of its parameter. W_embed is used at every timestep, "
            + "so its gradients add up."),
        ("rnn_sample",
            "h starts as features.Dot(W_proj) + b_proj, the words as the start token (id 1). At each step: look up the "
            + "word vectors, take one step of the layer, score, choose the best word of each row, and feed it into the "
            + "next step."),
    ];

    /// <summary>(x, prevH, wx, wh, b) to nextH.</summary>
    public RnnStepForwardFunction StepForward { get; init; } = LibraryFunctions.RnnStepForward;

    /// <summary>(dNextH, x, prevH, nextH, wx, wh, b) to the gradients.</summary>
    public RnnStepBackwardFunction StepBackward { get; init; } = LibraryFunctions.RnnStepBackward;

    /// <summary>(x of every timestep, h0, wx, wh, b) to h of every timestep.</summary>
    public RecurrentForwardFunction Forward { get; init; } = LibraryFunctions.RnnForward;

    /// <summary>(dH, x, h0, h, wx, wh, b) to the gradients.</summary>
    public RnnBackwardFunction Backward { get; init; } = LibraryFunctions.RnnBackward;

    /// <summary>(words, w) to one row per word.</summary>
    public Func<int[], Matrix<double>, Matrix<double>> WordEmbeddingForward { get; init; } =
        GivenLayers.WordEmbeddingForward;

    /// <summary>(dOut, words, w) to dW.</summary>
    public Func<Matrix<double>, int[], Matrix<double>, Matrix<double>> WordEmbeddingBackward { get; init; } =
        GivenLayers.WordEmbeddingBackward;

    /// <summary>(features, captions, parameters by name) to loss and gradients.</summary>
    public CaptioningLossFunction Loss { get; init; } = (features, captions, parameters) =>
        LibraryFunctions.CaptioningLoss(CellKind.Rnn, features, captions, parameters);

    /// <summary>
    /// (features, parameters by name, maximum length) to ids, null tokens after the end token (id 2).
    /// </summary>
    public SampleFunction Sample { get; init; } = (features, parameters, maxLength) =>
        LibraryFunctions.Sample(CellKind.Rnn, features, parameters, maxLength);

    /// <summary>Runs all checks, in the order of the exercise.</summary>
    public IEnumerable<ExerciseCheck> Run() =>
    [
        .. ExerciseCheck.Of("rnn_step_forward", CheckStepForward),
        .. ExerciseCheck.Of("rnn_step_backward", CheckStepBackward),
        .. ExerciseCheck.Of("rnn_forward", CheckForward),
        .. ExerciseCheck.Of("rnn_backward", CheckBackward),
        .. ExerciseCheck.Of("word_embedding_forward", CheckWordEmbeddingForward),
        .. ExerciseCheck.Of("word_embedding_backward", CheckWordEmbeddingBackward),
        .. ExerciseCheck.Of("temporal_affine", GivenLayerChecks.TemporalAffine),
        .. ExerciseCheck.Of("temporal_softmax_loss", GivenLayerChecks.TemporalSoftmaxLoss),
        .. ExerciseCheck.Of("rnn_captioning_loss", () => CaptioningChecks.Loss(CellKind.Rnn, Loss)),
        .. ExerciseCheck.Of("rnn_sample", () => CaptioningChecks.Sample(CellKind.Rnn, Sample)),
    ];

    private IEnumerable<(string, double, double)> CheckStepForward()
    {
        const int N = 3, D = 10, H = 4;
        Matrix<double> x = Matrix.LinSpace<double>(-0.4, 0.7, N, D);
        Matrix<double> prevH = Matrix.LinSpace<double>(-0.2, 0.5, N, H);
        Matrix<double> wx = Matrix.LinSpace<double>(-0.1, 0.9, D, H);
        Matrix<double> wh = Matrix.LinSpace<double>(-0.3, 0.7, H, H);
        Matrix<double> b = Matrix.LinSpace<double>(-0.2, 0.4, 1, H);
        Matrix<double> expected = Matrix.FromRows<double>(
            [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
            [0.66854692, 0.79562378, 0.87755553, 0.92795967],
            [0.97934501, 0.99144213, 0.99646691, 0.99854353]);
        yield return ("next_h", GradientCheck.RelativeError<double>(expected, StepForward(x, prevH, wx, wh, b)), 1e-8);
    }

    private IEnumerable<(string, double, double)> CheckStepBackward()
    {
        const int N = 4, D = 5, H = 6;
        var random = new SeededRandom(231);
        Matrix<double> x = Matrix.Normal<double>(random, N, D), prevH = Matrix.Normal<double>(random, N, H);
        Matrix<double> wx = Matrix.Normal<double>(random, D, H), wh = Matrix.Normal<double>(random, H, H);
        Matrix<double> b = Matrix.Normal<double>(random, 1, H), dNextH = Matrix.Normal<double>(random, N, H);
        Matrix<double> nextH = LibraryFunctions.RnnStepForward(x, prevH, wx, wh, b);
        RnnStepGradients d = StepBackward(dNextH, x, prevH, nextH, wx, wh, b);
        Matrix<double> Function() => LibraryFunctions.RnnStepForward(x, prevH, wx, wh, b);
        return ExerciseCheck.Gradients(
            Function, dNextH, 1e-8,
            ("dx", x, d.DX), ("dprev_h", prevH, d.DPrevH), ("dWx", wx, d.DWx), ("dWh", wh, d.DWh), ("db", b, d.DB));
    }

    private IEnumerable<(string, double, double)> CheckForward()
    {
        const int N = 2, T = 3, D = 4, H = 5;
        Matrix<double>[] x = Sequence.Cut(
            TimeMajor.FromBatchMajor<double>(Matrix.LinSpace<double>(-0.1, 0.3, N * T, D), N), T);
        Matrix<double> h0 = Matrix.LinSpace<double>(-0.3, 0.1, N, H);
        Matrix<double> wx = Matrix.LinSpace<double>(-0.2, 0.4, D, H);
        Matrix<double> wh = Matrix.LinSpace<double>(-0.4, 0.1, H, H);
        Matrix<double> b = Matrix.LinSpace<double>(-0.7, 0.1, 1, H);
        Matrix<double> expected = Matrix.FromRows<double>(
            [-0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251],
            [-0.39525808, -0.22554661, -0.0409454, 0.14649412, 0.32397316],
            [-0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525],
            [-0.55857474, -0.39065825, -0.19198182, 0.02378408, 0.23735671],
            [-0.27150199, -0.07088804, 0.13562939, 0.33099728, 0.50158768],
            [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043]);
        Matrix<double> h = TimeMajor.ToBatchMajor<double>(Sequence.Join(Forward(x, h0, wx, wh, b)), N);
        yield return ("h", GradientCheck.RelativeError<double>(expected, h), 1e-7);
    }

    private IEnumerable<(string, double, double)> CheckBackward()
    {
        const int N = 2, D = 3, T = 10, H = 5;
        var random = new SeededRandom(231);
        Matrix<double> x = Matrix.Normal<double>(random, T * N, D), h0 = Matrix.Normal<double>(random, N, H);
        Matrix<double> wx = Matrix.Normal<double>(random, D, H), wh = Matrix.Normal<double>(random, H, H);
        Matrix<double> b = Matrix.Normal<double>(random, 1, H), dH = Matrix.Normal<double>(random, T * N, H);
        Matrix<double> Function() => Sequence.Join(LibraryFunctions.RnnForward(Sequence.Cut(x, T), h0, wx, wh, b));
        Matrix<double>[] h = Sequence.Cut(Function(), T);
        RnnGradients d = Backward(Sequence.Cut(dH, T), Sequence.Cut(x, T), h0, h, wx, wh, b);
        return ExerciseCheck.Gradients(
            Function, dH, 1e-6,
            ("dx", x, Sequence.Join(d.DX)), ("dh0", h0, d.DH0),
            ("dWx", wx, d.DWx), ("dWh", wh, d.DWh), ("db", b, d.DB));
    }

    private IEnumerable<(string, double, double)> CheckWordEmbeddingForward()
    {
        Matrix<double> w = Matrix.LinSpace<double>(0, 1, 5, 3);
        Matrix<double> expected = Matrix.FromRows<double>(
            [0, 0.07142857, 0.14285714],
            [0.64285714, 0.71428571, 0.78571429],
            [0.21428571, 0.28571429, 0.35714286],
            [0.42857143, 0.5, 0.57142857],
            [0.42857143, 0.5, 0.57142857],
            [0.21428571, 0.28571429, 0.35714286],
            [0, 0.07142857, 0.14285714],
            [0.64285714, 0.71428571, 0.78571429]);
        Matrix<double> output = WordEmbeddingForward([0, 3, 1, 2, 2, 1, 0, 3], w);

        // The expected values are written with eight digits: 0.07142857 alone is off by 1.00000001e-8.
        yield return ("out", GradientCheck.RelativeError<double>(expected, output), 1.1e-8);
    }

    private IEnumerable<(string, double, double)> CheckWordEmbeddingBackward()
    {
        const int N = 50, T = 3, V = 5, D = 6;
        var random = new SeededRandom(231);
        var words = new int[N * T];
        foreach (ref int word in words.AsSpan())
        {
            word = random.NextInt(V);
        }

        Matrix<double> w = Matrix.Normal<double>(random, V, D), dOut = Matrix.Normal<double>(random, N * T, D);
        Matrix<double> numeric = GradientCheck.Numeric(() => GivenLayers.WordEmbeddingForward(words, w), w, dOut);
        yield return ("dW", GradientCheck.RelativeError<double>(numeric, WordEmbeddingBackward(dOut, words, w)), 1e-11);
    }
}
