namespace ShowTell.Vision;

/// <summary>
/// Whether all that makes a photo is in a JPEG file, by its markers alone: SkiaSharp decodes a progressive file that is
/// cut short without a word, and one that lacks no more than its end marker not to its last row.
/// </summary>
internal sealed class PhotoJpegScans
{
    private const string EndsEarly = "it ends before its pixels do";

    private PhotoJpegFrame? _frame;

    // For each component the coefficients that are known to their last bit.
    private readonly ulong[] _known = new ulong[4];
    private bool _isRefined;

    private PhotoJpegScans()
    {
    }

    /// <summary>Number of scans.</summary>
    public int Count { get; private set; }

    /// <summary>Whether the file has its end marker. Without it, a file may be whole all the same.</summary>
    public bool HasEnd { get; private set; }

    /// <summary>What is wrong, fit to follow "the file is damaged: "; null if nothing is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Goes through a file.</summary>
    public static PhotoJpegScans Read(ReadOnlySpan<byte> file)
    {
        var scans = new PhotoJpegScans();
        scans.Problem = scans.Walk(file) ?? (scans.IsWhole(file) ? null : EndsEarly);
        return scans;
    }

    private string? Walk(ReadOnlySpan<byte> file)
    {
        bool hasRestarts = false;
        for (var markers = new PhotoJpegMarkers(file); !HasEnd && !markers.Rest.IsEmpty;)
        {
            if (!markers.TryRead())
            {
                return "it has a segment that is not known, or not all there";
            }

            if (markers.IsFrame)
            {
                if (_frame is not null)
                {
                    return "it has two frames";
                }

                _frame = PhotoJpegFrame.Parse(markers.Marker, markers.Segment);
            }

            switch (markers.Marker)
            {
                case PhotoJpegMarkers.EndOfImage:
                    HasEnd = true;
                    break;

                case PhotoJpegMarkers.RestartInterval:
                    hasRestarts = markers.Segment.ContainsAnyExcept((byte)0);
                    break;

                case PhotoJpegMarkers.StartOfScan:
                    if (!TryAddScan(markers.Segment))
                    {
                        return "the header of a scan is wrong";
                    }

                    if (!markers.TrySkipData(hasRestarts))
                    {
                        return "its restart markers are out of order";
                    }

                    break;
            }
        }

        return null;
    }

    private bool TryAddScan(ReadOnlySpan<byte> segment)
    {
        if (_frame is null || segment.Length < 6 || segment.Length != 4 + (2 * segment[0]))
        {
            return false;
        }

        // Other than progressive ones, scans have all coefficients, and decoders pass over what they say.
        (int from, int to, int bits) = _frame.IsProgressive ? (segment[^3], segment[^2], segment[^1]) : (0, 63, 0);
        if (from > to || to > 63)
        {
            return false;
        }

        Count++;
        _isRefined = bits >> 4 != 0;
        bool isLastBit = (bits & 15) == 0;
        for (int i = 1; i < segment.Length - 3; i += 2)
        {
            int component = _frame.IndexOf(segment[i]);
            if (component < 0)
            {
                return false;
            }

            _known[component] |= isLastBit ? (ulong.MaxValue >> (63 - to)) & (ulong.MaxValue << from) : 0;
        }

        return true;
    }

    private bool IsWhole(ReadOnlySpan<byte> file)
    {
        if (_frame is null || _known.AsSpan(0, _frame.Components.Length).ContainsAnyExcept(ulong.MaxValue))
        {
            return false;
        }

        // Of a progressive photo, the last scan may have been cut where it does no more than refine: what is missing
        // then is the last bit of some coefficients, which are rounded anyway.
        return HasEnd || (_frame.IsProgressive ? _isRefined : Count == 1 && PhotoJpegBlocks.AreAllIn(file));
    }
}
