using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ShowTell.Photos;

namespace ShowTell.Backbones;

/// <summary>
/// From photos to the features that a model takes, by a <see cref="PhotoPipeline"/>: decodes, resizes, runs the network
/// and transforms what it gives. Safe to use from several threads at once.
/// </summary>
/// <remarks>Letters: N photos, P places of the grid (1 where features are pooled), D features of a place.</remarks>
public sealed class PhotoEncoder : IDisposable
{
    private readonly Backbone _backbone;
    private readonly FeatureTransform? _transform;
    private readonly PhotoReader _reader;
    private readonly ConcurrentBag<Buffers> _spare = [];

    /// <summary>Makes an encoder.</summary>
    /// <param name="backbone">The network, which the encoder disposes of.</param>
    /// <param name="transform">What is done to the network's features; null for nothing.</param>
    /// <param name="limits">How large photos may be; null for the defaults.</param>
    /// <exception cref="IncompatibleException">The transform is for another number of features.</exception>
    public PhotoEncoder(Backbone backbone, FeatureTransform? transform = null, PhotoLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        if (transform is not null && transform.InputSize != backbone.FeatureSize)
        {
            throw new IncompatibleException(
                $"{backbone.Path}: {backbone.Output} gives {backbone.FeatureSize} features, and what is to be done to "
                + $"them is for {transform.InputSize}.");
        }

        (_backbone, _transform, _reader) = (backbone, transform, new PhotoReader(limits));
        Recipe = new PhotoPipeline
        {
            Network = Path.GetFileName(backbone.Path),
            Sha256 = backbone.Sha256,
            Output = backbone.Output,
            IsGrid = backbone.IsGrid,
            GridSide = backbone.GridSide,
            Preprocessing = backbone.Preprocessing,
            Transform = transform,
        };
    }

    /// <summary>Takes the features of a photo.</summary>
    /// <param name="photo">Number of the photo.</param>
    /// <param name="features">Its P·D features, which stay until the call returns.</param>
    public delegate void FeaturesAction(int photo, ReadOnlySpan<float> features);

    /// <summary>How photos become features.</summary>
    public PhotoPipeline Recipe { get; }

    /// <summary>Places of the grid, P; 1 where features are pooled.</summary>
    public int Places => _backbone.GridSize;

    /// <summary>Features of a photo: P·D.</summary>
    public int FeatureSize => Places * (_transform?.OutputSize ?? _backbone.FeatureSize);

    /// <summary>Reads a photo's file and makes it what the network takes, as <see cref="Resize"/> does.</summary>
    /// <inheritdoc cref="PhotoReader.Read(string, PhotoSize?, Func{Photo, Photo}?)"/>
    public Photo Read(string path) => _reader.Read(path, LeastSize, Resize);

    /// <summary>Reads the bytes of a photo's file and makes it what the network takes, as <see cref="Resize"/>
    /// does.</summary>
    /// <inheritdoc cref="PhotoReader.Read(ReadOnlySpan{byte}, string, PhotoSize?, Func{Photo, Photo}?)"/>
    public Photo Read(ReadOnlySpan<byte> file, string name) => _reader.Read(file, name, LeastSize, Resize);

    /// <summary>Makes a photo as large as the network takes it, by its preprocessing.</summary>
    public Photo Resize(Photo photo) => _backbone.Preprocessing.Resize(photo);

    /// <summary>Features of one photo.</summary>
    /// <param name="photo">A photo that <see cref="Read(string)"/> or <see cref="Resize"/> gave.</param>
    /// <returns>P·D features, place after place.</returns>
    /// <exception cref="ArgumentException">The photo is of another size.</exception>
    /// <exception cref="ModelFileException">The network fails.</exception>
    public float[] Encode(Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        if (!_spare.TryTake(out Buffers? buffers))
        {
            buffers = new Buffers(this, 1);
        }

        Prepare(photo, buffers.Inputs.Row(0));
        float[] features = Run(buffers, 1).Span.ToArray();
        _spare.Add(buffers);
        return features;
    }

    /// <summary>
    /// Features of many photos: while one thread decodes a photo, others run the network. Callbacks come from several
    /// threads at once, in any order.
    /// </summary>
    /// <param name="count">Number of photos, N.</param>
    /// <param name="read">Gives a photo by its number in [0, N), by <see cref="Read(string)"/> or
    /// <see cref="Resize"/>.</param>
    /// <param name="encoded">Takes the features of a photo.</param>
    /// <param name="failed">Takes what is wrong with a photo that cannot be read.</param>
    /// <param name="options">Threads and batches; null for the defaults.</param>
    /// <param name="cancellation">Stops after the photos under way.</param>
    /// <exception cref="ModelFileException">The network fails.</exception>
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
        int batch = Math.Max(Math.Max(1, options.Batch), _backbone.FixedBatch);
        int threads = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        threads = Math.Clamp((count + batch - 1) / batch, 1, threads);
        int next = 0;
        try
        {
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
            Parallel.For(0, threads, parallel, (_, state) =>
            {
                var buffers = new Buffers(this, batch);
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

    /// <summary>The size below which a photo need not be decoded.</summary>
    internal PhotoSize LeastSize
    {
        get
        {
            int side = Math.Max(_backbone.Preprocessing.Size, _backbone.Preprocessing.ShorterSide);
            return new PhotoSize(side, side);
        }
    }

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
                Prepare(read(photo), buffers.Inputs.Row(good));
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
            encoded(buffers.Photos[i], features.RowBlock(i * Places, Places).Elements[..FeatureSize]);
        }
    }

    private void Prepare(Photo photo, Span<float> input) =>
        _backbone.Preprocessing.Prepare(photo.Pixels, photo.Width, photo.Height, input);

    /// <summary>Features of the first inputs, (count·P) x D.</summary>
    private Matrix<float> Run(Buffers buffers, int count)
    {
        buffers.Raw.Reshape(count * Places, _backbone.FeatureSize);
        _backbone.Run(buffers.Inputs.RowBlock(0, count), buffers.Raw);
        if (_transform is null)
        {
            return buffers.Raw;
        }

        buffers.Features.Reshape(count * Places, _transform.OutputSize);
        _transform.Apply(buffers.Raw, buffers.Features);
        return buffers.Features;
    }

    /// <summary>What a thread works with.</summary>
    private sealed class Buffers(PhotoEncoder encoder, int batch)
    {
        public int[] Photos { get; } = new int[batch];

        public Matrix<float> Inputs { get; } = new(batch, encoder._backbone.Preprocessing.InputLength);

        public Matrix<float> Raw { get; } = new(0, 0);

        public Matrix<float> Features { get; } = new(0, 0);
    }
}
