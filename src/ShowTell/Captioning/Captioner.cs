using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Photos;

namespace ShowTell.Captioning;

/// <summary>
/// From photos to captions, with a model that was trained on photos. Safe to use from several threads at once.
/// </summary>
/// <example>
/// <code>
/// using var captioner = Captioner.Load("model.safetensors");
/// Console.WriteLine(captioner.Caption("photo.jpg"));
/// </code>
/// </example>
public sealed class Captioner : IDisposable
{
    /// <summary>
    /// Decoders that work beside each other, at most. An <see cref="InferenceModel{T}"/> is for one thread, so each
    /// caller takes one from a pool; each has its own copy of most weights, so there are few. A caption is decoded in
    /// less time than a photo, so that few keep up with many callers.
    /// </summary>
    private const int MostDecoders = 4;

    /// <summary>Captions that are decoded together, at most: more at once are no faster.</summary>
    private const int MostAtOnce = 128;

    /// <summary>Photos whose features may wait for a caller that takes captions slowly.</summary>
    private const int MostWaiting = 2 * MostAtOnce;

    /// <summary>How long captions wait for more: those decoded together cost little more than one.</summary>
    private const int GatherMilliseconds = 250;

    private readonly CaptioningModel<float>[] _models;
    private readonly Vocabulary _vocabulary;
    private readonly DecodingOptions _decoding;
    private readonly PhotoEncoder _encoder;
    private readonly ConcurrentBag<InferenceModel<float>[]> _decoders = [];
    private readonly SemaphoreSlim _free = new(MostDecoders);

    private Captioner(ModelBundle[] ensemble, DecodingOptions decoding, PhotoEncoder encoder)
    {
        _models = [.. ensemble.Select(bundle => bundle.Model)];
        (_vocabulary, _decoding, _encoder) = (ensemble[0].Vocabulary, decoding, encoder);
        Training = ensemble[0].Training;
    }

    /// <summary>How the model was trained.</summary>
    public TrainingRecord Training { get; }

    /// <summary>Loads a model, and the network that turns photos into its features.</summary>
    /// <param name="model">A model file. How photos are prepared for the network is in it.</param>
    /// <param name="options">How to work; null for the defaults.</param>
    /// <exception cref="ModelFileException">A file is missing or damaged.</exception>
    /// <exception cref="IncompatibleException">The model was not trained on photos, its network is not to be found, or
    /// another one was given; a model of the ensemble does not fit; or options contradict each other.</exception>
    /// <exception cref="DataException">A word that must appear is not the model's.</exception>
    /// <exception cref="NativeLibraryMissingException">ONNX Runtime does not run on this system.</exception>
    public static Captioner Load(string model, CaptionerOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(model);
        options ??= new CaptionerOptions();
        ModelBundle bundle = ModelBundle.Load(model, withBackbone: false);
        IEnumerable<string> without = options.AllowUnknown ? options.Without : [.. options.Without, Vocabulary.Unknown];
        DecodingOptions decoding = options.Decoding.Of(bundle.Vocabulary, options.With, without);
        decoding = decoding with { MaxLength = decoding.MaxLength ?? bundle.Training.CaptionWidth - 1 };
        decoding.Validate();
        ModelBundle[] all = ModelEnsemble.Load(model, bundle, options.Ensemble);
        return new Captioner(all, decoding, ModelEncoder.Load(model, bundle, options));
    }

    /// <summary>Reads a photo's file and resizes it to what the network takes.</summary>
    /// <inheritdoc cref="PhotoReader.Read(string, PhotoSize?, Func{Photo, Photo}?)"/>
    public Photo Read(string path) => _encoder.Read(path);

    /// <summary>Reads the bytes of a photo's file and resizes it to what the network takes.</summary>
    /// <inheritdoc cref="PhotoReader.Read(ReadOnlySpan{byte}, string, PhotoSize?, Func{Photo, Photo}?)"/>
    public Photo Read(ReadOnlySpan<byte> file, string name) => _encoder.Read(file, name);

