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
    private const int D = 512, W = 256, H = 512, V = 1004, T = 16;

    public static IEnumerable<(string Name, Func<Workload> Create)> All()
    {
        foreach (CellKind cell in Enum.GetValues<CellKind>())
        {
            string cellName = Names.Of(cell);
            foreach (int n in (int[])[25, 128, 256])
            {
                string name = $"train {cellName} {n}";
                yield return (name, () => Training(name, cell, n));
            }

            foreach (int n in (int[])[1, 128])
            {
                string name = $"greedy {cellName} {n}";
                yield return (name, () => Decoding(name, cell, n));
            }
        }
    }

    private static Workload Training(string name, CellKind cell, int n)
    {
        var random = new SeededRandom(231);
        CaptioningModel<float> model = Model(cell, random);
        var gradients = new CaptioningParameters<float>(model.Options);
        var optimizer = new Optimizer<float>(UpdateRule.Adam, model.Options);
        Matrix<float> features = Matrix.Normal<float>(random, n, D);
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

    private static Workload Decoding(string name, CellKind cell, int n)
    {
        var random = new SeededRandom(231);
        CaptioningModel<float> model = Model(cell, random, endId: -1);
        var decoder = new Decoder(model);
        Matrix<float> features = Matrix.Normal<float>(random, n, D);
        return new(
            name, n, Work.Decoding(model.Options, n, n * (T + 1)), () => decoder.Sample(features, maxLength: T + 1));
    }

    private static CaptioningModel<float> Model(CellKind cell, SeededRandom random, int endId = 2) => new(
        new CaptioningOptions
        {
            Cell = cell, FeatureSize = D, WordVectorSize = W, HiddenSize = H, VocabularySize = V, EndId = endId,
        },
        random);
}
