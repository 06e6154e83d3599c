using System.Numerics.Tensors;
using System.Security.Cryptography;
using ShowTell.Backbones;
using ShowTell.Photos;

namespace ShowTell.Datasets.Features;

/// <summary>A run of a <see cref="FeatureExtraction"/>: encode the photos missing in the journal, fit the transform,
/// write the file.</summary>
internal sealed class FeatureExtractionRun
{
    private const int BlockBytes = 4 << 20;

    private readonly PhotoEncoder _encoder;
    private readonly PhotoFolder _photos;
    private readonly string _path;
    private readonly int[][]? _splits;
    private readonly FeatureExtractionOptions _options;
    private readonly Action<FeatureExtractionProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly SortedDictionary<int, string> _unreadable = [];
    private readonly byte[] _fingerprint;
    private readonly string _source;

    /// <summary>Prepares a run.</summary>
    /// <param name="encoder">The encoder, without a transform.</param>
    /// <param name="photos">The photos.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="splits">The indices of the photos of train, to which transforms are fitted, and of val; unreadable
    /// photos then have rows of zeros. Null to fit to all photos, and to leave out unreadable ones.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="progress">Called after each photo.</param>
    /// <param name="cancellation">Stops the run.</param>
    public FeatureExtractionRun(
        PhotoEncoder encoder,
        PhotoFolder photos,
        string path,
        int[][]? splits,
        FeatureExtractionOptions? options,
        Action<FeatureExtractionProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        if (encoder.Pipeline.Transform is not null)
        {
            throw new ArgumentException("The encoder must have no transform; set it in the options.", nameof(encoder));
        }

        (_encoder, _photos, _path, _splits) = (encoder, photos, path, splits);
        (_progress, _cancellation) = (progress, cancellation);
        _options = options ?? new FeatureExtractionOptions();
        _options.Validate(
            encoder.Pipeline, RegionSize, (splits?[0].Length ?? photos.Names.Length) * (long)encoder.Regions);
        string views = _options.Mirror ? ", mirror" : "";
        _fingerprint =
            SHA256.HashData([.. Encoding.UTF8.GetBytes(encoder.Pipeline.Fingerprint() + views), .. photos.Digest]);

        // The train photos matter only to what is fitted to them.
        string fit = _options is { Components: null, Standardize: false } || splits is null
            ? ""
            : string.Join(' ', splits[0]);
        _source = Convert.ToHexStringLower(SHA256.HashData(
            [.. _fingerprint, .. Encoding.UTF8.GetBytes($"{fit}; {_options.Description}")]));
    }

    /// <summary>The number of the backbone's features per region.</summary>
    private int RegionSize => _encoder.FeatureSize / _encoder.Regions;

    /// <summary>Runs, unless the file is up to date.</summary>
    public FeatureExtractionSummary Run()
    {
        if (IsUpToDate())
        {
            PhotoPipeline found = FeatureFile.ReadPipeline(_path) ?? _encoder.Pipeline;
            return Summary(found, computed: 0, isUpToDate: true);
        }

        using FeatureJournal journal = FeatureJournal.Open(
            _path + FeatureJournal.Extension, _fingerprint, _photos.Names.Length, _options.Views,
            _encoder.FeatureSize);
        int kept = journal.Count;
        Encode(journal);
        int computed = journal.Count - kept;
        EnsureNotEmpty(journal);
        PhotoPipeline pipeline = _encoder.Pipeline with { Transform = Fit(journal) };
        string? fitted = _splits is null || _options is { Components: null, Standardize: false }
            ? null
            : FeatureFile.FingerprintOf(_splits[0].Select(photo => _photos.Names[photo]));
        var content =
            new FeatureFileContent(pipeline, _encoder.Regions, RegionSize, _source, _options, fitted);
        int[] rows = [.. Enumerable.Range(0, _photos.Names.Length).Where(i => _splits is not null || journal.Has(i))];
        FeatureFile.Write(_path, rows, _photos.Names, journal, content, _cancellation);
        journal.Delete();
        return Summary(pipeline, computed, isUpToDate: false);
    }

