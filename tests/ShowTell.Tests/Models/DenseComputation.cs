using ShowTell.Layers;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Tests.Models;

/// <summary>
/// The captioning model composed of layers as in the exercise: every caption runs through all timesteps, every word is
/// embedded separately, and a mask excludes null tokens from the loss.
/// </summary>
internal static class DenseComputation
{
    public static double Loss(
        CaptioningModel<double> model, Matrix<double> features, int[] captions, CaptioningParameters<double> gradients)
    {
        CaptioningOptions options = model.Options;
        CaptioningParameters<double> p = model.Parameters;
        int n = features.Rows, width = captions.Length / n, rows = n * (width - 1);
        int[] words = [.. Enumerable.Range(0, rows).Select(row => captions[(row % n * width) + (row / n)])];
        int[] targets = [.. Enumerable.Range(0, rows).Select(row => captions[(row % n * width) + (row / n) + 1])];
        bool[] mask = [.. targets.Select(target => target != options.NullId && target != options.UnknownId)];

        Matrix<double> h0 = new(n, options.HiddenSize), x = new(rows, options.WordVectorSize);
        Matrix<double> scores = new(rows, options.VocabularySize), h = new(rows, options.HiddenSize);
        Affine.Forward<double>(features, p.WProj, p.BProj.Span, h0);
        WordEmbedding.Forward<double>(words, p.WEmbed, x);
        var (rnn, lstm) = (new RnnCache<double>(), new LstmCache<double>());
        if (options.Cell == CellKind.Rnn)
        {
            Rnn.Forward(x, h0, p.Recurrent, rnn);
            h.CopyFrom(rnn.HiddenStates);
        }
        else
        {
            Lstm.Forward(x, h0, p.Recurrent, lstm);
            h.CopyFrom(lstm.HiddenStates);
        }

        Affine.Forward<double>(h, p.WVocab, p.BVocab.Span, scores);
        double loss = TemporalSoftmaxLoss.ForwardBackward<double>(scores, targets, mask, n, scores);

        Matrix<double> dH = new(rows, options.HiddenSize), dX = new(rows, options.WordVectorSize),
            dH0 = new(n, options.HiddenSize);
        Affine.Backward<double>(scores, h, p.WVocab, dH, gradients.WVocab, gradients.BVocab.Span);
        if (options.Cell == CellKind.Rnn)
        {
            Rnn.Backward<double>(dH, x, rnn, p.Recurrent, dX, dH0, gradients.Recurrent);
        }
        else
        {
            Lstm.Backward<double>(dH, x, lstm, p.Recurrent, dX, dH0, gradients.Recurrent);
        }

        WordEmbedding.Backward<double>(dX, words, gradients.WEmbed);
        Affine.BackwardWeights<double>(dH0, features, gradients.WProj, gradients.BProj.Span);
        return loss;
    }
}
