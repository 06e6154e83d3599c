using Mat = ShowTell.Numerics.Matrix<double>;

namespace ShowTell.Exercises;

/// <summary>The gradients of one vanilla RNN step.</summary>
public sealed record RnnStepGradients(Mat DX, Mat DPrevH, Mat DWx, Mat DWh, Mat DB);

/// <summary>The gradients of a recurrent layer over time; dx has one matrix per timestep.</summary>
public sealed record RnnGradients(Mat[] DX, Mat DH0, Mat DWx, Mat DWh, Mat DB);

/// <summary>Hidden state and cell state of an LSTM, N x H each.</summary>
public sealed record LstmState(Mat H, Mat C);

/// <summary>The gradients of one LSTM step.</summary>
public sealed record LstmStepGradients(Mat DX, Mat DPrevH, Mat DPrevC, Mat DWx, Mat DWh, Mat DB);

/// <summary>One vanilla RNN step: the next hidden state.</summary>
public delegate Mat RnnStepForwardFunction(Mat x, Mat prevH, Mat wx, Mat wh, Mat b);

/// <summary>The backward pass of one vanilla RNN step: gradients from that of the next hidden state.</summary>
public delegate RnnStepGradients RnnStepBackwardFunction(
    Mat dNextH, Mat x, Mat prevH, Mat nextH, Mat wx, Mat wh, Mat b);

/// <summary>A recurrent layer over time: the hidden state of every timestep.</summary>
public delegate Mat[] RecurrentForwardFunction(Mat[] x, Mat h0, Mat wx, Mat wh, Mat b);

/// <summary>The backward pass of a vanilla RNN through time: gradients from those of the hidden states.</summary>
public delegate RnnGradients RnnBackwardFunction(Mat[] dH, Mat[] x, Mat h0, Mat[] h, Mat wx, Mat wh, Mat b);

/// <summary>One LSTM step: the next states.</summary>
public delegate LstmState LstmStepForwardFunction(Mat x, Mat prevH, Mat prevC, Mat wx, Mat wh, Mat b);

/// <summary>The backward pass of one LSTM step: gradients from those of the next states.</summary>
public delegate LstmStepGradients LstmStepBackwardFunction(
    Mat dNextH, Mat dNextC, Mat x, Mat prevH, Mat prevC, Mat wx, Mat wh, Mat b);

/// <summary>The backward pass of an LSTM through time: gradients from those of the hidden states.</summary>
public delegate RnnGradients LstmBackwardFunction(Mat[] dH, Mat[] x, Mat h0, Mat wx, Mat wh, Mat b);

/// <summary>The loss of a captioning model, and the gradients of its parameters by name.</summary>
public sealed record CaptioningLoss(double Loss, IReadOnlyDictionary<string, Mat> Gradients);

/// <summary>(features, captions, parameters by name) to loss and gradients.</summary>
public delegate CaptioningLoss CaptioningLossFunction(
    Mat features, int[,] captions, IReadOnlyDictionary<string, Mat> parameters);

/// <summary>(features, parameters by name, maximum length) to ids.</summary>
public delegate int[,] SampleFunction(Mat features, IReadOnlyDictionary<string, Mat> parameters, int maxLength);

/// <summary>
/// Converts sequences between the exercises' form, one matrix per timestep, and the library's, one matrix.
/// </summary>
internal static class Sequence
{
    /// <summary>T matrices of N rows to one of T·N rows, time-major.</summary>
    public static Matrix<double> Join(Matrix<double>[] steps) => new(
        steps.Sum(step => step.Rows), steps[0].Columns, [.. steps.SelectMany(step => step.Span.ToArray())]);

    /// <summary>One matrix of T·N rows to T of N rows.</summary>
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
