using ShowTell.Layers;
using ShowTell.Models;

namespace ShowTell.Exercises;

/// <summary>
/// The checks of the exercise "Image captioning with LSTMs": expected values and numeric gradients in double precision.
/// Every function can be replaced to check a solution.
/// </summary>
public sealed class LstmExercise
{
    /// <summary>The functions to implement, in the order of the exercise, each with a hint.</summary>
    public static IReadOnlyList<(string Function, string Hint)> Hints { get; } =
    [
        ("lstm_step_forward",
            "x.Dot(wx) + prevH.Dot(wh) + b has 4H columns: a_i, a_f, a_o and a_g, in this order; split them with "
            + "a.Columns(start, count). Use Sigmoid for i, f and o, Tanh for g. The new hidden state needs the tanh of "
            + "the new cell state."),
        ("lstm_step_backward",
            "The new cell state affects the loss in two ways: directly (dNextC) and through the hidden state (dNextH * "
            + "o * (1 - tanh² of it)). Add both first. σ' = σ (1 - σ). Put the four gradients side by "
            + "side in the order i, f, o, g before the products; dPrevC goes through the forget gate."),
        ("lstm_forward", "Like rnn_forward, with a cell state in addition to the hidden state; it begins as zero."),
        ("lstm_backward",
            "Like rnn_backward, but each step also passes the gradient of the cell state back to the previous step. "
            + "After the last step it is zero. The gradients of the weights add up over time."),
        ("lstm_captioning_loss",
            "As for the RNN, with the other layer: features to h0, words to vectors, the LSTM, scores, loss; "
            + "then the backward functions in reverse order."),
        ("lstm_sample",
            "As for the RNN, with the other step. Keep the cell state from step to step; "
            + "it begins as zero."),
    ];

    /// <summary>(x, prevH, prevC, wx, wh, b) to the next states.</summary>
    public LstmStepForwardFunction StepForward { get; init; } = LibraryFunctions.LstmStepForward;

    /// <summary>(dNextH, dNextC, x, prevH, prevC, wx, wh, b) to the gradients.</summary>
    public LstmStepBackwardFunction StepBackward { get; init; } = LibraryFunctions.LstmStepBackward;

    /// <summary>(x of every timestep, h0, wx, wh, b) to h of every timestep.</summary>
    public RecurrentForwardFunction Forward { get; init; } = LibraryFunctions.LstmForward;

    /// <summary>(dH, x, h0, wx, wh, b) to the gradients.</summary>
    public LstmBackwardFunction Backward { get; init; } = LibraryFunctions.LstmBackward;

    /// <summary>(features, captions, parameters by name) to loss and gradients.</summary>
    public CaptioningLossFunction Loss { get; init; } = (features, captions, parameters) =>
        LibraryFunctions.CaptioningLoss(CellKind.Lstm, features, captions, parameters);

    /// <summary>
    /// (features, parameters by name, maximum length) to ids, null tokens after the end token (id 2).
    /// </summary>
    public SampleFunction Sample { get; init; } = (features, parameters, maxLength) =>
        LibraryFunctions.Sample(CellKind.Lstm, features, parameters, maxLength);

    /// <summary>Runs all checks, in the order of the exercise.</summary>
    public IEnumerable<ExerciseCheck> Run() =>
    [
        .. ExerciseCheck.Of("lstm_step_forward", CheckStepForward),
        .. ExerciseCheck.Of("lstm_step_backward", CheckStepBackward),
        .. ExerciseCheck.Of("lstm_forward", CheckForward),
        .. ExerciseCheck.Of("lstm_backward", CheckBackward),
        .. ExerciseCheck.Of("lstm_captioning_loss", () => CaptioningChecks.Loss(CellKind.Lstm, Loss)),
        .. ExerciseCheck.Of("lstm_sample", () => CaptioningChecks.Sample(CellKind.Lstm, Sample)),
    ];

