using System.Numerics;
using ShowTell.Layers;
using ShowTell.Numerics;
using static ShowTell.Tests.Layers.LayerTable;

namespace ShowTell.Tests.Layers;

/// <summary>The attention LSTM with each of its scores, as <see cref="Differentiable{T}"/>.</summary>
internal static class AttentionLayers
{
    /// <param name="random">The source of the weights.</param>
    /// <param name="inputSize">D.</param>
    /// <param name="hiddenSize">H.</param>
    /// <param name="units">U of an additive score; 0 for dot products.</param>
    public static RecurrentWeights<T> Weights<T>(SeededRandom random, int inputSize, int hiddenSize, int units = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RecurrentWeights<T> weights = LayerTable.Weights<T>(random, inputSize, hiddenSize, Lstm.Gates);
        Matrix<T> FromHidden(int columns) => Matrix.Normal<T>(random, hiddenSize, columns, 1 / Math.Sqrt(hiddenSize));
        return new(
            weights.Wx, weights.Wh, weights.B, attention: FromHidden(weights.Wh.Columns),
            additiveScore: units == 0 ? null
            : new(
                FromHidden(units), Matrix.Normal<T>(random, 1, units), FromHidden(units),
                Matrix.Normal<T>(random, units, 1)));
    }

    /// <summary>Gradients of such weights, to be overwritten.</summary>
    public static RecurrentWeights<T> Gradients<T>(RecurrentWeights<T> weights, bool additive)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T>[] like = [.. Named(weights, additive).Select(named => Like(named.Value))];
        return new(
            like[0], like[1], like[3], attention: like[2],
            additiveScore: additive ? new(like[4], like[5], like[6], like[7]) : null);
    }

    public static IEnumerable<(string Name, Matrix<T> Value)> Named<T>(RecurrentWeights<T> weights, bool additive)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        yield return ("Wx", weights.Wx);
        yield return ("Wh", weights.Wh);
        yield return ("Wattn", weights.Attention);
        yield return ("b", weights.B);
        if (additive)
        {
            yield return ("Wkey", weights.AdditiveScore.Key);
            yield return ("bkey", weights.AdditiveScore.KeyBias);
            yield return ("Wquery", weights.AdditiveScore.Query);
            yield return ("v", weights.AdditiveScore.V);
        }
    }

    public static AttentionLstmCache<T> Cache<T>(bool additive)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new AttentionLstmCache<T>(additive);

    /// <summary>V regions, D units of an additive score.</summary>
    public static Differentiable<T> Make<T>(Shape s, SeededRandom random, bool additive)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Matrix<T> x = Matrix.Normal<T>(random, s.T * s.N, s.D), grid = Matrix.Normal<T>(random, s.N * s.V, s.H);
        RecurrentWeights<T> w = Weights<T>(random, s.D, s.H, units: additive ? s.D : 0);
        Matrix<T> dH = Matrix.Normal<T>(random, x.Rows, s.H);
        AttentionLstmCache<T> cache = Cache<T>(additive);
        return new()
        {
            Inputs = [("x", x), ("grid", grid), .. Named(w, additive)],
            DOutputs = [dH],
            Forward = () =>
            {
                AttentionLstm.Forward(x, grid, w, s.N, cache);
                return [Copy<T>(cache.HiddenStates)];
            },
            Backward = () =>
            {
                var (dX, dGrid, d) = (Like(x), Like(grid), Gradients(w, additive));
                AttentionLstm.Backward(dH, x, cache, w, dX, dGrid, d);
                return [dX, dGrid, .. Named(d, additive).Select(gradient => gradient.Value)];
            },
        };
    }
}
