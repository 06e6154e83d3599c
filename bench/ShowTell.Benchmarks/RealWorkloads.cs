using ShowTell.Data;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;

namespace ShowTell.Benchmarks;

/// <summary>
/// Work on real captions: training passes over some minibatches, and decoding with trained models, whose captions end.
/// </summary>
internal static class RealWorkloads
{
    public static IEnumerable<(string Name, Func<Workload> Create)> Training(CaptionSource captions)
    {
        foreach (string kind in captions.Kinds)
        {
            foreach (int n in (int[])[25, 128])
            {
                string name = $"real {kind} {n}";
                yield return (name, () => Training(name, captions, kind, n));
            }
        }
    }

    public static IEnumerable<(string Name, Func<Workload> Create)> Decoding(CaptionSource captions, string models)
    {
        foreach (string kind in captions.Kinds)
        {
            string name = $"ending {kind} {captions.Photos}";
            yield return (name, () => Decoding(name, captions, TrainedModels.Load(models, captions, kind)));
        }
    }

    private static Workload Training(string name, CaptionSource captions, string kind, int n)
    {
        var model = new CaptioningModel<float>(captions.ModelOptions(kind), new SeededRandom(231));
        var gradients = new CaptioningParameters<float>(model.Options);
        var optimizer = new Optimizer<float>(UpdateRule.Adam, model.Options);
        Minibatch[] minibatches = captions.MinibatchesOfPass(n);
        int count = minibatches.Sum(minibatch => minibatch.Count);
        return new(name, count, Work.Training(model.Options, count, minibatches.Sum(captions.Words)), () =>
        {
            foreach (Minibatch minibatch in minibatches)
            {
                model.Loss(minibatch.Features, minibatch.Captions, gradients);
                optimizer.Update(model.Parameters, gradients, learningRate: 1e-3);
            }
        });
    }

    private static Workload Decoding(string name, CaptionSource captions, CaptioningModel<float> model)
    {
        Matrix<float> features = captions.ValidationFeatures();
        var decoder = new Decoder(model);
        int maxLength = captions.Dataset.Train.CaptionWidth;
        int words = decoder.DecodeGreedily(features, maxLength).Count(id => id != model.Options.NullId);
        return new(
            name,
            captions.Photos,
            Work.Decoding(model.Options, captions.Photos, words),
            () => decoder.DecodeGreedily(features, maxLength));
    }
}
