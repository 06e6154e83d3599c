using System.Numerics.Tensors;
using System.Security.Cryptography;
using ShowTell.Backbones;

namespace ShowTell.Datasets.Features;

/// <summary>A run of a <see cref="FeatureExtraction"/>: encode the photos missing in the journal, fit the transform,
/// write the files.</summary>
internal sealed class FeatureExtractionRun
{
    private const int BlockBytes = 4 << 20;

    private readonly PhotoEncoder _encoder;
    private readonly PhotoFolder _photos;
    private readonly FeaturePart[] _parts;
    private readonly FeatureExtractionOptions _options;
    private readonly Action<FeatureExtractionProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly SortedDictionary<int, string> _unreadable = [];
    private readonly byte[] _fingerprint;
    private readonly string _source;

    /// <summary>Prepares a run.</summary>
    /// <param name="encoder">The encoder, without a transform.</param>
    /// <param name="photos">The photos of all files.</param>
    /// <param name="parts">The files; transforms are fitted to the photos of the first one.</param>
    /// <param name="options">The options; null for the defaults.</param>
    /// <param name="progress">Called after each photo.</param>
    /// <param name="cancellation">Stops the run.</param>
    public FeatureExtractionRun(
        PhotoEncoder encoder,
        PhotoFolder photos,
        FeaturePart[] parts,
        FeatureExtractionOptions? options,
        Action<FeatureExtractionProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        if (encoder.Pipeline.Transform is not null)
        {
            throw new ArgumentException("The encoder must have no transform; set it in the options.", nameof(encoder));
        }

        (_encoder, _photos, _parts, _progress, _cancellation) = (encoder, photos, parts, progress, cancellation);
        _options = options ?? new FeatureExtractionOptions();
        _options.Validate(encoder.Pipeline, RegionSize, (long)parts[0].Count * encoder.Regions);
        _fingerprint = SHA256.HashData([.. Encoding.UTF8.GetBytes(encoder.Pipeline.Fingerprint()), .. photos.Digest]);
        string counts = string.Join(' ', parts.Select(part => part.Count));
        _source = Convert.ToHexStringLower(SHA256.HashData(
            [.. _fingerprint, .. Encoding.UTF8.GetBytes($"{counts}; {_options.Description}")]));
    }

    /// <summary>The number of the backbone's features per region.</summary>
    private int RegionSize => _encoder.FeatureSize / _encoder.Regions;

    /// <summary>Runs, unless the files are up to date.</summary>
    /// <param name="writeAll">Writes all parts, given the function that writes a part to a path.</param>
    public FeatureExtractionSummary Run(Action<Action<FeaturePart, string>> writeAll)
    {
        if (IsUpToDate())
        {
            PhotoPipeline found = FeatureFile.ReadPipeline(_parts[0].Path) ?? _encoder.Pipeline;
            return Summary(found, computed: 0, isUpToDate: true);
        }

        using FeatureJournal journal = FeatureJournal.Open(
            _parts[0].Path + FeatureJournal.Extension, _fingerprint, _photos.Names.Length, _encoder.FeatureSize);
        int kept = journal.Count;
        Encode(journal);
        int computed = journal.Count - kept;
        EnsureNotEmpty(journal);
        PhotoPipeline pipeline = _encoder.Pipeline with { Transform = Fit(journal) };
        var content = new FeatureFileContent(pipeline, _encoder.Regions, RegionSize, _source, _options.HalfPrecision);
        writeAll((part, path) =>
            FeatureFile.Write(path, part.Rows(journal.Has), _photos.Names, journal, content, _cancellation));
        journal.Delete();
        return Summary(pipeline, computed, isUpToDate: false);
    }

