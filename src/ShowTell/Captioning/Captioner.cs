using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using ShowTell.Backbones;
using ShowTell.Confidence;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Photos;

namespace ShowTell.Captioning;

/// <summary>Captions photos with a model that was trained on photos. Thread-safe.</summary>
/// <example>
/// <code>
/// using var captioner = Captioner.Load("model.safetensors");
/// Console.WriteLine(captioner.Caption("photo.jpg"));
/// </code>
/// </example>
public sealed class Captioner : IDisposable
{
    /// <summary>
    /// Maximum number of models in use at once. An <see cref="InferenceModel{T}"/> is for one thread and has its own
    /// copy of most weights. Decoding a caption takes less time than encoding a photo, so a few serve many callers.
    /// </summary>
    private const int MaxModels = 4;

    /// <summary>Maximum number of captions decoded together; larger batches are no faster.</summary>
    private const int MaxBatch = 128;

    /// <summary>Photos whose features may wait while the caller consumes captions slowly.</summary>
    private const int MaxQueued = 2 * MaxBatch;

    /// <summary>How long to wait for a batch to fill: decoding a batch costs little more than one caption.</summary>
    private const int BatchMilliseconds = 250;

    private readonly CaptioningModel<float>[] _models;
    private readonly Vocabulary _vocabulary;
    private readonly CaptionConfidence? _confidence;
    private readonly DecodingOptions _decoding;
    private readonly PhotoEncoder _encoder;
    private readonly ConcurrentBag<InferenceModel<float>[]> _idleModels = [];
    private readonly SemaphoreSlim _modelSlots = new(MaxModels);

    private Captioner(ModelBundle[] ensemble, DecodingOptions decoding, PhotoEncoder encoder)
    {
        _models = [.. ensemble.Select(bundle => bundle.Model)];
        (_vocabulary, _decoding, _encoder) = (ensemble[0].Vocabulary, decoding, encoder);
        _confidence = ensemble[0].Confidence;
        Training = ensemble[0].Training;
    }

    /// <summary>How the model was trained.</summary>
    public TrainingRecord Training { get; }

    /// <summary>Whether captions have a <see cref="GeneratedCaption.Confidence"/>.</summary>
    public bool HasConfidence => _confidence is not null;

    /// <summary>Loads a model and its backbone.</summary>
    /// <param name="model">A model file.</param>
    /// <param name="options">Options; null for the defaults.</param>
    /// <exception cref="ModelFileException">A file is missing or damaged.</exception>
    /// <exception cref="IncompatibleException">The model was not trained on photos, its backbone is missing or another
    /// one, a model of the ensemble is incompatible, or options contradict each other.</exception>
    /// <exception cref="DataException">A required word is not in the vocabulary.</exception>
    /// <exception cref="NativeLibraryMissingException">ONNX Runtime does not run on this system.</exception>
    public static Captioner Load(string model, CaptionerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        options ??= new CaptionerOptions();
        ModelBundle bundle = ModelBundle.Load(model, withBackbone: false);
        IEnumerable<string> without = options.AllowUnknown ? options.Without : [.. options.Without, Vocabulary.Unknown];
        DecodingOptions decoding = options.Decoding.Of(bundle.Vocabulary, options.With, without);
        decoding = decoding with
        {
            MaxLength = decoding.MaxLength ?? bundle.Training.CaptionWidth - 1,
            Ranking = options.RankByConfidence ? bundle.Ranking : null,
        };
        decoding.Validate();
        ModelBundle[] ensemble = ModelEnsemble.Load(model, bundle, options.Ensemble);
        return new Captioner(ensemble, decoding, BackboneResolver.LoadEncoder(model, bundle, options));
    }

    /// <summary>Captions a photo.</summary>
    /// <param name="path">The photo's file.</param>
    /// <exception cref="PhotoException">The file does not exist, is not a photo, is damaged, or exceeds the limits.
    /// </exception>
    public GeneratedCaption Caption(string path) => Caption(_encoder.Reader.Read(path), default);

