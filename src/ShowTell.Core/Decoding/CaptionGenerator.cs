using System.Runtime.InteropServices;
using ShowTell.Data;
using ShowTell.Models;

namespace ShowTell.Decoding;

/// <summary>Generates captions from image features, see <see cref="DecodingOptions"/>.</summary>
public static class CaptionGenerator
{
    /// <summary>The maximum number of captions decoded together; more are no faster and take more memory.</summary>
    private const int MaxRows = 1024;

    /// <summary>The number of images of a split whose features are read together.</summary>
    private const int BatchSize = 128;

    /// <summary>Generates captions of images of a split.</summary>
    /// <param name="models">At least one model; all have the same vocabulary.</param>
    /// <param name="split">The split.</param>
    /// <param name="images">Images of the split; the index of each seeds its sampling.</param>
    /// <param name="options">How to decode.</param>
    /// <param name="cancellation">Stops before the next images.</param>
    /// <returns>Each image with its distinct captions, best first; at least one.</returns>
    /// <exception cref="DataException">Features cannot be read.</exception>
    /// <exception cref="IncompatibleException">The models are incompatible with each other or the options.</exception>
    public static IEnumerable<(int Image, DecodedCaption[] Captions)> Generate(
        IReadOnlyList<CaptioningModel<float>> models,
        CaptionSplit split,
        IEnumerable<int> images,
        DecodingOptions options,
        CancellationToken cancellation = default)
    {
        InferenceModel<float>[] inference = [.. models.Select(model => new InferenceModel<float>(model))];
        foreach (int[] batch in images.Chunk(BatchSize))
        {
            cancellation.ThrowIfCancellationRequested();
            var features = new Matrix<float>(batch.Length, split.Features.Columns);
            split.ReadFeatures(batch, features);
            DecodedCaption[][] captions = Generate(
                inference, [.. inference.Select(_ => features)], options, [.. batch.Select(image => (ulong)image)]);
            foreach ((int image, DecodedCaption[] best) in batch.Zip(captions))
            {
                yield return (image, best);
            }
        }
    }

    /// <summary>Generates captions of images.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">The features of the images, N x D.</param>
    /// <param name="options">How to decode; null for greedy decoding.</param>
    /// <param name="numbers">A number per image, N, which seeds its random choices; by default 0, 1, 2, ...</param>
    /// <returns>The distinct captions of each image, best first; at least one.</returns>
    /// <exception cref="ArgumentException">Features and model are incompatible, or an option is out of
    /// range.</exception>
    /// <exception cref="IncompatibleException">The options are contradictory, or allow no caption.</exception>
    public static DecodedCaption[][] Generate<T>(
        InferenceModel<T> model,
        Matrix<T> features,
        DecodingOptions? options = null,
        ReadOnlySpan<ulong> numbers = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Generate([model], [features], options, numbers);

    /// <summary>
    /// Generates captions by an ensemble, which averages the models' word probabilities. A caption depends only on its
    /// image, the image's number and the options.
    /// </summary>
    /// <param name="models">At least one model; all have the same vocabulary.</param>
    /// <param name="features">For each model, the features of the images, N x D.</param>
    /// <param name="options">How to decode; null for greedy decoding.</param>
    /// <param name="numbers">A number per image, N, which seeds its random choices; by default 0, 1, 2, ...</param>
    /// <returns>The distinct captions of each image, best first; at least one.</returns>
    /// <exception cref="ArgumentException">Features and model are incompatible, or an option is out of
    /// range.</exception>
    /// <exception cref="IncompatibleException">The vocabularies differ, or the options are contradictory or allow no
    /// caption.</exception>
    public static DecodedCaption[][] Generate<T>(
        IReadOnlyList<InferenceModel<T>> models,
        IReadOnlyList<Matrix<T>> features,
        DecodingOptions? options = null,
        ReadOnlySpan<ulong> numbers = default)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(features);
        options ??= new DecodingOptions();
        options.Validate();
        int count = EnsureCompatible(models, features, numbers);
        DecodingOptions search = options.IsRanked ? options with { Captions = options.Beam } : options;
        var constraints = new TokenConstraints(options, models[0].Options);
        var captions = new DecodedCaption[count][];
        int atOnce = Math.Max(1, MaxRows / options.RowsPerImage);
        for (int first = 0; first < count; first += atOnce)
        {
            var searches = new CaptionSearch[Math.Min(atOnce, count - first)];
            for (int i = 0; i < searches.Length; i++)
            {
                ulong number = numbers.IsEmpty ? (ulong)(first + i) : numbers[first + i];
                searches[i] = options.IsStochastic
                    ? new StochasticSearch(options, constraints, number)
                    : new BeamSearch(search, constraints);
            }

            Run(new Ensemble<T>(models, features, first, searches.Length), searches, models[0].Options.StartId);
            for (int i = 0; i < searches.Length; i++)
            {
                captions[first + i] = searches[i].Best() is { Length: > 0 } best
                    ? options.IsRanked ? Ranked<T>(best, features[0].Row(first + i), options) : best
                    : throw new IncompatibleException(
                        "No caption satisfies the options: allow shorter or longer captions, or more words.");
            }
        }

        return captions;
    }

