using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;

namespace ShowTell.Benchmarks;

/// <summary>
/// Work on random numbers, every caption as long as it can be: training steps (forward, loss, backward, Adam), and
/// greedy decoding in which no caption ends.
/// </summary>
internal static class RandomWorkloads
{
    /// <summary>Features of a photo, or of each region of a grid.</summary>
    public const int D = 512;

    /// <summary>Tokens of the vocabulary.</summary>
    public const int V = 1004;

    /// <summary>Words of a caption.</summary>
    public const int T = 16;

    public static IEnumerable<(string Name, Func<Workload> Create)> All()
    {
        foreach (string kind in Kinds.Recurrent.Concat(Kinds.OnGrids))
        {
            int[] sizes = kind is "rnn" or "lstm" ? [25, 128, 256] : [25, 128];
            foreach (int n in sizes)
            {
                string name = $"train {kind} {n}";
                yield return (name, () => Training(name, kind, n));
            }

            foreach (int n in (int[])[1, 128])
            {
                string name = $"greedy {kind} {n}";
                yield return (name, () => Decoding(name, kind, n));
            }
        }
    }

    private static Workload Training(string name, string kind, int n)
    {
        var random = new SeededRandom(231);
        var model = new CaptioningModel<float>(Kinds.Options(kind, D, V), random);
        var gradients = new CaptioningParameters<float>(model.Options);
        var optimizer = new Optimizer<float>(UpdateRule.Adam, model.Options);
        Matrix<float> features = Matrix.Normal<float>(random, n, model.Options.FeatureSize);
        var captions = new int[n * (T + 1)];
        foreach (ref int word in captions.AsSpan())
        {
            word = 4 + random.NextInt(V - 4);
        }

        return new(name, n, Work.Training(model.Options, n, n * T), () =>
        {
            model.Loss(features, captions, gradients);
            optimizer.Update(model.Parameters, gradients, learningRate: 1e-3);
        });
    }

    private static Workload Decoding(string name, string kind, int n)
    {
        var random = new SeededRandom(231);
        var model = new CaptioningModel<float>(Kinds.Options(kind, D, V) with { EndId = -1 }, random);
        var decoder = new Decoder(model);
        Matrix<float> features = Matrix.Normal<float>(random, n, model.Options.FeatureSize);
        return new(
            name, n, Work.Decoding(model.Options, n, n * (T + 1)), () =>
                decoder.DecodeGreedily(features, maxLength: T + 1));
    }
}
