using ShowTell.Data;
using ShowTell.Hdf5;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Benchmarks;

/// <summary>
/// Captions of people, as long as they are, from a folder in the exercises' layout. The peers draw the same
/// minibatches.
/// </summary>
internal sealed class RealCaptions(string folder) : IDisposable
{
    /// <summary>Photos whose captions are decoded together.</summary>
    public const int Photos = 128;

    /// <summary>About so many captions are trained on in a pass.</summary>
    private const int CaptionsOfPass = 1280;

    /// <summary>Minibatches take every so manieth caption: prime, so that captions of a photo stand apart.</summary>
    private const long Stride = 7919;

    public CaptionDataset Dataset { get; } = Cs231nFolder.Load(folder);

    public CaptioningOptions ModelOptions(CellKind cell) => new()
    {
        Cell = cell,
        FeatureSize = Dataset.FeatureSize,
        VocabularySize = Dataset.Vocabulary.Count,
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

    public void Dispose() => Dataset.Dispose();
}
