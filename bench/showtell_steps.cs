// ShowTell's side of bench/run.sh: times training steps and greedy decoding on random data, and prints a line for each:
// workload, milliseconds (median of several measurements), captions a second.
//
//     dotnet run -c Release bench/showtell_steps.cs -- [THREADS]

#:project ../src/ShowTell/ShowTell.csproj
#:property PublishAot=false
#:property NoWarn=$(NoWarn);CS1591

using System.Diagnostics;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;

const int D = 512, W = 256, H = 512, V = 1004, T = 16;
Workers.Count = args.Length > 0 ? int.Parse(args[0]) : Environment.ProcessorCount;
foreach (CellKind cell in (CellKind[])[CellKind.Rnn, CellKind.Lstm])
{
    foreach (int n in (int[])[25, 128, 256])
    {
        TimeTraining(cell, n);
    }

    foreach (int n in (int[])[1, 128])
    {
        TimeDecoding(cell, n);
    }
}

static void TimeTraining(CellKind cell, int n)
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

    Report($"train {cell.ToString().ToLowerInvariant()} {n}", n, Math.Max(3, 1500 / n), () =>
    {
        model.Loss(features, captions, gradients);
        optimizer.Update(model.Parameters, gradients, 1e-3);
    });
}

static void TimeDecoding(CellKind cell, int n)
{
    var random = new SeededRandom(231);

    // No word of a caption is its end: the peer does not stop early either.
    CaptioningModel<float> model = Model(cell, random, endId: -1);
    Matrix<float> features = Matrix.Normal<float>(random, n, D);
    Report($"greedy {cell.ToString().ToLowerInvariant()} {n}", n, 10, () => model.Sample<float>(features, T + 1));
}

static CaptioningModel<float> Model(CellKind cell, SeededRandom random, int endId = 2) => new(
    new CaptioningOptions
    {
        Cell = cell, FeatureSize = D, WordVectorSize = W, HiddenSize = H, VocabularySize = V, EndId = endId,
    },
    random);

static void Report(string workload, int captions, int steps, Action step)
{
    const int Measurements = 5;
    var times = new double[Measurements];
    for (int i = -1; i < Measurements; i++)
    {
        var watch = Stopwatch.StartNew();
        for (int k = 0; k < steps; k++)
        {
            step();
        }

        times[Math.Max(i, 0)] = watch.Elapsed.TotalSeconds / steps;
    }

    double median = times.Order().ElementAt(Measurements / 2);
    Console.WriteLine(FormattableString.Invariant($"{workload}\t{median * 1e3:F2}\t{captions / median:F0}"));
}
