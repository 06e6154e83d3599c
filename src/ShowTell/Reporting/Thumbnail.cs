using ShowTell.Backbones;
using ShowTell.Photos;

namespace ShowTell.Reporting;

/// <summary>Shrinks photos for pages.</summary>
internal static class Thumbnail
{
    private const int LongerSide = 560;
    private const int Quality = 82;

    /// <summary>Files up to this size are not shrunk.</summary>
    private const int SmallBytes = 64 << 10;

    private static readonly PhotoReader s_reader = new() { MinSize = new(LongerSide, LongerSide) };

    /// <summary>A smaller version of a photo; the photo itself if that is not smaller.</summary>
    public static Picture Of(Picture picture)
    {
        if (picture.Bytes.Length <= SmallBytes
            || Read(picture, s_reader) is not Photo photo)
        {
            return picture;
        }

        double scale = Math.Min(1, (double)LongerSide / Math.Max(photo.Width, photo.Height));
        int Side(int side) => Math.Max(1, (int)Math.Round(side * scale));
        Picture small = PictureWriter.Jpeg(PhotoResize.Resize(photo, Side(photo.Width), Side(photo.Height)), Quality);
        return small.Bytes.Length < picture.Bytes.Length ? small : picture;
    }

    /// <summary>A backbone's input for a photo; null if the photo cannot be decoded.</summary>
    public static Picture? BackboneInput(Picture picture, BackbonePreprocessing preprocessing)
    {
        var reader = new PhotoReader { MinSize = preprocessing.MinPhotoSize, Resize = preprocessing.Resize };
        return Read(picture, reader) is Photo photo ? PictureWriter.Jpeg(photo, Quality) : null;
    }

    /// <summary>A picture's pixels; null for drawings, and for photos that cannot be decoded.</summary>
    public static Photo? Read(Picture picture, PhotoReader reader)
    {
        try
        {
            return picture.MediaType is "image/jpeg" or "image/png"
                ? reader.Read(picture.Bytes.Span, "the photo")
                : null;
        }
        catch (PhotoException)
        {
            return null;
        }
    }
}