    /// <summary>Captions a photo.</summary>
    /// <param name="path">Its file.</param>
    /// <exception cref="PhotoException">The file is missing, no photo, damaged, or beyond the limits.</exception>
    public GeneratedCaption Caption(string path) => Caption(Read(path), default);

    /// <summary>Captions a photo.</summary>
    /// <param name="file">The bytes of its file.</param>
    /// <param name="name">What error messages call it.</param>
    /// <inheritdoc cref="Caption(string)"/>
    public GeneratedCaption Caption(ReadOnlySpan<byte> file, string name) => Caption(Read(file, name), default);

    /// <summary>Captions a photo on a thread of the pool.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="cancellation">Stops before the next step: decoding the photo, its features, its caption.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    /// <inheritdoc cref="Caption(string)"/>
    public Task<GeneratedCaption> CaptionAsync(string path, CancellationToken cancellation = default) =>
        Task.Run(() => Caption(Read(path), cancellation), cancellation);

    /// <summary>Captions a photo on a thread of the pool.</summary>
    /// <param name="file">The bytes of its file. They must not change meanwhile.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="cancellation">Stops before the next step: decoding the photo, its features, its caption.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    /// <inheritdoc cref="Caption(string)"/>
    public Task<GeneratedCaption> CaptionAsync(
        ReadOnlyMemory<byte> file, string name, CancellationToken cancellation = default) =>
        Task.Run(() => Caption(Read(file.Span, name), cancellation), cancellation);

    /// <summary>
    /// Captions many photos, several beside each other. The captions come in the order of the photos, while those
    /// behind them are under way; each is what <see cref="Caption(string)"/> gives. A photo that cannot be read stops
    /// nothing.
    /// </summary>
    /// <param name="photos">Their files.</param>
    /// <param name="cancellation">Stops after the photos under way.</param>
    /// <returns>For each photo its caption, or what is wrong with it.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was requested.</exception>
    public IEnumerable<CaptionedPhoto> CaptionAll(
        IReadOnlyList<string> photos, CancellationToken cancellation = default) =>
        CaptionAll(photos, Read, cancellation);

    /// <summary>The same for photos from anywhere.</summary>
    /// <param name="photos">Their names.</param>
    /// <param name="read">Reads the photo of a name, such as by <see cref="Read(string)"/>, or throws a
    /// <see cref="PhotoException"/>. It is called by several threads at once.</param>
    /// <param name="cancellation">Stops after the photos under way.</param>
    /// <inheritdoc cref="CaptionAll(IReadOnlyList{string}, CancellationToken)"/>
    public IEnumerable<CaptionedPhoto> CaptionAll(
        IReadOnlyList<string> photos, Func<string, Photo> read, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(photos);
        ArgumentNullException.ThrowIfNull(read);
        return CaptionEach(photos, read, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _encoder.Dispose();
        _free.Dispose();
    }

    private GeneratedCaption Caption(Photo photo, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var encoded = new EncodedPhoto(0, SeedOf(photo), _encoder.Encode(photo), null);
        return Decode([encoded], cancellation)[0][0];
    }

    /// <summary>
    /// What words are drawn by, where they are drawn: the pixels, so that a photo's caption depends on neither its
    /// name nor the photos before it.
    /// </summary>
    private static ulong SeedOf(Photo photo) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(photo.Pixels));

    private GeneratedCaption[][] Decode(IReadOnlyList<EncodedPhoto> photos, CancellationToken cancellation)
    {
        var features = new Matrix<float>(photos.Count, _models[0].Options.FeatureSize);
        for (int i = 0; i < photos.Count; i++)
        {
            photos[i].Features!.CopyTo(features.Row(i));
        }

        _free.Wait(cancellation);
        try
        {
            if (!_decoders.TryTake(out InferenceModel<float>[]? decoder))
            {
                decoder = [.. _models.Select(model => new InferenceModel<float>(model))];
            }

            DecodedCaption[][] captions = CaptionGenerator.Generate(
                decoder, [.. decoder.Select(_ => features)], _decoding, [.. photos.Select(photo => photo.Seed)]);
            _decoders.Add(decoder);
            return [.. captions.Select(best => best.Select(caption =>
                new GeneratedCaption(_vocabulary.Decode([.. caption.Ids]), caption.LogProbability)).ToArray())];
        }
        finally
        {
            _free.Release();
        }
    }