    private IEnumerable<(string, double, double)> CheckStepForward()
    {
        const int N = 3, D = 4, H = 5;
        Matrix<double> x = Matrix.LinSpace<double>(-0.4, 1.2, N, D);
        Matrix<double> prevH = Matrix.LinSpace<double>(-0.3, 0.7, N, H);
        Matrix<double> prevC = Matrix.LinSpace<double>(-0.4, 0.9, N, H);
        Matrix<double> wx = Matrix.LinSpace<double>(-2.1, 1.3, D, 4 * H);
        Matrix<double> wh = Matrix.LinSpace<double>(-0.7, 2.2, H, 4 * H);
        Matrix<double> b = Matrix.LinSpace<double>(0.3, 0.7, 1, 4 * H);
        Matrix<double> expectedH = Matrix.FromRows<double>(
            [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
            [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
            [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299]);
        Matrix<double> expectedC = Matrix.FromRows<double>(
            [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407],
            [0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345],
            [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676]);
        LstmState next = StepForward(x, prevH, prevC, wx, wh, b);
        yield return ("next_h", GradientCheck.RelativeError<double>(expectedH, next.H), 1e-8);
        yield return ("next_c", GradientCheck.RelativeError<double>(expectedC, next.C), 1e-8);
    }

    private IEnumerable<(string, double, double)> CheckStepBackward()
    {
        const int N = 4, D = 5, H = 6;
        var random = new SeededRandom(231);
        Matrix<double> x = Matrix.Normal<double>(random, N, D);
        Matrix<double> prevH = Matrix.Normal<double>(random, N, H), prevC = Matrix.Normal<double>(random, N, H);
        Matrix<double> wx = Matrix.Normal<double>(random, D, 4 * H), wh = Matrix.Normal<double>(random, H, 4 * H);
        Matrix<double> b = Matrix.Normal<double>(random, 1, 4 * H);
        Matrix<double> dNextH = Matrix.Normal<double>(random, N, H), dNextC = Matrix.Normal<double>(random, N, H);
        LstmStepGradients d = StepBackward(dNextH, dNextC, x, prevH, prevC, wx, wh, b);
        double Error(Matrix<double> of, Matrix<double> gradient)
        {
            LstmState Next() => LibraryFunctions.LstmStepForward(x, prevH, prevC, wx, wh, b);
            Matrix<double> throughH = GradientCheck.Numeric(() => Next().H, of, dNextH);
            Matrix<double> throughC = GradientCheck.Numeric(() => Next().C, of, dNextC);
            return GradientCheck.RelativeError<double>(throughH + throughC, gradient);
        }

        yield return ("dx", Error(x, d.DX), 1e-7);
        yield return ("dh", Error(prevH, d.DPrevH), 1e-7);
        yield return ("dc", Error(prevC, d.DPrevC), 1e-7);
        yield return ("dWx", Error(wx, d.DWx), 1e-7);
        yield return ("dWh", Error(wh, d.DWh), 1e-7);
        yield return ("db", Error(b, d.DB), 1e-7);
    }

    private IEnumerable<(string, double, double)> CheckForward()
    {
        const int N = 2, D = 5, H = 4, T = 3;
        Matrix<double>[] x = Sequence.Cut(
            TimeMajor.FromBatchMajor<double>(Matrix.LinSpace<double>(-0.4, 0.6, N * T, D), N), T);
        Matrix<double> h0 = Matrix.LinSpace<double>(-0.4, 0.8, N, H);
        Matrix<double> wx = Matrix.LinSpace<double>(-0.2, 0.9, D, 4 * H);
        Matrix<double> wh = Matrix.LinSpace<double>(-0.3, 0.6, H, 4 * H);
        Matrix<double> b = Matrix.LinSpace<double>(0.2, 0.7, 1, 4 * H);
        Matrix<double> expected = Matrix.FromRows<double>(
            [0.01764008, 0.01823233, 0.01882671, 0.0194232],
            [0.11287491, 0.12146228, 0.13018446, 0.13902939],
            [0.31358768, 0.33338627, 0.35304453, 0.37250975],
            [0.45767879, 0.4761092, 0.4936887, 0.51041945],
            [0.6704845, 0.69350089, 0.71486014, 0.7346449],
            [0.81733511, 0.83677871, 0.85403753, 0.86935314]);
        Matrix<double> h = TimeMajor.ToBatchMajor<double>(Sequence.Join(Forward(x, h0, wx, wh, b)), N);
        yield return ("h", GradientCheck.RelativeError<double>(expected, h), 1e-7);
    }

    private IEnumerable<(string, double, double)> CheckBackward()
    {
        const int N = 2, D = 3, T = 10, H = 6;
        var random = new SeededRandom(231);
        Matrix<double> x = Matrix.Normal<double>(random, T * N, D), h0 = Matrix.Normal<double>(random, N, H);
        Matrix<double> wx = Matrix.Normal<double>(random, D, 4 * H), wh = Matrix.Normal<double>(random, H, 4 * H);
        Matrix<double> b = Matrix.Normal<double>(random, 1, 4 * H), dH = Matrix.Normal<double>(random, T * N, H);
        Matrix<double> Function() => Sequence.Join(LibraryFunctions.LstmForward(Sequence.Cut(x, T), h0, wx, wh, b));
        RnnGradients d = Backward(Sequence.Cut(dH, T), Sequence.Cut(x, T), h0, wx, wh, b);
        return
        [
            .. ExerciseCheck.Gradients(
                Function, dH, 1e-7, ("dx", x, Sequence.Join(d.DX)), ("dh0", h0, d.DH0), ("dWx", wx, d.DWx)),
            .. ExerciseCheck.Gradients(Function, dH, 1e-6, ("dWh", wh, d.DWh)),
            .. ExerciseCheck.Gradients(Function, dH, 1e-7, ("db", b, d.DB)),
        ];
    }
}