    /// <summary>
    /// Whether the file is up to date. Unreadable photos are tried again: they may have become readable.
    /// </summary>
    private bool IsUpToDate()
    {
        if (FeatureFile.ReadSource(_path) != _source)
        {
            return false;
        }

        foreach (int photo in UnreadableIn(_path))
        {
            try
            {
                _cancellation.ThrowIfCancellationRequested();
                _encoder.Reader.Read(_photos.PathOf(photo));
                _unreadable.Clear();
                return false;
            }
            catch (PhotoException error)
            {
                AddUnreadable(photo, error.Message);
            }
        }

        return true;
    }

    private void Encode(FeatureJournal journal)
    {
        int[] left = [.. Enumerable.Range(0, _photos.Names.Length).Where(photo => !journal.Has(photo))];
        int kept = _photos.Names.Length - left.Length;
        int views = _options.Views, done = kept * views;
        void Report(int photo, string? reason)
        {
            lock (_unreadable)
            {
                if (reason is null)
                {
                    done++;
                }
                else
                {
                    AddUnreadable(photo, reason);
                }

                _progress?.Invoke(new(done / views, _photos.Names.Length, _unreadable.Count, kept));
            }
        }

        _progress?.Invoke(new(kept, _photos.Names.Length, 0, kept));
        _encoder.EncodeAll(
            left.Length * views,
            i =>
            {
                Photo photo = _encoder.Reader.Read(_photos.PathOf(left[i / views]));
                return i % views == 0 ? photo : photo.Mirrored();
            },
            (i, features) =>
            {
                bool isFinite = TensorPrimitives.IsFiniteAll(features);
                if (isFinite)
                {
                    journal.Write(left[i / views], i % views, features);
                }

                Report(left[i / views], isFinite ? null : "the backbone computes NaN or infinity.");
            },
            (i, error) => Report(left[i / views], error.Message),
            _options.Encoding,
            _cancellation);
    }

    // The summary names the file; the reason need not.
    private void AddUnreadable(int photo, string reason)
    {
        string prefix = $"{_photos.PathOf(photo)}: ";
        _unreadable[photo] = reason.StartsWith(prefix, StringComparison.Ordinal) ? reason[prefix.Length..] : reason;
    }

    /// <summary>The photos without features in an existing file.</summary>
    private int[] UnreadableIn(string path)
    {
        if (_splits is not null)
        {
            return FeatureFile.ReadMissing(path);
        }

        HashSet<string> read = [.. FeatureFile.ReadNames(path)];
        return [.. Enumerable.Range(0, _photos.Names.Length).Where(photo => !read.Contains(_photos.Names[photo]))];
    }

    private void EnsureNotEmpty(FeatureJournal journal)
    {
        if (journal.Count > 0 && _splits?.All(split => split.Any(journal.Has)) != false)
        {
            return;
        }

        if (journal.Count == 0)
        {
            journal.Delete();
        }

        string what = journal.Count == 0 ? $"{_photos.Names.Length}"
            : _splits![0].Any(journal.Has) ? "val"
            : "train";
        int photo = journal.Count == 0 ? 0 : _splits!.First(split => !split.Any(journal.Has))[0];
        throw new DataException(
            $"{_photos.Folder}: none of the {what} photos can be read; {_photos.Names[photo]}: {_unreadable[photo]}");
    }

    private FeatureTransform? Fit(FeatureJournal journal)
    {
        if (_options is { Components: null, Standardize: false })
        {
            return _options.Transform;
        }

        var fit = new FeatureTransformFit(_options.Components, _options.Standardize);
        int[] photos = [.. (_splits?[0] ?? Enumerable.Range(0, _photos.Names.Length)).Where(journal.Has)];
        var block = new Matrix<float>(0, 0);
        foreach (int[] some in photos.Chunk(Math.Max(1, BlockBytes / (_encoder.FeatureSize * sizeof(float)))))
        {
            _cancellation.ThrowIfCancellationRequested();
            block.Reshape(some.Length * _encoder.Regions, RegionSize);
            journal.Read(some, view: 0, block.Span);
            fit.Add(block);
        }

        return fit.Fit();
    }

    private FeatureExtractionSummary Summary(PhotoPipeline pipeline, int computed, bool isUpToDate) => new(
        Files: [_path],
        Photos: _photos.Names.Length - _unreadable.Count,
        Unreadable: [.. _unreadable.Select(entry => new UnreadablePhoto(_photos.Names[entry.Key], entry.Value))],
        Features: pipeline.Transform?.OutputSize ?? RegionSize,
        _encoder.Regions,
        computed,
        isUpToDate,
        pipeline);
}
