using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>
/// Whether all that makes a photo is in a JPEG file, by its markers alone: SkiaSharp decodes a progressive file that is
/// cut short without a word, and one that lacks no more than its end marker not to its last row.
/// </summary>
internal sealed class PhotoJpegScans
{
    private const string EndsEarly = "it ends before its pixels do";

    // For each component the coefficients that are known to their last bit.
    private readonly ulong[] _known = new ulong[4];
    private readonly byte[]?[] _tables = new byte[]?[PhotoJpegBlocks.Tables];
    private PhotoJpegFrame? _frame;
    private int _restartInterval;
    private int _count;
    private bool _needsEnd = true;
    private bool _hasEnd;

    /// <summary>Refuses a file that is not whole, and gives one its end marker that lacks no more than that.</summary>
    /// <returns>The new length.</returns>
    /// <exception cref="PhotoException">The file is damaged, or has too many scans.</exception>
    public static int Close(Span<byte> file, int length, string name, PhotoLimits limits)
    {
        var scans = new PhotoJpegScans();
        string? problem = scans.Walk(file[..length]);
        if (scans._count > limits.Scans)
        {
            throw new PhotoException(
                $"{name}: has {scans._count} scans, but JPEG files may have at most {limits.Scans}. Save it again.");
        }

        if (problem is not null || !scans.IsWhole)
        {
            throw PhotoHeader.Damaged(name, SKEncodedImageFormat.Jpeg, problem ?? EndsEarly);
        }

        if (scans._hasEnd)
        {
            return length;
        }

        (file[length], file[length + 1]) = (0xFF, PhotoJpegMarkers.EndOfImage);
        return length + 2;
    }

    private bool IsWhole => _frame is not null && (_hasEnd || !_needsEnd)
        && !_known.AsSpan(0, _frame.Components.Length).ContainsAnyExcept(ulong.MaxValue);

    private string? Walk(ReadOnlySpan<byte> file)
    {
        for (var markers = new PhotoJpegMarkers(file); !_hasEnd && !markers.Rest.IsEmpty;)
        {
            if (!markers.TryRead())
            {
                return "it has a segment that is not known, or not all there";
            }

            switch (markers.Marker)
            {
                case PhotoJpegMarkers.EndOfImage:
                    _hasEnd = true;
                    break;

                case PhotoJpegMarkers.HuffmanTables:
                    PhotoJpegBlocks.ReadTables(markers.Segment, _tables);
                    break;

                case PhotoJpegMarkers.RestartInterval:
                    _restartInterval = markers.Segment is [byte high, byte low] ? (high << 8) | low : 0;
                    break;

                case PhotoJpegMarkers.StartOfScan when TakeScan(ref markers) is string problem:
                    return problem;

                default:
                    if (markers.IsFrame && _frame is not null)
                    {
                        return "it has two frames";
                    }

                    _frame = markers.IsFrame ? PhotoJpegFrame.Parse(markers.Marker, markers.Segment) : _frame;
                    break;
            }
        }

        return null;
    }

    private string? TakeScan(ref PhotoJpegMarkers markers)
    {
        ReadOnlySpan<byte> header = markers.Segment, data = markers.Rest;
        if (!TryAdd(header) || _frame is null)
        {
            return "the header of a scan is wrong";
        }

        if (!markers.TrySkipData(_restartInterval > 0))
        {
            return "its restart markers are out of order";
        }

        // No block takes less than two bits; of a progressive photo, one bit can stand for many.
        data = data[..^markers.Rest.Length];
        bool isBaseline = !_frame.IsProgressive && header[0] == _frame.Components.Length;
        if (isBaseline && 4L * data.Length < _frame.Blocks)
        {
            return EndsEarly;
        }

        // Of a progressive photo, the last scan may be cut short where it does no more than refine: what is missing
        // then is the last bit of some coefficients.
        _needsEnd = _frame.IsProgressive
            ? header[^1] >> 4 == 0
            : !isBaseline || !markers.Rest.IsEmpty
                || !PhotoJpegBlocks.AreAllIn(_frame, header, _tables, _restartInterval, data);
        return null;
    }

    private bool TryAdd(ReadOnlySpan<byte> segment)
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
}