    /// <summary>While photos become features on other threads, the caller's thread decodes what there is.</summary>
    private IEnumerable<CaptionedPhoto> CaptionEach(
        IReadOnlyList<string> photos, Func<string, Photo> read, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var queue = new BlockingCollection<EncodedPhoto>(MostWaiting);
        Task encoding = Task.Run(() => EncodeAll(photos, read, queue, stop.Token), CancellationToken.None);
        try
        {
            // Threads finish photos out of order; those behind the next one wait here.
            var done = new Dictionary<int, CaptionedPhoto>();
            int next = 0;
            while (Gather(queue, stop.Token) is { Count: > 0 } gathered)
            {
                Finish(photos, gathered, done, stop.Token);
                for (; done.Remove(next, out CaptionedPhoto? photo); next++)
                {
                    yield return photo;
                }
            }
        }
        finally
        {
            // A caller that takes no more, or an error: the threads must not outlive the call.
            stop.Cancel();
            Task.WaitAny([encoding], CancellationToken.None);
        }

        encoding.GetAwaiter().GetResult();
    }

    private void EncodeAll(
        IReadOnlyList<string> photos,
        Func<string, Photo> read,
        BlockingCollection<EncodedPhoto> queue,
        CancellationToken stop)
    {
        try
        {
            var seeds = new ulong[photos.Count];
            Photo Read(int photo)
            {
                Photo pixels = read(photos[photo]);
                seeds[photo] = SeedOf(pixels);
                return pixels;
            }

            _encoder.EncodeAll(
                photos.Count,
                Read,
                (photo, features) => queue.Add(new EncodedPhoto(photo, seeds[photo], features.ToArray(), null), stop),
                (photo, error) => queue.Add(new EncodedPhoto(photo, 0, null, error), stop),
                cancellation: stop);
        }
        finally
        {
            queue.CompleteAdding();
        }
    }

    /// <summary>Waits for photos; none once there are no more.</summary>
    private static List<EncodedPhoto> Gather(BlockingCollection<EncodedPhoto> queue, CancellationToken stop)
    {
        var gathered = new List<EncodedPhoto>();
        long start = 0;
        int wait = Timeout.Infinite;
        while (gathered.Count < MostAtOnce && queue.TryTake(out EncodedPhoto? photo, wait, stop))
        {
            gathered.Add(photo!);
            start = gathered.Count == 1 ? Environment.TickCount64 : start;
            wait = (int)Math.Max(0, start + GatherMilliseconds - Environment.TickCount64);
        }

        return gathered;
    }

    private void Finish(
        IReadOnlyList<string> photos,
        List<EncodedPhoto> gathered,
        Dictionary<int, CaptionedPhoto> done,
        CancellationToken stop)
    {
        EncodedPhoto[] good = [.. gathered.Where(photo => photo.Features is not null)];
        GeneratedCaption[][] captions = good.Length > 0 ? Decode(good, stop) : [];
        foreach ((EncodedPhoto photo, GeneratedCaption[] best) in good.Zip(captions))
        {
            done.Add(photo.Number, new CaptionedPhoto(photos[photo.Number], best, null));
        }

        foreach (EncodedPhoto photo in gathered.Where(photo => photo.Error is not null))
        {
            done.Add(photo.Number, new CaptionedPhoto(photos[photo.Number], [], photo.Error));
        }
    }

    /// <summary>A photo's features, or why there are none; the seed is what words are drawn by.</summary>
    private sealed record EncodedPhoto(int Number, ulong Seed, float[]? Features, PhotoException? Error);
}
