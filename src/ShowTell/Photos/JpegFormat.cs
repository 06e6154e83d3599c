using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>JPEG files (ITU-T T.81).</summary>
internal sealed class JpegFormat() : PhotoFormat(SKEncodedImageFormat.Jpeg)
{
    public override bool IsDecodedByRows => true;

    /// <summary>Reads all that precedes the first scan.</summary>
    public override PhotoHeader? ReadHeader(ReadOnlySpan<byte> head, out string? problem)
    {
        JpegFrame? frame = null;
        int orientation = 0;
        problem = "no scan with pixels follows its header";
        for (var markers = new JpegMarkers(head); markers.TryRead();)
        {
            if (markers.Marker == JpegMarkers.App1 && orientation == 0)
            {
                orientation = ExifOrientation.Read(markers.Segment);
            }
            else if (frame is null && (markers.IsFrame || markers.IsOtherFrame))
            {
                if (JpegFrame.UnsupportedKind(markers.Marker, markers.Segment) is string kind)
                {
                    problem = null;
                    return new PhotoHeader(this, default, 0) { Unsupported = kind };
                }

                frame = JpegFrame.Parse(markers.Marker, markers.Segment);
            }
            else if (markers.Marker == JpegMarkers.StartOfScan)
            {
                problem = frame is null ? "it has no frame header of a known kind" : null;
                return frame is null ? null : new PhotoHeader(
                    this, frame.Size, CoefficientBytes(frame, markers.Segment),
                    Math.Max(orientation, ExifOrientation.Upright));
            }
        }

        return null;
    }

    /// <summary>Rejects a file that lacks pixels; ends it behind its pixels, with an end marker if it has none.
    /// </summary>
    /// <remarks>SkiaSharp decodes a truncated progressive file without an error, and does not decode the last row of
    /// one that lacks only its end marker.</remarks>
    public override int Normalize(byte[] file, int length, string name, PhotoLimits limits)
    {
        var scans = new JpegScans();
        string? problem = scans.Check(file.AsSpan(0, length));
        if (scans.Count > limits.MaxScans)
        {
            throw new PhotoException(
                $"{name}: has {scans.Count} scans, but JPEG files may have at most {limits.MaxScans}. Save it again.");
        }

        if (problem is not null)
        {
            throw Damaged(name, problem);
        }

        if (!scans.HasEndMarker)
        {
            (file[scans.Length], file[scans.Length + 1]) = (0xFF, JpegMarkers.EndOfImage);
        }

        return scans.HasEndMarker ? scans.Length : scans.Length + 2;
    }

    /// <summary>Rejects a file whose data end before its pixels do, though an end marker follows.</summary>
    /// <remarks>libjpeg fills with middle gray, of inks darker; only then is it worth walking through the
    /// data.</remarks>
    public override void EnsureWhole(ReadOnlySpan<byte> file, Photo photo, string name)
    {
        ReadOnlySpan<byte> last = photo.Pixels[^3..];
        if (last is [128, 128, 128] or [>= 62 and <= 66, >= 62 and <= 66, >= 62 and <= 66]
            && new JpegScans().Check(file, isStrict: true) is string problem)
        {
            throw Damaged(name, problem);
        }
    }

    protected override bool Matches(ReadOnlySpan<byte> head) => head is [0xFF, 0xD8, 0xFF, ..];

    /// <summary>Size of the coefficients of the whole photo, which libjpeg keeps unless one scan has all of
    /// it.</summary>
    private static long CoefficientBytes(JpegFrame frame, ReadOnlySpan<byte> firstScan) =>
        !frame.IsProgressive && firstScan is [byte components, ..] && components == frame.Components.Length
            ? 0
            : frame.Units * frame.BlocksPerUnit * 64 * sizeof(short);
}
