using System.Numerics.Tensors;
using System.Security.Cryptography;
using ShowTell.Backbones;

namespace ShowTell.Datasets.Features;

/// <summary>One run of a <see cref="FeatureExtraction"/>: encode what is not in the journal, fit, write.</summary>
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

    /// <summary>Of files and their photos; what is fitted is fitted to the photos of the first.</summary>
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
            throw new ArgumentException("The transform belongs into the options.", nameof(encoder));
        }

        (_encoder, _photos, _parts, _progress, _cancellation) = (encoder, photos, parts, progress, cancellation);
        _options = options ?? new FeatureExtractionOptions();
        _options.Require(encoder.Pipeline, PlaceSize, (long)parts[0].Count * encoder.Regions);
        _fingerprint = SHA256.HashData(
            [.. Encoding.UTF8.GetBytes(encoder.Pipeline.Fingerprint()), .. photos.Digest]);
        string counts = string.Join(' ', parts.Select(part => part.Count));
        _source = Convert.ToHexStringLower(SHA256.HashData(
            [.. _fingerprint, .. Encoding.UTF8.GetBytes($"{counts}; {_options.Description}")]));
    }

    /// <summary>Features that the network gives of a place.</summary>
    private int PlaceSize => _encoder.FeatureSize / _encoder.Regions;

    /// <summary>Does it all, or nothing where the files stand.</summary>
    /// <param name="writeAll">Given what writes a part to a path, writes all parts.</param>
    public FeatureExtractionSummary Run(Action<Action<FeaturePart, string>> writeAll)
    {
        if (IsCurrent())
        {
            PhotoPipeline found = FeatureFile.ReadRecipe(_parts[0].Path) ?? _encoder.Pipeline;
            return Summary(found, computed: 0, isUnchanged: true);
        }

        using FeatureJournal journal = FeatureJournal.Open(
            _parts[0].Path + FeatureJournal.Extension, _fingerprint, _photos.Names.Length, _encoder.FeatureSize);
        int kept = journal.Count;
        Encode(journal);
        int computed = journal.Count - kept;
        RequireSome(journal);
        PhotoPipeline recipe = _encoder.Pipeline with { Transform = Fit(journal) };
        var content = new FeatureFileContent(recipe, _encoder.Regions, PlaceSize, _source, _options.HalfPrecision);
        writeAll((part, path) =>
            FeatureFile.Write(path, part.Rows(journal.Has), _photos.Names, journal, content, _cancellation));
        journal.Delete();
        return Summary(recipe, computed, isUnchanged: false);
    }

    /// <summary>
    /// Whether the files stand. Photos that could not be read then are tried: what kept them away may have gone.
    /// </summary>
    private bool IsCurrent()
    {
        string?[] sources = [.. _parts.Select(part => FeatureFile.ReadSource(part.Path))];
        if (sources.Any(source => source != _source))
        {
            return false;
        }

        foreach (int photo in _parts.SelectMany(part => part.Unread(_photos.Names)))
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

                Report(left[i], isFinite ? null : "the network gives NaN or infinity for it.");
            },
            (i, error) => Report(left[i], error.Message),
            _options.Encoding,
            _cancellation);
    }

    // Messages name the file, and so does what holds the reason.
    private void AddUnreadable(int photo, string reason)
    {
        string prefix = $"{_photos.PathOf(photo)}: ";
        _unreadable[photo] = reason.StartsWith(prefix, StringComparison.Ordinal) ? reason[prefix.Length..] : reason;
    }

    private void RequireSome(FeatureJournal journal)
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
            block.Reshape(some.Length * _encoder.Regions, PlaceSize);
            journal.Read(some, block.Span);
            fit.Add(block);
        }

        return fit.Fit();
    }

    private FeatureExtractionSummary Summary(PhotoPipeline recipe, int computed, bool isUnchanged) => new(
        Files: [.. _parts.Select(part => part.Path)],
        Photos: _photos.Names.Length - _unreadable.Count,
        Unreadable: [.. _unreadable.Select(entry => new UnreadablePhoto(_photos.Names[entry.Key], entry.Value))],
        Features: recipe.Transform?.OutputSize ?? PlaceSize,
        _encoder.Regions,
        computed,
        isUnchanged,
        recipe);
}

/// <summary>Photos whose features go into one file.</summary>
/// <param name="Path">The file.</param>
/// <param name="First">The first of them among all photos.</param>
/// <param name="Count">How many there are.</param>
/// <param name="KeepsUnreadable">Whether photos that cannot be read have a row, of zeros.</param>
internal sealed record FeaturePart(string Path, int First, int Count, bool KeepsUnreadable)
{
    /// <summary>Photos that have a row.</summary>
    public int[] Rows(Func<int, bool> isRead) =>
        [.. Enumerable.Range(First, Count).Where(photo => KeepsUnreadable || isRead(photo))];

    /// <summary>Photos without features in the file that stands.</summary>
    /// <param name="names">Names of all photos.</param>
    public IEnumerable<int> Unread(string[] names)
    {
        if (KeepsUnreadable)
        {
            return FeatureFile.ReadMissing(Path).Select(row => First + row);
        }

        HashSet<string> read = [.. FeatureFile.ReadNames(Path)];
        return Enumerable.Range(First, Count).Where(photo => !read.Contains(names[photo]));
    }
}
