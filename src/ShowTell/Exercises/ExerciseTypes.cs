using ShowTell.Numerics;

namespace ShowTell.Exercises;

/// <summary>Gradients of one vanilla RNN step.</summary>
public sealed record RnnStepGradients(
    Matrix<double> DX, Matrix<double> DPrevH, Matrix<double> DWx, Matrix<double> DWh, Matrix<double> DB);

/// <summary>Gradients of a recurrent layer over time; dx has one matrix a timestep.</summary>
public sealed record RnnGradients(
    Matrix<double>[] DX, Matrix<double> DH0, Matrix<double> DWx, Matrix<double> DWh, Matrix<double> DB);

/// <summary>Hidden state and cell state of an LSTM, N x H each.</summary>
public sealed record LstmState(Matrix<double> H, Matrix<double> C);

/// <summary>Gradients of one LSTM step.</summary>
public sealed record LstmStepGradients(
    Matrix<double> DX,
    Matrix<double> DPrevH,
    Matrix<double> DPrevC,
    Matrix<double> DWx,
    Matrix<double> DWh,
    Matrix<double> DB);

/// <summary>One vanilla RNN step: the next hidden state.</summary>
public delegate Matrix<double> RnnStepForwardFunction(
    Matrix<double> x, Matrix<double> prevH, Matrix<double> wx, Matrix<double> wh, Matrix<double> b);

/// <summary>One vanilla RNN step back: gradients from that of the next hidden state.</summary>
public delegate RnnStepGradients RnnStepBackwardFunction(
    Matrix<double> dNextH,
    Matrix<double> x,
    Matrix<double> prevH,
    Matrix<double> nextH,
    Matrix<double> wx,
    Matrix<double> wh,
    Matrix<double> b);

/// <summary>A recurrent layer over time: the hidden state of every timestep.</summary>
public delegate Matrix<double>[] RecurrentForwardFunction(
    Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b);

/// <summary>A vanilla RNN back through time: gradients from those of the hidden states.</summary>
public delegate RnnGradients RnnBackwardFunction(
    Matrix<double>[] dH,
    Matrix<double>[] x,
    Matrix<double> h0,
    Matrix<double>[] h,
    Matrix<double> wx,
    Matrix<double> wh,
    Matrix<double> b);

/// <summary>One LSTM step: the next states.</summary>
public delegate LstmState LstmStepForwardFunction(
    Matrix<double> x,
    Matrix<double> prevH,
    Matrix<double> prevC,
    Matrix<double> wx,
    Matrix<double> wh,
    Matrix<double> b);

/// <summary>One LSTM step back: gradients from those of the next states.</summary>
public delegate LstmStepGradients LstmStepBackwardFunction(
    Matrix<double> dNextH,
    Matrix<double> dNextC,
    Matrix<double> x,
    Matrix<double> prevH,
    Matrix<double> prevC,
    Matrix<double> wx,
    Matrix<double> wh,
    Matrix<double> b);

/// <summary>An LSTM back through time: gradients from those of the hidden states.</summary>
public delegate RnnGradients LstmBackwardFunction(
    Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b);

/// <summary>Loss of a captioning model, and the gradients of its parameters by name.</summary>
public sealed record CaptioningLoss(double Loss, IReadOnlyDictionary<string, Matrix<double>> Gradients);

/// <summary>
/// Sequences as the exercises have them, one matrix a timestep, and as the library does, all timesteps in one.
/// </summary>
internal static class Sequence
{
    /// <summary>T matrices of N rows into one of T·N rows, time-major.</summary>
    public static Matrix<double> Join(Matrix<double>[] steps)
    {
        var joined = new Matrix<double>(steps.Sum(step => step.Rows), steps[0].Columns);
        int row = 0;
        foreach (Matrix<double> step in steps)
        {
            ((ReadOnlyMatrixSpan<double>)step).CopyTo(joined.RowBlock(row, step.Rows));
            row += step.Rows;
        }

        return joined;
    }

    /// <summary>One matrix of T·N rows into T of N rows.</summary>
    public static Matrix<double>[] Cut(ReadOnlyMatrixSpan<double> joined, int steps)
    {
        int rows = joined.Rows / steps;
        var cut = new Matrix<double>[steps];
        for (int t = 0; t < steps; t++)
        {
            cut[t] = new Matrix<double>(rows, joined.Columns);
            cut[t].CopyFrom(joined.RowBlock(t * rows, rows));
        }

        return cut;
    }
}
