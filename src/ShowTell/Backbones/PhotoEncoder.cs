using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ShowTell.Photos;

namespace ShowTell.Backbones;

/// <summary>
/// Encodes photos as the features that a model takes, by a <see cref="PhotoPipeline"/>: reads and resizes them, runs
/// the backbone, and transforms its features. Thread-safe.
/// </summary>
/// <remarks>Letters: N photos, R regions of the grid (1 if features are pooled), D features per region.</remarks>
public sealed class PhotoEncoder : IDisposable
{
    private readonly Backbone _backbone;
    private readonly FeatureTransform? _transform;
    private readonly ConcurrentBag<Buffers> _spareBuffers = [];

    /// <summary>Creates an encoder.</summary>
    /// <param name="backbone">The backbone, which the encoder disposes.</param>
    /// <param name="transform">The transform of the backbone's features; null for none.</param>
    /// <param name="limits">Limits on photos; null for the defaults.</param>
    /// <exception cref="IncompatibleException">The transform takes another number of features.</exception>
    public PhotoEncoder(Backbone backbone, FeatureTransform? transform = null, PhotoLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        if (transform is not null && transform.InputSize != backbone.FeatureSize)
        {
            throw new IncompatibleException(
                $"{backbone.Path}: {backbone.Output} has {backbone.FeatureSize} features, but their transform takes "
                + $"{transform.InputSize}.");
        }

        (_backbone, _transform) = (backbone, transform);
        Reader = new PhotoReader(limits)
        {
            MinSize = backbone.Preprocessing.MinPhotoSize,
            Resize = backbone.Preprocessing.Resize,
        };
        Pipeline = new PhotoPipeline
        {
            BackboneFile = Path.GetFileName(backbone.Path),
            Sha256 = backbone.Sha256,
            Output = backbone.Output,
            IsGrid = backbone.IsGrid,
            GridSide = backbone.GridSide,
            Layout = backbone.Layout,
            ClassToken = backbone.ClassToken,
            Preprocessing = backbone.Preprocessing,
            Transform = transform,
        };
    }

    /// <summary>Receives the features of a photo.</summary>
    /// <param name="photo">Index of the photo.</param>
    /// <param name="features">Its R·D features, valid until the call returns.</param>
    public delegate void FeaturesAction(int photo, ReadOnlySpan<float> features);

    /// <summary>How photos become features.</summary>
    public PhotoPipeline Pipeline { get; }

    /// <summary>Reads photos at the backbone's input size.</summary>
    public PhotoReader Reader { get; }

    /// <summary>Regions of the grid, R; 1 if features are pooled.</summary>
    public int Regions => _backbone.Regions;

    /// <summary>Features per photo, R·D.</summary>
    public int FeatureSize => Regions * (_transform?.OutputSize ?? _backbone.FeatureSize);

    /// <summary>Encodes one photo.</summary>
    /// <param name="photo">A photo of the backbone's input size, as from <see cref="Reader"/>.</param>
    /// <returns>R·D features, region by region.</returns>
    /// <exception cref="ArgumentException">The photo has another size.</exception>
    /// <exception cref="ModelFileException">The backbone fails.</exception>
    public float[] Encode(Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        if (!_spareBuffers.TryTake(out Buffers? buffers))
        {
            buffers = new Buffers(_backbone, 1);
        }

        _backbone.Preprocessing.Prepare(photo, buffers.Inputs.Row(0));
        float[] features = Run(buffers, 1).Span.ToArray();
        _spareBuffers.Add(buffers);
        return features;
    }

    /// <summary>
    /// Encodes many photos on several threads: while some decode photos, others run the backbone. Callbacks come from
    /// several threads at once, in any order.
    /// </summary>
    /// <param name="count">Number of photos, N.</param>
    /// <param name="read">Returns a photo of the backbone's input size by its index in [0, N), usually from
    /// <see cref="Reader"/>.</param>
    /// <param name="encoded">Receives the features of a photo.</param>
    /// <param name="failed">Receives the <see cref="PhotoException"/> of a photo that cannot be read.</param>
    /// <param name="options">Threads and batch size; null for the defaults.</param>
    /// <param name="cancellation">Stops after the photos in progress.</param>
    /// <exception cref="ModelFileException">The backbone fails.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public void EncodeAll(
        int count,
        Func<int, Photo> read,
        FeaturesAction encoded,
        Action<int, PhotoException> failed,
        PhotoEncoderOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(encoded);
        ArgumentNullException.ThrowIfNull(failed);
        options ??= new PhotoEncoderOptions();
        int batch = Math.Max(Math.Max(1, options.Batch), _backbone.FixedBatchSize);
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        threads = Math.Clamp((count + batch - 1) / batch, 1, threads);
        int next = 0;
        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
            Parallel.For(0, threads, parallel, (_, state) =>
            {
                var buffers = new Buffers(_backbone, batch);
                int start;
                while (!state.ShouldExitCurrentIteration && (start = Interlocked.Add(ref next, batch) - batch) < count)
                {
                    cancellation.ThrowIfCancellationRequested();
                    EncodeBatch(buffers, start, Math.Min(batch, count - start), read, encoded, failed);
                }
            });
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.Flatten().InnerExceptions[0]);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _backbone.Dispose();

    private void EncodeBatch(
        Buffers buffers,
        int start,
        int count,
        Func<int, Photo> read,
        FeaturesAction encoded,
        Action<int, PhotoException> failed)
    {
        int good = 0;
        for (int photo = start; photo < start + count; photo++)
        {
            try
            {
                _backbone.Preprocessing.Prepare(read(photo), buffers.Inputs.Row(good));
                buffers.Photos[good++] = photo;
            }
            catch (PhotoException error)
            {
                failed(photo, error);
            }
        }

        Matrix<float> features = Run(buffers, good);
        for (int i = 0; i < good; i++)
        {
            encoded(buffers.Photos[i], features.RowBlock(i * Regions, Regions).Elements[..FeatureSize]);
        }
    }

    /// <summary>Features of the first inputs, (count·R) x D.</summary>
    private Matrix<float> Run(Buffers buffers, int count)
    {
        buffers.Raw.Reshape(count * Regions, _backbone.FeatureSize);
        _backbone.Run(buffers.Inputs.RowBlock(0, count), buffers.Raw);
        if (_transform is null)
        {
            return buffers.Raw;
        }

        buffers.Features.Reshape(count * Regions, _transform.OutputSize);
        _transform.Apply(buffers.Raw, buffers.Features);
        return buffers.Features;
    }

    /// <summary>The working memory of a thread.</summary>
    private sealed class Buffers(Backbone backbone, int batch)
    {
        public int[] Photos { get; } = new int[batch];

        public Matrix<float> Inputs { get; } = new(batch, backbone.Preprocessing.InputLength);

        public Matrix<float> Raw { get; } = new(0, 0);

        public Matrix<float> Features { get; } = new(0, 0);
    }
}

/// <summary>How <see cref="PhotoEncoder.EncodeAll"/> divides its work.</summary>
public sealed record PhotoEncoderOptions
{
    /// <summary>Number of threads, each with photos of its own; 0, the default, for one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Photos per run of the backbone; 1 by default, which is fastest unless the backbone has large dense layers.
    /// </summary>
    public int Batch { get; init; } = 1;
}