    /// <summary>The captions with the highest scores of a ranking.</summary>
    private static DecodedCaption[] Ranked<T>(
        DecodedCaption[] captions, ReadOnlySpan<T> features, DecodingOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var single = new float[features.Length];
        TensorPrimitives.ConvertTruncating(features, single.AsSpan());
        IReadOnlyList<double> scores = options.Ranking!.Score(single, captions);
        return
        [
            .. captions.Zip(scores, (caption, score) => caption with { Score = score })
                .Order(Comparer<DecodedCaption>.Create(DecodedCaption.CompareBestFirst)).Take(options.Captions),
        ];
    }

    /// <summary>Steps through the captions of all images together until all are finished.</summary>
    private static void Run<T>(Ensemble<T> models, CaptionSearch[] searches, int startId)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Each image has one row at first, then one row per active caption.
        int[] firstRows = [.. Enumerable.Range(0, searches.Length)];
        List<int> rows = [], words = [];
        while (true)
        {
            rows.Clear();
            words.Clear();
            for (int i = 0; i < searches.Length; i++)
            {
                int firstRow = rows.Count;
                foreach (Hypothesis active in searches[i].Active)
                {
                    rows.Add(firstRows[i] + active.Row);
                    words.Add(active.Ids is [.., int last] ? last : startId);
                }

                firstRows[i] = firstRow;
            }

            if (rows.Count == 0)
            {
                return;
            }

            models.Select(CollectionsMarshal.AsSpan(rows));
            MatrixSpan<T> scores = models.Step(CollectionsMarshal.AsSpan(words));
            for (int i = 0; i < searches.Length; i++)
            {
                if (searches[i].Active.Count > 0)
                {
                    searches[i].Advance(scores.RowBlock(firstRows[i], searches[i].Active.Count));
                }
            }
        }
    }

    private static int EnsureCompatible<T>(
        IReadOnlyList<InferenceModel<T>> models, IReadOnlyList<Matrix<T>> features, ReadOnlySpan<ulong> numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (models.Count == 0 || models.Count != features.Count)
        {
            throw new ArgumentException($"{models.Count} models and {features.Count} features.", nameof(features));
        }

        CaptioningOptions own = models[0].Options;
        foreach (CaptioningOptions other in models.Select(model => model.Options))
        {
            if ((own.VocabularySize, own.NullId, own.StartId, own.EndId)
                != (other.VocabularySize, other.NullId, other.StartId, other.EndId))
            {
                throw new IncompatibleException(
                    $"Incompatible models: {own.VocabularySize} and {other.VocabularySize} tokens, or different "
                    + "markers.");
            }
        }

        int count = features[0].Rows;
        if (features.Any(matrix => matrix.Rows != count))
        {
            throw new ArgumentException("The models' features are of different numbers of images.", nameof(features));
        }

        if (!numbers.IsEmpty && numbers.Length != count)
        {
            throw new ArgumentException($"{numbers.Length} numbers for {count} images.", nameof(numbers));
        }

        return count;
    }
}
