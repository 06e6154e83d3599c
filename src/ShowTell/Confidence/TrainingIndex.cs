using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Confidence;

/// <summary>
/// The training photos of a model, stored compactly, to find those that are most similar to a photo (by the cosine of
/// their <see cref="ImageVectors"/>), and how far a caption agrees with their captions. Of the captions there are only
/// hashes of their words and pairs of words, with the number of the photo's captions that contain them. Immutable and
/// thread-safe.
/// </summary>
/// <remarks>Letters: N photos, H elements of an image vector, K components of it that are stored.</remarks>
public sealed class TrainingIndex
{
    /// <summary>The number of nearest photos that count.</summary>
    public const int NeighborCount = 60;

    /// <summary>How fast the weight of a photo falls with its similarity.</summary>
    private const double Sharpness = 15;

    /// <summary>The maximum number of photos; of more, a random sample is stored.</summary>
    internal const int MaxPhotos = 10_000;

    private const int MaxComponents = 64;

    // Bit 15 of a hash says that it is of a pair.
    private const int PairBit = 1 << 15;
    private const int Orders = 2;

    private readonly float[] _lengths;
    private readonly float[] _weights;
    private readonly double[] _norms;

    /// <summary>Creates an index from its numbers.</summary>
    /// <param name="projection">The transform of an image vector, H to K elements.</param>
    /// <param name="vectors">The vector of each photo, N x K.</param>
    /// <param name="starts">The index of the first hash of each photo, and of the end, N + 1.</param>
    /// <param name="hashes">The hashes of all photos, those of each in ascending order.</param>
    /// <param name="shares">For each hash, 255 times the fraction of the photo's captions with it.</param>
    internal TrainingIndex(
        FeatureTransform projection, sbyte[] vectors, uint[] starts, ushort[] hashes, byte[] shares)
    {
        (Projection, Vectors, Starts, Hashes, Shares) = (projection, vectors, starts, hashes, shares);
        _lengths = [.. Enumerable.Range(0, Count).Select(photo => LengthOf(photo))];
        _weights = WeightsOf();
        _norms = new double[Count * Orders];
        for (int photo = 0; photo < Count; photo++)
        {
            for (uint i = starts[photo]; i < starts[photo + 1]; i++)
            {
                double weight = _weights[hashes[i]];
                _norms[(photo * Orders) + OrderOf(hashes[i])] += weight * weight * shares[i] / byte.MaxValue;
            }
        }

        TensorPrimitives.Sqrt<double>(_norms, _norms);
    }

    /// <summary>The number of photos, N.</summary>
    public int Count => Starts.Length - 1;

    internal FeatureTransform Projection { get; }

    internal sbyte[] Vectors { get; }

    internal uint[] Starts { get; }

    internal ushort[] Hashes { get; }

    internal byte[] Shares { get; }

    private int Size => Projection.OutputSize;

    /// <summary>Indexes the photos that a model was trained on.</summary>
    /// <param name="model">The model.</param>
    /// <param name="train">Its training split, with word tokens.</param>
    /// <param name="vocabulary">Its vocabulary.</param>
    /// <param name="seed">The seed of the sample, if there are too many photos.</param>
    /// <exception cref="DataException">Features cannot be read, or there are fewer than two photos.</exception>
    public static TrainingIndex Build(
        CaptioningModel<float> model, CaptionSplit train, Vocabulary vocabulary, ulong seed = 231)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(vocabulary);
        int[] images = [.. train.CaptionedImages()];
        if (images.Length > MaxPhotos)
        {
            new SeededRandom(seed).Shuffle<int>(images);
            images = [.. images.Take(MaxPhotos).Order()];
        }