    /// <summary>
    /// Whether the files are up to date. Unreadable photos are tried again: they may have become readable.
    /// </summary>
    private bool IsUpToDate()
    {
        string?[] sources = [.. _parts.Select(part => FeatureFile.ReadSource(part.Path))];
        if (sources.Any(source => source != _source))
        {
            return false;
        }

        foreach (int photo in _parts.SelectMany(part => part.Missing(_photos.Names)))
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
        int done = kept;
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

                _progress?.Invoke(new(done, _photos.Names.Length, _unreadable.Count, kept));
            }
        }

        _progress?.Invoke(new(done, _photos.Names.Length, 0, kept));
        _encoder.EncodeAll(
            left.Length,
            i => _encoder.Reader.Read(_photos.PathOf(left[i])),
            (i, features) =>
            {
                bool isFinite = TensorPrimitives.IsFiniteAll(features);
                if (isFinite)
                {
                    journal.Write(left[i], features);
                }

                Report(left[i], isFinite ? null : "the backbone computes NaN or infinity.");
            },
            (i, error) => Report(left[i], error.Message),
            _options.Encoding,
            _cancellation);
    }

    // The summary names the file; the reason need not.
    private void AddUnreadable(int photo, string reason)
    {
        string prefix = $"{_photos.PathOf(photo)}: ";
        _unreadable[photo] = reason.StartsWith(prefix, StringComparison.Ordinal) ? reason[prefix.Length..] : reason;
    }

    private void EnsureNotEmpty(FeatureJournal journal)
    {
        foreach (FeaturePart part in _parts)
        {
            if (!Enumerable.Range(part.First, part.Count).Any(journal.Has))
            {
                if (journal.Count == 0)
                {
                    journal.Delete();
                }

                throw new DataException(
                    $"{_photos.Folder}: none of the {part.Count} photos for {Path.GetFileName(part.Path)} can be read; "
                    + $"{_photos.Names[part.First]}: {_unreadable[part.First]}");
            }
        }
    }

    private FeatureTransform? Fit(FeatureJournal journal)
    {
        if (_options is { Components: null, Standardize: false })
        {
            return _options.Transform;
        }

        var fit = new FeatureTransformFit(_options.Components, _options.Standardize);
        FeaturePart part = _parts[0];
        int[] photos = [.. Enumerable.Range(part.First, part.Count).Where(journal.Has)];
        var block = new Matrix<float>(0, 0);
        foreach (int[] some in photos.Chunk(Math.Max(1, BlockBytes / (_encoder.FeatureSize * sizeof(float)))))
        {
            _cancellation.ThrowIfCancellationRequested();
            block.Reshape(some.Length * _encoder.Regions, RegionSize);
            journal.Read(some, block.Span);
            fit.Add(block);
        }

        return fit.Fit();
    }

    private FeatureExtractionSummary Summary(PhotoPipeline pipeline, int computed, bool isUpToDate) => new(
        Files: [.. _parts.Select(part => part.Path)],
        Photos: _photos.Names.Length - _unreadable.Count,
        Unreadable: [.. _unreadable.Select(entry => new UnreadablePhoto(_photos.Names[entry.Key], entry.Value))],
        Features: pipeline.Transform?.OutputSize ?? RegionSize,
        _encoder.Regions,
        computed,
        isUpToDate,
        pipeline);
}

/// <summary>The photos of one feature file.</summary>
/// <param name="Path">The file.</param>
/// <param name="First">The index of the first photo among all photos.</param>
/// <param name="Count">The number of photos.</param>
/// <param name="KeepsUnreadable">Whether unreadable photos have a row of zeros.</param>
internal sealed record FeaturePart(string Path, int First, int Count, bool KeepsUnreadable)
{
    /// <summary>The photos that have a row.</summary>
    public int[] Rows(Func<int, bool> isRead) =>
        [.. Enumerable.Range(First, Count).Where(photo => KeepsUnreadable || isRead(photo))];

    /// <summary>The photos without features in the existing file.</summary>
    /// <param name="names">The names of all photos.</param>
    public IEnumerable<int> Missing(string[] names)
    {
        if (KeepsUnreadable)
        {
            return FeatureFile.ReadMissing(Path).Select(row => First + row);
        }

        HashSet<string> read = [.. FeatureFile.ReadNames(Path)];
        return Enumerable.Range(First, Count).Where(photo => !read.Contains(names[photo]));
    }
}
