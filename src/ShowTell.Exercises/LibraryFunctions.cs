using ShowTell.Decoding;
using ShowTell.Layers;
using ShowTell.Models;
using Mat = ShowTell.Numerics.Matrix<double>;

namespace ShowTell.Exercises;

/// <summary>
/// The library's layers and models in the exercises' form: results are returned, a sequence has one matrix per
/// timestep, and parameters go by name.
/// </summary>
internal static class LibraryFunctions
{
    public static Mat RnnStepForward(Mat x, Mat prevH, Mat wx, Mat wh, Mat b)
    {
        var nextH = new Mat(prevH.Rows, prevH.Columns);
        Rnn.Step<double>(x, prevH, new(wx, wh, b), nextH);
        return nextH;
    }

    public static RnnStepGradients RnnStepBackward(Mat dNextH, Mat x, Mat prevH, Mat nextH, Mat wx, Mat wh, Mat b)
    {
        var (dX, dPrevH, d) = (Like(x), Like(prevH), new RecurrentWeights<double>(Like(wx), Like(wh), Like(b)));
        Rnn.StepBackward<double>(dNextH, x, prevH, nextH, new(wx, wh, b), dX, dPrevH, d);
        return new(dX, dPrevH, d.Wx, d.Wh, d.B);
    }

    public static Mat[] RnnForward(Mat[] x, Mat h0, Mat wx, Mat wh, Mat b)
    {
        var cache = new RnnCache<double>();
        Rnn.Forward(Sequence.Join(x), h0, new(wx, wh, b), cache);
        return Sequence.Cut(cache.HiddenStates, x.Length);
    }

    public static RnnGradients RnnBackward(Mat[] dH, Mat[] x, Mat h0, Mat[] h, Mat wx, Mat wh, Mat b)
    {
        Mat joined = Sequence.Join(x);
        var weights = new RecurrentWeights<double>(wx, wh, b);
        var cache = new RnnCache<double>();
        Rnn.Forward(joined, h0, weights, cache);
        var (dX, dH0, d) = (Like(joined), Like(h0), new RecurrentWeights<double>(Like(wx), Like(wh), Like(b)));
        Rnn.Backward(Sequence.Join(dH), joined, cache, weights, dX, dH0, d);
        return new(Sequence.Cut(dX, x.Length), dH0, d.Wx, d.Wh, d.B);
    }

    public static LstmState LstmStepForward(Mat x, Mat prevH, Mat prevC, Mat wx, Mat wh, Mat b)
    {
        var (nextH, nextC, gates) = (Like(prevH), Like(prevC), new Mat(x.Rows, wx.Columns));
        Lstm.Step<double>(x, prevH, prevC, new(wx, wh, b), nextH, nextC, gates);
        return new(nextH, nextC);
    }

    public static LstmStepGradients LstmStepBackward(
        Mat dNextH, Mat dNextC, Mat x, Mat prevH, Mat prevC, Mat wx, Mat wh, Mat b)
    {
        var weights = new RecurrentWeights<double>(wx, wh, b);
        var (nextH, nextC, gates) = (Like(prevH), Like(prevC), new Mat(x.Rows, wx.Columns));
        Lstm.Step<double>(x, prevH, prevC, weights, nextH, nextC, gates);
        var (dX, dPrevH, dPrevC) = (Like(x), Like(prevH), Like(prevC));
        var d = new RecurrentWeights<double>(Like(wx), Like(wh), Like(b));
        Lstm.StepBackward<double>(dNextH, dNextC, x, prevH, prevC, nextC, gates, weights, dX, dPrevH, dPrevC, d);
        return new(dX, dPrevH, dPrevC, d.Wx, d.Wh, d.B);
    }

    public static Mat[] LstmForward(Mat[] x, Mat h0, Mat wx, Mat wh, Mat b)
    {
        var cache = new LstmCache<double>();
        Lstm.Forward(Sequence.Join(x), h0, new(wx, wh, b), cache);
        return Sequence.Cut(cache.HiddenStates, x.Length);
    }

    public static RnnGradients LstmBackward(Mat[] dH, Mat[] x, Mat h0, Mat wx, Mat wh, Mat b)
    {
        Mat joined = Sequence.Join(x);
        var weights = new RecurrentWeights<double>(wx, wh, b);
        var cache = new LstmCache<double>();
        Lstm.Forward(joined, h0, weights, cache);
        var (dX, dH0, d) = (Like(joined), Like(h0), new RecurrentWeights<double>(Like(wx), Like(wh), Like(b)));
        Lstm.Backward(Sequence.Join(dH), joined, cache, weights, dX, dH0, d);
        return new(Sequence.Cut(dX, x.Length), dH0, d.Wx, d.Wh, d.B);
    }

    public static CaptioningLoss CaptioningLoss(
        CellKind cell, Mat features, int[,] captions, IReadOnlyDictionary<string, Mat> parameters)
    {
        CaptioningModel<double> model = Model(cell, parameters);
        var gradients = new CaptioningParameters<double>(model.Options);
        double loss = model.Loss(features, [.. captions.Cast<int>()], gradients);
        return new(loss, gradients.All.ToDictionary(pair => pair.Name, pair => pair.Value));
    }

    public static int[,] Sample(CellKind cell, Mat features, IReadOnlyDictionary<string, Mat> parameters, int maxLength)
    {
        int[] ids = Model(cell, parameters).DecodeGreedily(features, maxLength);
        var captions = new int[features.Rows, maxLength];
        Buffer.BlockCopy(ids, 0, captions, 0, ids.Length * sizeof(int));
        return captions;
    }

    private static CaptioningModel<double> Model(CellKind cell, IReadOnlyDictionary<string, Mat> parameters)
    {
        (Mat projection, Mat embedding) = (parameters["W_proj"], parameters["W_embed"]);
        var options = new CaptioningOptions
        {
            Cell = cell, FeatureSize = projection.Rows, HiddenSize = projection.Columns,
            VocabularySize = embedding.Rows, WordVectorSize = embedding.Columns,
        };
        var values = new CaptioningParameters<double>(options);
        foreach ((string name, Mat value) in values.All)
        {
            value.CopyFrom(parameters[name]);
        }

        return new(options, values);
    }

    private static Mat Like(Mat x) => new(x.Rows, x.Columns);
}