        Matrix<float> all = VectorsOf(model, train, images);
        int components = Math.Min(MaxComponents, Math.Min(all.Rows - 1, all.Columns));
        var fit = new FeatureTransformFit(components, standardize: true, seed);
        fit.Add(all);
        FeatureTransform projection = fit.Fit();
        var projected = new Matrix<float>(all.Rows, projection.OutputSize);
        projection.Apply(all, projected);
        List<uint> starts = [0];
        List<ushort> hashes = [];
        List<byte> shares = [];
        foreach (int image in images)
        {
            ushort[][] captions =
                [.. train.CaptionsOf(image).Select(caption => HashesOf(train.Caption(caption), vocabulary))];
            foreach (IGrouping<ushort, ushort> same in
                captions.SelectMany(hashes => hashes).GroupBy(hash => hash).OrderBy(group => group.Key))
            {
                hashes.Add(same.Key);
                shares.Add((byte)Math.Round((double)byte.MaxValue * same.Count() / captions.Length));
            }

            starts.Add((uint)hashes.Count);
        }

        return new TrainingIndex(projection, Quantize(projected), [.. starts], [.. hashes], [.. shares]);
    }

    /// <summary>Finds the training photos nearest to a photo.</summary>
    /// <param name="model">The model of the index.</param>
    /// <param name="features">The photo's features.</param>
    public NearestPhotos Find(CaptioningModel<float> model, ReadOnlySpan<float> features)
    {
        ArgumentNullException.ThrowIfNull(model);
        Matrix<float> vector =
            ImageVectors.Project(model, new ReadOnlyMatrixSpan<float>(features, 1, features.Length));
        var projected = new Matrix<float>(1, Size);
        Projection.Apply(vector, projected);
        ReadOnlySpan<float> query = projected.Row(0);
        float length = Math.Max(TensorPrimitives.Norm(query), float.Epsilon);
        var similarities = new float[Count];
        for (int photo = 0; photo < similarities.Length; photo++)
        {
            ReadOnlySpan<sbyte> stored = Vectors.AsSpan(photo * Size, Size);
            float product = 0;
            for (int j = 0; j < stored.Length; j++)
            {
                product += stored[j] * query[j];
            }

            similarities[photo] = product / (length * _lengths[photo]);
        }

        int[] nearest =
        [
            .. Enumerable.Range(0, Count).OrderByDescending(photo => similarities[photo]).Take(NeighborCount),
        ];
        double[] weights =
            [.. nearest.Select(photo => Math.Exp(Sharpness * (similarities[photo] - similarities[nearest[0]])))];
        TensorPrimitives.Divide<double>(weights, weights.Sum(), weights);
        return new NearestPhotos(
            nearest, weights, nearest.Zip(weights, (photo, weight) => weight * similarities[photo]).Sum());
    }

    /// <summary>
    /// How far a caption agrees with the captions of similar photos, after CIDEr (Vedantam et al., 2015) with words and
    /// pairs of words:
    /// <code>
    /// Σ_photos weight · mean over n = 1, 2 of   Σ_g idf(g)² share(g) / (‖caption‖ ‖photo‖)
    /// ‖caption‖² = Σ_g idf(g)²     ‖photo‖² = Σ_g idf(g)² share(g)     idf(g) = log N - log(photos with g)
    /// </code>
    /// over the n-grams g of the caption; share(g) is the fraction of a photo's captions that contain g.
    /// </summary>
    /// <param name="nearest">The photos.</param>
    /// <param name="caption">The ids of the caption.</param>
    /// <param name="vocabulary">The vocabulary.</param>
    /// <returns>0 for nothing in common; at most about 1.</returns>
    public double Consensus(NearestPhotos nearest, ReadOnlySpan<int> caption, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(nearest);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ushort[] own = HashesOf(caption, vocabulary);
        Span<double> length = stackalloc double[Orders], products = stackalloc double[Orders];
        length.Clear();
        foreach (ushort hash in own)
        {
            length[OrderOf(hash)] += _weights[hash] * _weights[hash];
        }

        double sum = 0;
        foreach ((int photo, double weight) in nearest.Photos.Zip(nearest.Weights))
        {
            products.Clear();
            ReadOnlySpan<ushort> hashes = Hashes.AsSpan((int)Starts[photo]..(int)Starts[photo + 1]);
            foreach (ushort hash in own)
            {
                int found = hashes.BinarySearch(hash);
                if (found >= 0)
                {
                    double share = Shares[Starts[photo] + found] / (double)byte.MaxValue;
                    products[OrderOf(hash)] += _weights[hash] * _weights[hash] * share;
                }
            }

            for (int order = 0; order < Orders; order++)
            {
                double norms = Math.Sqrt(length[order]) * _norms[(photo * Orders) + order];
                sum += norms > 0 ? weight * products[order] / norms : 0;
            }
        }

        return sum / Orders;
    }

    private static int OrderOf(ushort hash) => hash >> 15;

    private static Matrix<float> VectorsOf(CaptioningModel<float> model, CaptionSplit train, int[] images)
    {
        const int Batch = 64;
        var vectors = new Matrix<float>(images.Length, model.Parameters.WProj.Columns);
        for (int start = 0; start < images.Length; start += Batch)
        {
            int[] some = images[start..Math.Min(start + Batch, images.Length)];
            var features = new Matrix<float>(some.Length, train.Features.Columns);
            train.ReadFeatures(some, features);
            ReadOnlyMatrixSpan<float> projected = ImageVectors.Project(model, features);
            projected.CopyTo(vectors.RowBlock(start, some.Length));
        }

        return vectors;
    }

    /// <summary>Scales each row so that its largest element is 127.</summary>
    private static sbyte[] Quantize(Matrix<float> rows)
    {
        var quantized = new sbyte[rows.Length];
        for (int i = 0; i < rows.Rows; i++)
        {
            float max = Math.Max(Math.Abs(TensorPrimitives.MaxMagnitude<float>(rows.Row(i))), float.Epsilon);
            for (int j = 0; j < rows.Columns; j++)
            {
                quantized[(i * rows.Columns) + j] = (sbyte)MathF.Round(sbyte.MaxValue * (rows[i, j] / max));
            }
        }

        return quantized;
    }

    /// <summary>The distinct hashes of a caption's words and pairs of words, without markers and unknown words.
    /// </summary>
    private static ushort[] HashesOf(ReadOnlySpan<int> caption, Vocabulary vocabulary)
    {
        HashSet<ushort> hashes = [];
        int previous = vocabulary.StartId;
        foreach (int id in caption)
        {
            if (id == vocabulary.EndId)
            {
                break;
            }

            bool isWord = IsWord(id);
            if (isWord)
            {
                hashes.Add((ushort)(SeededRandom.BitsAt(0, (ulong)id) & (PairBit - 1)));
                if (IsWord(previous))
                {
                    hashes.Add((ushort)(SeededRandom.BitsAt((ulong)previous + 1, (ulong)id) | PairBit));
                }
            }

            previous = id;
        }

        return [.. hashes];

        bool IsWord(int id) => id != vocabulary.StartId && id != vocabulary.NullId && id != vocabulary.UnknownId;
    }

    private float LengthOf(int photo)
    {
        double sum = 0;
        foreach (sbyte element in Vectors.AsSpan(photo * Size, Size))
        {
            sum += element * element;
        }

        return (float)Math.Max(Math.Sqrt(sum), 1);
    }

    /// <summary>The inverse document frequency of every hash.</summary>
    private float[] WeightsOf()
    {
        var photos = new int[ushort.MaxValue + 1];
        foreach (ushort hash in Hashes)
        {
            photos[hash]++;
        }

        return [.. photos.Select(count => (float)(Math.Log(Count) - Math.Log(Math.Max(1, count))))];
    }
}

/// <summary>The training photos that are most similar to a photo.</summary>
/// <param name="Photos">Their indices in the <see cref="TrainingIndex"/>, the most similar first.</param>
/// <param name="Weights">The weight of each: falls with its similarity, and all sum to 1.</param>
/// <param name="Similarity">The weighted mean of their cosine similarities, in [-1, 1].</param>
public sealed record NearestPhotos(IReadOnlyList<int> Photos, IReadOnlyList<double> Weights, double Similarity);
