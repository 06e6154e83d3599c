using ShowTell.Decoding;
using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Exercises;

/// <summary>
/// The library's layers and models in the form in which the exercises ask for them: results are returned, a sequence
/// is an array of one matrix a timestep, and parameters go by their names.
/// </summary>
internal static class LibraryFunctions
{
    public static Matrix<double> RnnStepForward(
        Matrix<double> x, Matrix<double> prevH, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        var nextH = new Matrix<double>(prevH.Rows, prevH.Columns);
        Rnn.StepForward<double>(x, prevH, new(wx, wh, b), nextH);
        return nextH;
    }

    public static RnnStepGradients RnnStepBackward(
        Matrix<double> dNextH, Matrix<double> x, Matrix<double> prevH, Matrix<double> nextH,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        var (dX, dPrevH, d) = (Like(x), Like(prevH), new RecurrentWeights<double>(Like(wx), Like(wh), Like(b)));
        Rnn.StepBackward<double>(dNextH, x, prevH, nextH, new(wx, wh, b), dX, dPrevH, d);
        return new(dX, dPrevH, d.Wx, d.Wh, d.B);
    }

    public static Matrix<double>[] RnnForward(
        Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        var cache = new RnnCache<double>();
        Rnn.Forward(Sequence.Join(x), h0, new(wx, wh, b), cache);
        return Sequence.Cut(cache.HiddenStates, x.Length);
    }

    public static RnnGradients RnnBackward(
        Matrix<double>[] dH, Matrix<double>[] x, Matrix<double> h0, Matrix<double>[] h,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        Matrix<double> joined = Sequence.Join(x);
        var weights = new RecurrentWeights<double>(wx, wh, b);
        var cache = new RnnCache<double>();
        Rnn.Forward(joined, h0, weights, cache);
        var (dX, dH0, d) = (Like(joined), Like(h0), new RecurrentWeights<double>(Like(wx), Like(wh), Like(b)));
        Rnn.Backward(Sequence.Join(dH), joined, cache, weights, dX, dH0, d);
        return new(Sequence.Cut(dX, x.Length), dH0, d.Wx, d.Wh, d.B);
    }

    public static LstmState LstmStepForward(
        Matrix<double> x,
        Matrix<double> prevH,
        Matrix<double> prevC,
        Matrix<double> wx,
        Matrix<double> wh,
        Matrix<double> b)
    {
        var (nextH, nextC, gates) = (Like(prevH), Like(prevC), new Matrix<double>(x.Rows, wx.Columns));
        Lstm.StepForward<double>(x, prevH, prevC, new(wx, wh, b), nextH, nextC, gates);
        return new(nextH, nextC);
    }

    public static LstmStepGradients LstmStepBackward(
        Matrix<double> dNextH, Matrix<double> dNextC, Matrix<double> x, Matrix<double> prevH, Matrix<double> prevC,
        Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        var weights = new RecurrentWeights<double>(wx, wh, b);
        var (nextH, nextC, gates) = (Like(prevH), Like(prevC), new Matrix<double>(x.Rows, wx.Columns));
        Lstm.StepForward<double>(x, prevH, prevC, weights, nextH, nextC, gates);
        var (dX, dPrevH, dPrevC) = (Like(x), Like(prevH), Like(prevC));
        var d = new RecurrentWeights<double>(Like(wx), Like(wh), Like(b));
        Lstm.StepBackward<double>(dNextH, dNextC, x, prevH, prevC, nextC, gates, weights, dX, dPrevH, dPrevC, d);
        return new(dX, dPrevH, dPrevC, d.Wx, d.Wh, d.B);
    }

    public static Matrix<double>[] LstmForward(
        Matrix<double>[] x, Matrix<double> h0, Matrix<double> wx, Matrix<double> wh, Matrix<double> b)
    {
        var cache = new LstmCache<double>();
        Lstm.Forward(Sequence.Join(x), h0, new(wx, wh, b), cache);
        return Sequence.Cut(cache.HiddenStates, x.Length);
    }

    public static RnnGradients LstmBackward(
        Matrix<double>[] dH,
        Matrix<double>[] x,
        Matrix<double> h0,
        Matrix<double> wx,
        Matrix<double> wh,
        Matrix<double> b)
    {
        Matrix<double> joined = Sequence.Join(x);
        var weights = new RecurrentWeights<double>(wx, wh, b);
        var cache = new LstmCache<double>();
        Lstm.Forward(joined, h0, weights, cache);
        var (dX, dH0, d) = (Like(joined), Like(h0), new RecurrentWeights<double>(Like(wx), Like(wh), Like(b)));
        Lstm.Backward(Sequence.Join(dH), joined, cache, weights, dX, dH0, d);
        return new(Sequence.Cut(dX, x.Length), dH0, d.Wx, d.Wh, d.B);
    }

    public static Matrix<double> WordEmbeddingForward(int[] words, Matrix<double> w)
    {
        var output = new Matrix<double>(words.Length, w.Columns);
        WordEmbedding.Forward<double>(words, w, output);
        return output;
    }

    public static Matrix<double> WordEmbeddingBackward(Matrix<double> dOut, int[] words, Matrix<double> w)
    {
        Matrix<double> dW = Like(w);
        WordEmbedding.Backward<double>(dOut, words, dW);
        return dW;
    }

    public static CaptioningLoss CaptioningLoss(
        CellKind cell, Matrix<double> features, int[,] captions, IReadOnlyDictionary<string, Matrix<double>> parameters)
    {
        CaptioningModel<double> model = Model(cell, parameters);
        var gradients = new CaptioningParameters<double>(model.Options);
        double loss = model.Loss(features, [.. captions.Cast<int>()], gradients);
        return new(loss, gradients.All.ToDictionary(pair => pair.Name, pair => pair.Value));
    }

    public static int[,] Sample(
        CellKind cell, Matrix<double> features, IReadOnlyDictionary<string, Matrix<double>> parameters, int maxLength)
    {
        int[] ids = Model(cell, parameters).Sample(features, maxLength);
        var captions = new int[features.Rows, maxLength];
        Buffer.BlockCopy(ids, 0, captions, 0, ids.Length * sizeof(int));
        return captions;
    }

    private static CaptioningModel<double> Model(CellKind cell, IReadOnlyDictionary<string, Matrix<double>> parameters)
    {
        var options = new CaptioningOptions
        {
            Cell = cell,
            FeatureSize = parameters["W_proj"].Rows,
            HiddenSize = parameters["W_proj"].Columns,
            VocabularySize = parameters["W_embed"].Rows,
            WordVectorSize = parameters["W_embed"].Columns,
        };
        var values = new CaptioningParameters<double>(options);
        foreach ((string name, Matrix<double> value) in values.All)
        {
            value.CopyFrom(parameters[name]);
        }

        return new(options, values);
    }

    private static Matrix<double> Like(Matrix<double> x) => new(x.Rows, x.Columns);
}
