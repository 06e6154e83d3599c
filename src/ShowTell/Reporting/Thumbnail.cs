using ShowTell.Backbones;
using ShowTell.Photos;

namespace ShowTell.Reporting;

/// <summary>Makes photos as small as a page shows them.</summary>
internal static class Thumbnail
{
    private const int LongerSide = 560;
    private const int Quality = 82;

    /// <summary>Files of that many bytes may stay as they are.</summary>
    private const int SmallBytes = 64 << 10;

    private static readonly PhotoReader s_reader = new() { MinSize = new(LongerSide, LongerSide) };

    /// <summary>A photo in no more bytes than a page needs; the same where it cannot be made smaller.</summary>
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

    /// <summary>What a network sees of a photo; null where that cannot be known.</summary>
    public static Picture? View(Picture picture, BackbonePreprocessing preprocessing)
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
