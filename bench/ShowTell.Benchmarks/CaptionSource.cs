using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Files;
using ShowTell.Hdf5;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Benchmarks;

/// <summary>
/// Captions to train on and photos to caption: people's, from a folder in the exercises' layout, or random ones. The
/// peers read the same ones from the file that <see cref="Write"/> makes.
/// </summary>
internal sealed class CaptionSource : IDisposable
{
    /// <summary>Minibatches take every so manieth caption: prime, so that captions of a photo stand apart.</summary>
    private const long Stride = 7919;

    private CaptionSource(string name, string[] kinds, CaptionDataset dataset) =>
        (Name, Kinds, Dataset) = (name, kinds, dataset);

    /// <summary>The name of its folder.</summary>
    public string Name { get; }

    /// <summary>The kinds of networks that are trained on it.</summary>
    public string[] Kinds { get; }

    public CaptionDataset Dataset { get; }

    /// <summary>Captions of a pass, at most, which are those that the peers see.</summary>
    public required int CaptionsOfPass { get; init; }

    /// <summary>Photos whose captions are decoded together.</summary>
    public required int Photos { get; init; }

    /// <summary>Captions of a minibatch while models are trained and checked.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Steps that models are trained before they are checked.</summary>
    public required int Steps { get; init; }

    /// <summary>People's captions.</summary>
    /// <param name="folder">A folder in the exercises' layout.</param>
    public static CaptionSource Real(string folder)
    {
        Hdf5Format.Register();
        return new("real", Benchmarks.Kinds.OnRealCaptions, DatasetFolder.Load(folder))
        {
            CaptionsOfPass = 1280, Photos = 128, BatchSize = 128, Steps = 209,
        };
    }

    /// <summary>A few random captions of different lengths, for random features of photos.</summary>
    public static CaptionSource Random() => Random("random", Benchmarks.Kinds.Recurrent, regions: 1);

    /// <summary>The same for random features of grids.</summary>
    public static CaptionSource RandomGrids() =>
        Random("grid", Benchmarks.Kinds.OnGrids, regions: Benchmarks.Kinds.Regions);

    public CaptioningOptions ModelOptions(string kind) =>
        Benchmarks.Kinds.Options(kind, Dataset.FeatureSize / Dataset.Regions, Dataset.Vocabulary.Count) with
        {
            NullId = Dataset.Vocabulary.NullId,
            StartId = Dataset.Vocabulary.StartId,
            EndId = Dataset.Vocabulary.EndId,
        };

    /// <summary>The minibatches of a pass, read beforehand: only the training is timed.</summary>
    public Minibatch[] MinibatchesOfPass(int n) =>
        [.. Enumerable.Range(0, CaptionsOfPass / n).Select(i => Read(new Minibatch(), i, n))];

    /// <summary>Reads the minibatch of that number; they go round and round.</summary>
    public Minibatch Read(Minibatch minibatch, int number, int n)
    {
        var indices = new int[n];
        for (int k = 0; k < n; k++)
        {
            indices[k] = (int)(((long)number * n + k) * Stride % Dataset.Train.Count);
        }

        Dataset.Train.Read(indices, minibatch);
        return minibatch;
    }

    /// <summary>Features of the first validation photos.</summary>
    public Matrix<float> ValidationFeatures()
    {
        var features = new Matrix<float>(Photos, Dataset.FeatureSize);
        Dataset.Validation.ReadFeatures([.. Enumerable.Range(0, Photos)], features);
        return features;
    }

    /// <summary>Words that the captions of a minibatch say, markers of the end included.</summary>
    public int Words(Minibatch minibatch)
    {
        int words = 0;
        foreach (int id in minibatch.Captions)
        {
            words += id == Dataset.Vocabulary.NullId ? 0 : 1;
        }

        return words - minibatch.Count;
    }

    /// <summary>
    /// Writes what the peers need: <c>captions</c> and <c>features</c> of a pass, a row a caption, so that row k is
    /// caption k of the pass whatever its minibatches; and <c>photos</c>, the validation features.
    /// </summary>
    public void Write(string path)
    {
        Minibatch pass = Read(new Minibatch(), 0, CaptionsOfPass);
        int features = Dataset.FeatureSize;
        var content = new TensorFileContent();
        content.Add("captions", [pass.Count, pass.CaptionWidth], pass.Captions.ToArray());
        content.Add("features", [pass.Count, features], pass.Features.Span.ToArray());
        content.Add("photos", [Photos, features], ValidationFeatures().Span.ToArray());
        TensorFormats.Write(path, content);
    }

    public void Dispose() => Dataset.Dispose();

    private static CaptionSource Random(string name, string[] kinds, int regions)
    {
        const int Captions = 64, Width = RandomWorkloads.T + 1, V = RandomWorkloads.V;
        var random = new SeededRandom(231);
        string[] markers = [Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown];
        var vocabulary = new Vocabulary(
            [.. markers, .. Enumerable.Range(markers.Length, V - markers.Length).Select(id => $"word{id}")]);
        var captions = new int[Captions * Width];
        for (int i = 0; i < Captions; i++)
        {
            Span<int> caption = captions.AsSpan(i * Width, Width);
            int words = Width / 2 + random.NextInt(Width / 2 - 1);
            caption[0] = vocabulary.StartId;
            for (int t = 1; t <= words; t++)
            {
                caption[t] = markers.Length + random.NextInt(V - markers.Length);
            }

            caption[words + 1] = vocabulary.EndId;
        }

        // The photos to caption are those that were trained on, so that each has a caption of its own to be told.
        var features = new MemoryFeatures(Matrix.Normal<float>(random, Captions, RandomWorkloads.D * regions))
        {
            Regions = regions,
        };
        CaptionSplit Split(string split) =>
            new(split, captions, Width, [.. Enumerable.Range(0, Captions)], features, V);
        return new(
            name, kinds, new CaptionDataset(name, vocabulary, Split("train"), Split("val")) { FeatureKind = "random" })
        {
            CaptionsOfPass = Captions, Photos = Captions, BatchSize = 32, Steps = 25,
        };
    }
}
