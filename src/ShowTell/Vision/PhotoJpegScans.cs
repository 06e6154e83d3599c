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
    private int _count;
    private bool _isRefined;
    private bool _hasEnd;

    private PhotoJpegScans()
    {
    }

    /// <summary>Refuses a file that is not whole, and gives one its end marker that lacks no more than that.</summary>
    /// <inheritdoc cref="PhotoFormat.Preparation"/>
    public static int Close(Span<byte> file, int length, string name, PhotoLimits limits)
    {
        var scans = new PhotoJpegScans();
        string? problem = scans.Walk(file[..length]);
        if (scans._count > limits.Scans)
        {
            throw new PhotoException(
                $"{name}: has {scans._count} scans, but JPEG files may have at most {limits.Scans}. Save it again.");
        }

        if (problem is not null || !scans.IsWhole(file[..length]))
        {
            throw PhotoFormat.Jpeg.Damaged(name, problem ?? EndsEarly);
        }

        if (scans._hasEnd)
        {
            return length;
        }

        (file[length], file[length + 1]) = (0xFF, PhotoJpegMarkers.EndOfImage);
        return length + 2;
    }

    private string? Walk(ReadOnlySpan<byte> file)
    {
        bool hasRestarts = false;
        for (var markers = new PhotoJpegMarkers(file); !_hasEnd && !markers.Rest.IsEmpty;)
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
                    _hasEnd = true;
                    break;

                case PhotoJpegMarkers.RestartInterval:
                    hasRestarts = markers.Segment.ContainsAnyExcept((byte)0);
                    break;

                case PhotoJpegMarkers.StartOfScan:
                    if (!TryAddScan(markers.Segment))
                    {
                        return "the header of a scan is wrong";
                    }

                    int blocks = markers.Segment[0] == _frame!.Components.Length && !_frame.IsProgressive
                        ? (int)Math.Min(int.MaxValue, _frame.Units * _frame.BlocksPerUnit)
                        : 0;
                    int before = markers.Rest.Length;
                    if (!markers.TrySkipData(hasRestarts))
                    {
                        return "its restart markers are out of order";
                    }

                    // No block takes less than two bits.
                    if (before - markers.Rest.Length < blocks / 4)
                    {
                        return EndsEarly;
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

        _count++;
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

        // Of a progressive photo, the last scan may be cut short where it does no more than refine: what is missing then
        // is the last bit of some coefficients.
        return _hasEnd || (_frame.IsProgressive ? _isRefined : _count == 1 && PhotoJpegBlocks.AreAllIn(file));
    }
}