    /// <summary>Captions a photo.</summary>
    /// <param name="file">The bytes of its file.</param>
    /// <param name="name">The name for error messages.</param>
    /// <inheritdoc cref="Caption(string)"/>
    public GeneratedCaption Caption(ReadOnlySpan<byte> file, string name) =>
        Caption(_encoder.Reader.Read(file, name), default);

    /// <summary>Captions a photo on the thread pool.</summary>
    /// <param name="path">The photo's file.</param>
    /// <param name="cancellation">Stops before the next step: decoding the photo, encoding it, generating.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    /// <inheritdoc cref="Caption(string)"/>
    public Task<GeneratedCaption> CaptionAsync(string path, CancellationToken cancellation = default) =>
        Task.Run(() => Caption(_encoder.Reader.Read(path), cancellation), cancellation);

    /// <summary>Captions a photo on the thread pool.</summary>
    /// <param name="file">The bytes of its file, which must not change meanwhile.</param>
    /// <param name="name">The name for error messages.</param>
    /// <param name="cancellation">Stops before the next step: decoding the photo, encoding it, generating.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    /// <inheritdoc cref="Caption(string)"/>
    public Task<GeneratedCaption> CaptionAsync(
        ReadOnlyMemory<byte> file, string name, CancellationToken cancellation = default) =>
        Task.Run(() => Caption(_encoder.Reader.Read(file.Span, name), cancellation), cancellation);

