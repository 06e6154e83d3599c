using ShowTell.Exercises;
using ShowTell.Numerics;
using static ShowTell.Exercises.GivenLayers;
using static ShowTell.Exercises.MatrixMath;

namespace ShowTell.Tests.Labs;

/// <summary>The functions of labs/exercises/lstm.cs as a student would write them.</summary>
internal static class LstmSolution
{
    public static LstmExercise Exercise { get; } = new()
    {
        StepForward = LstmStepForward,
        StepBackward = LstmStepBackward,
        Forward = LstmForward,
        Backward = LstmBackward,
        Loss = CaptioningLoss,
        Sample = Sample,
    };

    public static LstmState LstmStepForward(
        Matrix<double> x, Matrix<double> prevH, Matrix<double> prevC, Matrix<double> wx, Matrix<double> wh,
        Matrix<double> b)
    {
        int hidden = prevH.Columns;
        Matrix<double> a = x.Dot(wx) + prevH.Dot(wh) + b;
        Matrix<double> i = Sigmoid(a.Columns(0, hidden)), f = Sigmoid(a.Columns(hidden, hidden));
        Matrix<double> o = Sigmoid(a.Columns(2 * hidden, hidden)), g = Tanh(a.Columns(3 * hidden, hidden));
        Matrix<double> nextC = (f * prevC) + (i * g);
        return new(o * Tanh(nextC), nextC);
    }

    public static LstmStepGradients LstmStepBackward(
        Matrix<double> dNextH, Matrix<double> dNextC, Matrix<double> x, Matrix<double> prevH, Matrix<double> prevC,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        int hidden = prevH.Columns;
        Matrix<double> a = x.Dot(wx) + prevH.Dot(wh) + b;
        Matrix<double> i = Sigmoid(a.Columns(0, hidden)), f = Sigmoid(a.Columns(hidden, hidden));
        Matrix<double> o = Sigmoid(a.Columns(2 * hidden, hidden)), g = Tanh(a.Columns(3 * hidden, hidden));
        Matrix<double> tanhC = Tanh((f * prevC) + (i * g));

        Matrix<double> dC = dNextC + (dNextH * o * (1 - (tanhC * tanhC)));
        Matrix<double> dAi = dC * g * i * (1 - i);
        Matrix<double> dAf = dC * prevC * f * (1 - f);
        Matrix<double> dAo = dNextH * tanhC * o * (1 - o);
        Matrix<double> dAg = dC * i * (1 - (g * g));
        Matrix<double> dA = SideBySide(dAi, dAf, dAo, dAg);
        return new(
            dA.Dot(wx.Transposed), dA.Dot(wh.Transposed), dC * f,
            x.Transposed.Dot(dA), prevH.Transposed.Dot(dA), dA.SumOfRows());
    }

    public static Matrix<double>[] LstmForward(
        Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        var h = new Matrix<double>[x.Length];
        var state = new LstmState(h0, Zeros(h0.Rows, h0.Columns));
        for (int t = 0; t < x.Length; t++)
        {
            state = LstmStepForward(x[t], state.H, state.C, wx, wh, b);
            h[t] = state.H;
        }

        return h;
    }

    public static RnnGradients LstmBackward(
        Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh,
        Matrix<double> b)
    {
        var before = new LstmState[x.Length + 1];
        before[0] = new(h0, Zeros(h0.Rows, h0.Columns));
        for (int t = 0; t < x.Length; t++)
        {
            before[t + 1] = LstmStepForward(x[t], before[t].H, before[t].C, wx, wh, b);
        }

        var dX = new Matrix<double>[x.Length];
        Matrix<double> dPrevH = Zeros(h0.Rows, h0.Columns), dPrevC = Zeros(h0.Rows, h0.Columns);
        Matrix<double> dWx = Zeros(wx.Rows, wx.Columns), dWh = Zeros(wh.Rows, wh.Columns), dB = Zeros(1, b.Columns);
        for (int t = x.Length - 1; t >= 0; t--)
        {
            LstmStepGradients d = LstmStepBackward(dH[t] + dPrevH, dPrevC, x[t], before[t].H, before[t].C, wx, wh, b);
            dX[t] = d.DX;
            dPrevH = d.DPrevH;
            dPrevC = d.DPrevC;
            dWx += d.DWx;
            dWh += d.DWh;
            dB += d.DB;
        }

        return new(dX, dPrevH, dWx, dWh, dB);
    }

    public static CaptioningLoss CaptioningLoss(
        Matrix<double> features, int[,] captions, IReadOnlyDictionary<string, Matrix<double>> parameters)
    {
        Matrix<double> wEmbed = parameters["W_embed"], wVocab = parameters["W_vocab"];
        Matrix<double> wx = parameters["Wx"], wh = parameters["Wh"], b = parameters["b"];
        int[][] words = [.. Enumerable.Range(0, captions.GetLength(1)).Select(t => WordsAt(captions, t))];
        int[][] inputs = words[..^1], targets = words[1..];

        Matrix<double> h0 = features.Dot(parameters["W_proj"]) + parameters["b_proj"];
        Matrix<double>[] x = [.. inputs.Select(ids => WordEmbeddingForward(ids, wEmbed))];
        Matrix<double>[] h = LstmForward(x, h0, wx, wh, b);
        (double loss, Matrix<double>[] dScores) =
            TemporalSoftmaxLoss(TemporalAffineForward(h, wVocab, parameters["b_vocab"]), targets);

        (Matrix<double>[] dH, Matrix<double> dWVocab, Matrix<double> dBVocab) = TemporalAffineBackward(
            dScores, h, wVocab);
        RnnGradients d = LstmBackward(dH, x, h0, wx, wh, b);
        Matrix<double> dWEmbed = Zeros(wEmbed.Rows, wEmbed.Columns);
        for (int t = 0; t < inputs.Length; t++)
        {
            dWEmbed += WordEmbeddingBackward(d.DX[t], inputs[t], wEmbed);
        }

        return new(loss, new Dictionary<string, Matrix<double>>
        {
            ["W_proj"] = features.Transposed.Dot(d.DH0),
            ["b_proj"] = d.DH0.SumOfRows(),
            ["W_embed"] = dWEmbed,
            ["Wx"] = d.DWx,
            ["Wh"] = d.DWh,
            ["b"] = d.DB,
            ["W_vocab"] = dWVocab,
            ["b_vocab"] = dBVocab,
        });
    }

    public static int[,] Sample(
        Matrix<double> features, IReadOnlyDictionary<string, Matrix<double>> parameters, int maxLength)
    {
        var captions = new int[features.Rows, maxLength];
        Matrix<double> h0 = features.Dot(parameters["W_proj"]) + parameters["b_proj"];
        var state = new LstmState(h0, Zeros(h0.Rows, h0.Columns));
        int[] words = [.. Enumerable.Repeat(1, features.Rows)];
        for (int t = 0; t < maxLength; t++)
        {
            Matrix<double> x = WordEmbeddingForward(words, parameters["W_embed"]);
            state = LstmStepForward(x, state.H, state.C, parameters["Wx"], parameters["Wh"], parameters["b"]);
            words = BestWords(state.H.Dot(parameters["W_vocab"]) + parameters["b_vocab"]);
            for (int n = 0; n < words.Length; n++)
            {
                captions[n, t] = words[n];
            }
        }

        return captions;
    }
}
