using ShowTell.Exercises;
using ShowTell.Numerics;
using static ShowTell.Exercises.GivenLayers;
using static ShowTell.Exercises.MatrixMath;

namespace ShowTell.Tests.Labs;

/// <summary>The functions of labs/exercises/rnn.cs as a student would write them.</summary>
internal static class RnnSolution
{
    public static RnnExercise Exercise { get; } = new()
    {
        StepForward = RnnStepForward,
        StepBackward = RnnStepBackward,
        Forward = RnnForward,
        Backward = RnnBackward,
        WordEmbeddingForward = WordEmbeddingForward,
        WordEmbeddingBackward = WordEmbeddingBackward,
        Loss = CaptioningLoss,
        Sample = Sample,
    };

    public static Matrix<double> RnnStepForward(
        Matrix<double> x, Matrix<double> prevH, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        return Tanh(x.Dot(wx) + prevH.Dot(wh) + b);
    }

    public static RnnStepGradients RnnStepBackward(
        Matrix<double> dNextH, Matrix<double> x, Matrix<double> prevH, Matrix<double> nextH,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        Matrix<double> dA = dNextH * (1 - (nextH * nextH));
        return new(
            dA.Dot(wx.Transposed), dA.Dot(wh.Transposed), x.Transposed.Dot(dA), prevH.Transposed.Dot(dA),
            dA.SumOfRows());
    }

    public static Matrix<double>[] RnnForward(
        Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        var h = new Matrix<double>[x.Length];
        for (int t = 0; t < x.Length; t++)
        {
            h[t] = RnnStepForward(x[t], t == 0 ? h0 : h[t - 1], wx, wh, b);
        }

        return h;
    }

    public static RnnGradients RnnBackward(
        Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double>[] h,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        var dX = new Matrix<double>[x.Length];
        Matrix<double> dPrevH = Zeros(h0.Rows, h0.Columns);
        Matrix<double> dWx = Zeros(wx.Rows, wx.Columns), dWh = Zeros(wh.Rows, wh.Columns), dB = Zeros(1, b.Columns);
        for (int t = x.Length - 1; t >= 0; t--)
        {
            RnnStepGradients d = RnnStepBackward(dH[t] + dPrevH, x[t], t == 0 ? h0 : h[t - 1], h[t], wx, wh, b);
            dX[t] = d.DX;
            dPrevH = d.DPrevH;
            dWx += d.DWx;
            dWh += d.DWh;
            dB += d.DB;
        }

        return new(dX, dPrevH, dWx, dWh, dB);
    }

    public static Matrix<double> WordEmbeddingForward(int[] words, Matrix<double> w)
    {
        Matrix<double> result = Zeros(words.Length, w.Columns);
        for (int i = 0; i < words.Length; i++)
        {
            w.Row(words[i]).CopyTo(result.Row(i));
        }

        return result;
    }

    public static Matrix<double> WordEmbeddingBackward(Matrix<double> dOut, int[] words, Matrix<double> w)
    {
        Matrix<double> dW = Zeros(w.Rows, w.Columns);
        for (int i = 0; i < words.Length; i++)
        {
            for (int j = 0; j < w.Columns; j++)
            {
                dW[words[i], j] += dOut[i, j];
            }
        }

        return dW;
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
        Matrix<double>[] h = RnnForward(x, h0, wx, wh, b);
        Matrix<double>[] scores = TemporalAffineForward(h, wVocab, parameters["b_vocab"]);
        (double loss, Matrix<double>[] dScores) = TemporalSoftmaxLoss(scores, targets);

        (Matrix<double>[] dH, Matrix<double> dWVocab, Matrix<double> dBVocab) = TemporalAffineBackward(
            dScores, h, wVocab);
        RnnGradients d = RnnBackward(dH, x, h0, h, wx, wh, b);
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
        Matrix<double> h = features.Dot(parameters["W_proj"]) + parameters["b_proj"];
        int[] words = [.. Enumerable.Repeat(1, features.Rows)];
        for (int t = 0; t < maxLength; t++)
        {
            Matrix<double> x = WordEmbeddingForward(words, parameters["W_embed"]);
            h = RnnStepForward(x, h, parameters["Wx"], parameters["Wh"], parameters["b"]);
            words = BestWords(h.Dot(parameters["W_vocab"]) + parameters["b_vocab"]);
            for (int n = 0; n < words.Length; n++)
            {
                captions[n, t] = words[n];
            }
        }

        return captions;
    }
}