    /// <summary>
    /// Captions many photos, several in parallel. Captions are returned in the order of the photos while later ones are
    /// in progress; each equals that of <see cref="Caption(string)"/>. A photo that cannot be read does not stop the
    /// others.
    /// </summary>
    /// <param name="photos">The photos' files.</param>
    /// <param name="cancellation">Stops after the photos in progress.</param>
    /// <returns>For each photo its captions, or why it cannot be read.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public IEnumerable<CaptionedPhoto> CaptionAll(
        IReadOnlyList<string> photos, CancellationToken cancellation = default) =>
        CaptionAll(photos, _ => null, cancellation);

    /// <summary>Captions many photos, not all of which are files.</summary>
    /// <param name="photos">The photos' names.</param>
    /// <param name="fetch">Returns the bytes of a photo by its name, null to read the file of that name, or throws a
    /// <see cref="PhotoException"/>. Called by several threads at once.</param>
    /// <param name="cancellation">Stops after the photos in progress.</param>
    /// <inheritdoc cref="CaptionAll(IReadOnlyList{string}, CancellationToken)"/>
    public IEnumerable<CaptionedPhoto> CaptionAll(
        IReadOnlyList<string> photos,
        Func<string, ReadOnlyMemory<byte>?> fetch,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(photos);
        ArgumentNullException.ThrowIfNull(fetch);
        return CaptionEach(photos, fetch, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encoder.Dispose();
        _modelSlots.Dispose();
    }

    private GeneratedCaption Caption(Photo photo, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Generate([new EncodedPhoto(0, SeedOf(photo), _encoder.Encode(photo), null)], cancellation)[0][0];
    }

    /// <summary>
    /// The seed for sampling: a hash of the pixels, so that a photo's caption depends neither on its name nor on other
    /// photos.
    /// </summary>
    private static ulong SeedOf(Photo photo) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(photo.Pixels));

    /// <summary>Generates the captions of each photo, the best first.</summary>
    private GeneratedCaption[][] Generate(IReadOnlyList<EncodedPhoto> photos, CancellationToken cancellation)
    {
        var features = new Matrix<float>(photos.Count, _models[0].Options.FeatureSize);
        for (int i = 0; i < photos.Count; i++)
        {
            photos[i].Features!.CopyTo(features.Row(i));
        }

        _modelSlots.Wait(cancellation);
        try
        {
            if (!_idleModels.TryTake(out InferenceModel<float>[]? decoder))
            {
                decoder = [.. _models.Select(model => new InferenceModel<float>(model))];
            }

            DecodedCaption[][] captions = CaptionGenerator.Generate(
                decoder, [.. decoder.Select(_ => features)], _decoding, [.. photos.Select(photo => photo.Seed)]);
            _idleModels.Add(decoder);
            return [.. captions.Select((best, photo) => Generated(best, features.Row(photo)))];
        }
        finally
        {
            _modelSlots.Release();
        }
    }

    /// <summary>A photo's captions as text, with what is known of them.</summary>
    private GeneratedCaption[] Generated(DecodedCaption[] captions, ReadOnlySpan<float> features)
    {
        CaptionAssessment[]? assessed = _confidence?.Assess(_models[0], _vocabulary, features, captions);
        return
        [
            .. captions.Select((caption, i) =>
                new GeneratedCaption(_vocabulary.Decode([.. caption.Ids]), caption.LogProbability)
                {
                    Confidence = assessed?[i].Confidence,
                    IsPhoto = assessed?[i].IsPhoto,
                }),
        ];
    }

    /// <summary>Other threads encode photos while the caller's thread generates captions from their features.</summary>
    private IEnumerable<CaptionedPhoto> CaptionEach(
        IReadOnlyList<string> photos, Func<string, ReadOnlyMemory<byte>?> fetch, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var queue = new BlockingCollection<EncodedPhoto>(MaxQueued);
        Task encoding = Task.Run(() => EncodeAll(photos, fetch, queue, stop.Token), CancellationToken.None);
        try
        {
            // Photos are encoded out of order; those finished early wait here for their turn.
            var done = new Dictionary<int, CaptionedPhoto>();
            int next = 0;
            while (TakeBatch(queue, stop.Token) is { Count: > 0 } batch)
            {
                EncodedPhoto[] good = [.. batch.Where(photo => photo.Error is null)];
                GeneratedCaption[][] captions = good.Length > 0 ? Generate(good, stop.Token) : [];
                foreach ((EncodedPhoto photo, GeneratedCaption[] best) in good.Zip(captions))
                {
                    done.Add(photo.Index, new CaptionedPhoto(photos[photo.Index], best, null));
                }

                foreach (EncodedPhoto photo in batch.Where(photo => photo.Error is not null))
                {
                    done.Add(photo.Index, new CaptionedPhoto(photos[photo.Index], [], photo.Error));
                }

                for (; done.Remove(next, out CaptionedPhoto? photo); next++)
                {
                    yield return photo;
                }
            }
        }
        finally
        {
            // If the caller stops early or an error occurs, the threads must not outlive the call.
            stop.Cancel();
            Task.WaitAny([encoding], CancellationToken.None);
        }

        encoding.GetAwaiter().GetResult();
    }

    private void EncodeAll(
        IReadOnlyList<string> photos,
        Func<string, ReadOnlyMemory<byte>?> fetch,
        BlockingCollection<EncodedPhoto> queue,
        CancellationToken stop)
    {
        try
        {
            var seeds = new ulong[photos.Count];
            Photo Read(int index)
            {
                string name = photos[index];
                Photo photo = fetch(name) is ReadOnlyMemory<byte> file
                    ? _encoder.Reader.Read(file.Span, name)
                    : _encoder.Reader.Read(name);
                seeds[index] = SeedOf(photo);
                return photo;
            }

            _encoder.EncodeAll(
                photos.Count,
                Read,
                (index, features) => queue.Add(new EncodedPhoto(index, seeds[index], features.ToArray(), null), stop),
                (index, error) => queue.Add(new EncodedPhoto(index, 0, null, error), stop),
                cancellation: stop);
        }
        finally
        {
            queue.CompleteAdding();
        }
    }

    /// <summary>Waits for encoded photos; returns none after the last one.</summary>
    private static List<EncodedPhoto> TakeBatch(BlockingCollection<EncodedPhoto> queue, CancellationToken stop)
    {
        var batch = new List<EncodedPhoto>();
        long start = 0;
        int wait = Timeout.Infinite;
        while (batch.Count < MaxBatch && queue.TryTake(out EncodedPhoto? photo, wait, stop))
        {
            batch.Add(photo!);
            start = batch.Count == 1 ? Environment.TickCount64 : start;
            wait = (int)Math.Max(0, start + BatchMilliseconds - Environment.TickCount64);
        }

        return batch;
    }

    /// <summary>A photo's seed for sampling and its features, or why it could not be read.</summary>
    private sealed record EncodedPhoto(int Index, ulong Seed, float[]? Features, PhotoException? Error);
}
