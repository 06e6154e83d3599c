using System.Buffers.Binary;
using SkiaSharp;

namespace ShowTell.Photos;

/// <summary>What a JPEG file tells before its first scan (ITU-T T.81, annex B; EXIF 2.3, 4.6).</summary>
internal static class PhotoJpegHeader
{
    /// <inheritdoc cref="PhotoHeader.Read"/>
    public static PhotoHeader? Read(ReadOnlySpan<byte> head, out string? problem)
    {
        PhotoJpegFrame? frame = null;
        int orientation = 0;
        problem = "no scan with pixels follows its header";
        for (var markers = new PhotoJpegMarkers(head); markers.TryRead();)
        {
            if (markers.Marker == PhotoJpegMarkers.App1 && orientation == 0)
            {
                orientation = ExifOrientation(markers.Segment);
            }
            else if (markers.IsFrame && frame is null)
            {
                frame = PhotoJpegFrame.Parse(markers.Marker, markers.Segment);
            }
            else if (markers.Marker == PhotoJpegMarkers.StartOfScan)
            {
                problem = frame is null ? "it has no frame header of a kind that is known" : null;
                return frame is null ? null : new PhotoHeader(
                    SKEncodedImageFormat.Jpeg, frame.Size, WorkBytes(frame, markers.Segment))
                {
                    Orientation = Math.Max(orientation, PhotoOrientation.Upright),
                };
            }
        }

        return null;
    }

    /// <summary>The coefficients of the whole photo, which libjpeg keeps unless one scan has all of it.</summary>
    private static long WorkBytes(PhotoJpegFrame frame, ReadOnlySpan<byte> firstScan) =>
        !frame.IsProgressive && firstScan is [byte components, ..] && components == frame.Components.Length
            ? 0
            : frame.Units * frame.BlocksOfUnit * 64 * sizeof(short);

    /// <summary>The orientation in an APP1 segment; 0 if it has none.</summary>
    internal static int ExifOrientation(ReadOnlySpan<byte> segment)
    {
        if (!segment.StartsWith("Exif\0\0"u8))
        {
            return 0;
        }

        // Offsets count from here: the header of TIFF 6.0.
        ReadOnlySpan<byte> tiff = segment[6..];
        bool isLittle = tiff.StartsWith("II*\0"u8);
        if (tiff.Length < 8 || (!isLittle && !tiff.StartsWith("MM\0*"u8)))
        {
            return 0;
        }

        uint offset = UInt32(tiff[4..], isLittle);
        if (offset > tiff.Length - 2)
        {
            return 0;
        }

        ReadOnlySpan<byte> directory = tiff[(int)offset..];
        int count = UInt16(directory, isLittle);
        for (directory = directory[2..]; count > 0 && directory.Length >= 12; directory = directory[12..], count--)
        {
            if (UInt16(directory, isLittle) == 0x0112)
            {
                const int Short = 3;
                int value = UInt16(directory[8..], isLittle);
                return UInt16(directory[2..], isLittle) == Short && value is >= 1 and <= 8 ? value : 0;
            }
        }

        return 0;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static uint UInt32(ReadOnlySpan<byte> bytes, bool isLittle) =>
        isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
}
