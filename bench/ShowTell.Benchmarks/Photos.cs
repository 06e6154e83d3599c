using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using ShowTell.Backbones;
using ShowTell.Photos;

namespace ShowTell.Benchmarks;

/// <summary>
/// Times the way from photos to features, and prints a line for each measurement, with tabs between: what, photos a
/// second (or megabytes), what of.
/// </summary>
internal sealed class Photos(string network, int threads)
{
    /// <summary>Photos of a step.</summary>
    private const int Count = 96;

    /// <summary>Times features of small photos, ours against ONNX Runtime alone, and of large ones.</summary>
    /// <param name="only">What to measure.</param>
    /// <param name="seconds">How long to measure each.</param>
    /// <param name="small">Folder of photos of the network's size.</param>
    /// <param name="large">Folder of large photos; null leaves them out.</param>
    public void Speed(Regex only, double seconds, string small, string? large)
    {
        byte[][] files = [.. Files(small).Take(Count).Select(File.ReadAllBytes)];
        using (PhotoEncoder encoder = Encoder())
        {
            foreach (int batch in new[] { 1, 8 })
            {
                Measure($"ours batch {batch}", files.Length, () => EncodeAll(encoder, files, batch));
            }
        }

        foreach (int ofSession in new[] { 1, threads }.Distinct())
        {
            using var options = new SessionOptions { IntraOpNumThreads = ofSession };
            using var session = new InferenceSession(network, options);
            foreach (int callers in new[] { 1, threads }.Distinct())
            {
                foreach (int batch in new[] { 1, 8 })
                {
                    Action step = NetworkAlone(session, files, callers, batch);
                    Measure($"network alone session {ofSession} callers {callers} batch {batch}", files.Length, step);
                }
            }
        }

        if (large is not null)
        {
            SpeedOfLarge([.. Files(large)]);
        }

        void Measure(string name, int photos, Action step)
        {
            if (only.IsMatch(name))
            {
                double speed = photos / Timing.Median(step, seconds);
                Console.WriteLine(FormattableString.Invariant($"{name}\t{speed:F2}\tphotos/s"));
            }
        }

        void SpeedOfLarge(string[] paths)
        {
            using PhotoEncoder encoder = Encoder();
            var reader = new PhotoReader();
            Func<int, Photo> scaled = i => encoder.Reader.Read(
                paths[i]), plain = i => encoder.Pipeline.Preprocessing.Resize(reader.Read(paths[i]));
            foreach ((string name, Func<int, Photo> read) in new[] { ("scaled", scaled), ("plain", plain) })
            {
                Measure($"large {name} to input", paths.Length, () => InParallel(threads, paths.Length, i => read(i)));
                Measure(
                $"large {name} to features", paths.Length, () => EncodeAll(encoder, paths.Length, read, batch: 1));
            }
        }
    }

    /// <summary>Peak memory of the process once photos have become features.</summary>
    public void Memory(int count, string small)
    {
        string[] paths = [.. Files(small)];
        using PhotoEncoder encoder = Encoder();
        EncodeAll(encoder, count, i => encoder.Reader.Read(paths[i % paths.Length]), batch: 1);
        string peak = File.ReadLines("/proc/self/status")
            .Single(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        long kilobytes = long.Parse(
            Regex.Match(peak, "[0-9]+").Value, System.Globalization.CultureInfo.InvariantCulture);
        Console.WriteLine(FormattableString.Invariant($"memory {count}\t{kilobytes * 1.024e-3:F1}\tMB"));
    }

    private PhotoEncoder Encoder() => new(Backbone.Load(network, new() { Threads = 1 }));

    private void EncodeAll(PhotoEncoder encoder, byte[][] files, int batch) =>
        EncodeAll(encoder, files.Length, i => encoder.Reader.Read(files[i], "photo"), batch);

    private void EncodeAll(PhotoEncoder encoder, int count, Func<int, Photo> read, int batch) => encoder.EncodeAll(
        count, read, (_, _) => { }, (_, error) => throw error, new() { Threads = threads, Batch = batch });

    /// <summary>
    /// The same photos through ONNX Runtime, as tensors that were made beforehand, from several callers at once.
    /// </summary>
    private Action NetworkAlone(InferenceSession session, byte[][] files, int callers, int batch)
    {
        using Backbone backbone = Backbone.Load(network, new() { Threads = 1 });
        BackbonePreprocessing to = backbone.Preprocessing;
        string input = backbone.Input, output = backbone.Output;
        var tensors = new OrtValue[files.Length / batch];
        for (int i = 0; i < tensors.Length; i++)
        {
            var inputs = new Numerics.Matrix<float>(batch, to.InputLength);
            for (int row = 0; row < batch; row++)
            {
                Photo photo = to.Resize(new PhotoReader().Read(files[(i * batch) + row], "photo"));
                to.Prepare(photo, inputs.Row(row));
            }

            tensors[i] = OrtValue.CreateTensorValueFromMemory(
                OrtMemoryInfo.DefaultInstance, inputs.Memory, [batch, 3, to.Size, to.Size]);
        }

        var run = new RunOptions();
        return () => InParallel(
            callers, tensors.Length, i => session.Run(run, [input], [tensors[i]], [output]).Dispose());
    }

    /// <summary>Each thread takes the next number when it is done with one.</summary>
    private static void InParallel(int threads, int count, Action<int> action)
    {
        int next = -1;
        Parallel.For(0, threads, new() { MaxDegreeOfParallelism = threads }, _ =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count;)
            {
                action(i);
            }
        });
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.EnumerateFiles(folder, "*.jpg").Order(StringComparer.Ordinal);
}
