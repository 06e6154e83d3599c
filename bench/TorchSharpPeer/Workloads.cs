using static TorchSharp.torch;

namespace TorchSharpPeer;

/// <summary>Something to time, under ShowTell.Benchmarks' name for it.</summary>
/// <param name="Name">What is done, with which network, on how many captions at a time.</param>
/// <param name="Captions">Captions of a step.</param>
/// <param name="Forms">The ways in which torch can do it.</param>
/// <param name="Create">The step of a form: the whole one, or, if true, one to choose forms by.</param>
internal sealed record Workload(string Name, int Captions, string[] Forms, Func<string, bool, Action> Create);

/// <summary>The workloads of ShowTell.Benchmarks.</summary>
internal static class Workloads
{
    private const int T = 16;

    private static readonly Sizes s_pooled = new(D: 512, W: 256, H: 512, V: 1004);

    public static string[] Kinds { get; } = ["rnn", "lstm", "gru", "attention", "transformer"];

    public static IEnumerable<Workload> All(string? models)
    {
        foreach (string kind in Kinds)
        {
            int[] counts = kind is "rnn" or "lstm" ? [25, 128, 256] : [25, 128];
            foreach (int n in counts)
            {
                yield return new(
                    $"train {kind} {n}", n, Network.TrainingForms(kind, isReal: false),
                    (form, _) => RandomTraining(kind, n, form));
            }

            foreach (int n in (int[])[1, 128])
            {
                yield return new(
                    $"greedy {kind} {n}", n, Network.DecodingForms(kind, ends: false),
                    (form, _) => RandomDecoding(kind, n, form));
            }
        }

        string real = Path.Combine(models ?? "", "real");
        foreach (Workload workload in models is not null && Directory.Exists(real) ? Real(real) : [])
        {
            yield return workload;
        }
    }

    private static Sizes SizesOf(string kind) => kind switch
    {
        "attention" => s_pooled with { P = 49 },
        "transformer" => s_pooled with { P = 49, W = 256, H = 256, Layers = 2, Heads = 8, F = 1024 },
        _ => s_pooled,
    };

    private static Action RandomTraining(string kind, int n, string form)
    {
        Sizes sizes = SizesOf(kind);
        var minibatch = new Minibatch(RandomFeatures(n, sizes), randint(4, sizes.V, [n, T + 1], ScalarType.Int64));
        Func<double[]> step = Work.Training(kind, sizes, [minibatch], weights: null, form);
        return () => step();
    }

    private static Action RandomDecoding(string kind, int n, string form)
    {
        Sizes sizes = SizesOf(kind);
        Func<long[,]> step = Work.Decoding(
            kind, sizes, RandomFeatures(n, sizes), T + 1, end: null, weights: null, form);
        return () => step();
    }

    private static Tensor RandomFeatures(int n, Sizes sizes) =>
        Captions.InRegions(randn(n, sizes.P * sizes.D), sizes.P);

    private static IEnumerable<Workload> Real(string folder)
    {
        var captions = new Captions(folder);
        int photos = (int)captions.Photos.shape[0];
        foreach (string kind in (string[])["rnn", "lstm"])
        {
            var model = new TrainedModel(folder, kind);
            foreach (int n in (int[])[25, 128])
            {
                Minibatch[] minibatches = captions.MinibatchesOfPass(n);
                yield return new(
                    $"real {kind} {n}", n * minibatches.Length, Network.TrainingForms(kind, isReal: true),
                    (form, isTrial) =>
                    {
                        Func<double[]> step = Work.Training(
                            kind, model.Sizes, isTrial ? minibatches[..2] : minibatches, weights: null, form);
                        return () => step();
                    });
            }

            yield return new(
                $"ending {kind} {photos}", photos, Network.DecodingForms(kind, ends: true),
                (form, _) =>
                {
                    Func<long[,]> step = Work.Decoding(
                        kind, model.Sizes, captions.Photos, captions.Width, model.End, model.Weights, form);
                    return () => step();
                });
        }
    }
}
