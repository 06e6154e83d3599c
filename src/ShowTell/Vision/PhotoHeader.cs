namespace ShowTell.Vision;

/// <summary>What a photo's file tells before its pixels.</summary>
/// <param name="Format">What kind of file it is.</param>
/// <param name="Size">Width and height as stored.</param>
/// <param name="WorkBytes">Memory in bytes that decoding takes beside the file and the pixels.</param>
internal sealed record PhotoHeader(PhotoFormat Format, PhotoSize Size, long WorkBytes)
{
    /// <summary>EXIF orientation, 1 to 8.</summary>
    public int Orientation { get; init; } = PhotoOrientation.Upright;

    /// <summary>Whether rows are decoded a few at a time, and on request scaled down.</summary>
    public bool IsDecodedByRows => Format == PhotoFormat.Jpeg;

    /// <summary>
    /// The size to decode: the smallest number of eighths whose sides are not below those of
    /// <paramref name="atLeast"/>, rounded up as libjpeg does; the whole size where nothing is given or can be scaled.
    /// </summary>
    public PhotoSize Scaled(PhotoSize? atLeast)
    {
        if (atLeast is not PhotoSize least || !IsDecodedByRows)
        {
            return Size;
        }

        least = PhotoOrientation.IsTurned(Orientation) ? least.Turned : least;
        for (long eighths = 1; eighths < 8; eighths++)
        {
            var size = new PhotoSize((int)(((Size.Width * eighths) + 7) / 8), (int)(((Size.Height * eighths) + 7) / 8));
            if (size.Width >= least.Width && size.Height >= least.Height)
            {
                return size;
            }
        }

        return Size;
    }

    /// <summary>Memory in bytes that the photo takes while it is read, its file included.</summary>
    /// <param name="length">The file's length in bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="decoded">The size that is decoded.</param>
    /// <param name="limits">What it must keep to.</param>
    /// <exception cref="PhotoException">It is beyond the limits.</exception>
    public long Measure(long length, string name, PhotoSize decoded, PhotoLimits limits)
    {
        limits.CheckSize(name, Size);

        // SkiaSharp gives four bytes a pixel, which become three row by row or once all are there.
        int bytesPerPixel = (IsDecodedByRows ? 3 : 4) + (Orientation == PhotoOrientation.Upright ? 0 : 3);
        long bytes = length + WorkBytes + ((long)decoded.Width * decoded.Height * bytesPerPixel);
        limits.CheckMemory(name, Size, bytes);
        return bytes;
    }
}
