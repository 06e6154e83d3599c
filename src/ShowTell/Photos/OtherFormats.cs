using System.Buffers.Binary;

namespace ShowTell.Photos;

/// <summary>Says what a file is that is no photo of a supported format, and what to do about it.</summary>
internal static class OtherFormats
{
    /// <summary>What to do with a photo that cannot be decoded.</summary>
    public const string Convert = "Convert it to JPEG, for instance with ImageMagick: magick FILE photo.jpg";

    private const string Export = "Export it as JPEG, with the camera maker's program or: darktable-cli FILE photo.jpg";
    private const string Unpack = "Unpack it, and name the photos in it";
    private const string TakeFrame = "Take a frame out of it: ffmpeg -i FILE -frames:v 1 photo.jpg";
    private const string Download = "If its download has failed, download the photo again";

    // The first bytes, where they are, what the file is, and what to do.
    private static readonly (byte[] Bytes, int Offset, string Kind, string Advice)[] s_signatures =
    [
        ([.. "\0\0\0\fJXL \r\n"u8, 0x87], 0, "a JPEG XL photo", Convert),
        ([0xFF, 0x0A], 0, "a JPEG XL photo", Convert),
        ([.. "\0\0\0\fjP  \r\n"u8, 0x87], 0, "a JPEG 2000 photo", Convert),
        ([0xFF, 0x4F, 0xFF, 0x51], 0, "a JPEG 2000 photo", Convert),
        ([.. "II"u8, 0xBC, 0x01], 0, "a JPEG XR photo", Convert),
        ([.. "II*\0"u8, 0x10, 0, 0, 0, .. "CR"u8], 0, "a camera's raw file (CR2)", Export),
        ([.. "II"u8, 0x1A, 0, 0, 0, .. "HEAPCCDR"u8], 0, "a camera's raw file (CRW)", Export),
        ([.. "IIRO"u8], 0, "a camera's raw file (ORF)", Export),
        ([.. "IIRS"u8], 0, "a camera's raw file (ORF)", Export),
        ([.. "MMOR"u8], 0, "a camera's raw file (ORF)", Export),
        ([.. "IIU\0"u8], 0, "a camera's raw file (RW2)", Export),
        ([.. "FUJIFILMCCD-RAW"u8], 0, "a camera's raw file (RAF)", Export),
        ([.. "FOVb"u8], 0, "a camera's raw file (X3F)", Export),
        ([.. "\0MRM"u8], 0, "a camera's raw file (MRW)", Export),
        ([.. "II+\0"u8], 0, "a TIFF file", Convert),
        ([.. "MM\0+"u8], 0, "a TIFF file", Convert),
        ([.. "8BPS"u8], 0, "a Photoshop file (PSD)", Convert),
        ([.. "gimp xcf"u8], 0, "a GIMP file (XCF)", Convert),
        ([.. "icns"u8], 0, "an icon (ICNS)", Convert),
        ([.. "qoif"u8], 0, "a QOI picture", Convert),
        ([.. "DDS "u8], 0, "a texture (DDS)", Convert),
        ([0x76, 0x2F, 0x31, 0x01], 0, "an OpenEXR picture", Convert),
        ([.. "#?RADIANCE"u8], 0, "a Radiance HDR picture", Convert),
        ([.. "DICM"u8], 128, "a DICOM file", Convert),
        ([.. "SIMPLE  ="u8], 0, "a FITS file", Convert),
        ([0x8A, .. "MNG"u8], 0, "an MNG animation", Convert),
        ([0x8B, .. "JNG"u8], 0, "a JNG picture", Convert),
        ([.. "%PDF"u8], 0, "a PDF document", "Draw its pages: pdftoppm -jpeg FILE page"),
        ([.. "%!PS"u8], 0, "a PostScript document", Convert),
        ([0x1A, 0x45, 0xDF, 0xA3], 0, "a video (Matroska or WebM)", TakeFrame),
        ([.. "AVI "u8], 8, "a video (AVI)", TakeFrame),
        ([0, 0, 1, 0xBA], 0, "a video (MPEG)", TakeFrame),
        ([0, 0, 1, 0xB3], 0, "a video (MPEG)", TakeFrame),
        ([.. "FLV\u0001"u8], 0, "a video (FLV)", TakeFrame),
        ([.. "OggS"u8], 0, "a video or sound (Ogg)", TakeFrame),
        ([0x30, 0x26, 0xB2, 0x75], 0, "a video (WMV)", TakeFrame),
        ([.. "PK\u0003\u0004"u8], 0, "a ZIP archive", Unpack),
        ([0x1F, 0x8B], 0, "a gzip archive", Unpack),
        ([.. "BZh"u8], 0, "a bzip2 archive", Unpack),
        ([0xFD, .. "7zXZ\0"u8], 0, "an xz archive", Unpack),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, "a Zstandard archive", Unpack),
        ([.. "7z"u8, 0xBC, 0xAF, 0x27], 0, "a 7-Zip archive", Unpack),
        ([.. "Rar!"u8], 0, "a RAR archive", Unpack),
        ([.. "ustar"u8], 257, "a tar archive", Unpack),
        ([.. "version https://git-lfs"u8], 0, "a Git LFS pointer in place of the photo", "Run: git lfs pull"),
    ];

    /// <summary>What a file is and what to do, to follow its name and a colon, without a period.</summary>
    /// <param name="head">The first bytes of the file.</param>
    public static string Describe(ReadOnlySpan<byte> head)
    {
        if (head.IndexOfAnyExcept((byte)0) < 0)
        {
            return head.IsEmpty ? "is empty. Copy or download it again"
                : "contains nothing but zeros. Copy or download it again";
        }

        foreach ((byte[] bytes, int offset, string kind, string advice) in s_signatures)
        {
            if (head.Length >= offset && head[offset..].StartsWith(bytes))
            {
                return Message(kind, advice);
            }
        }

        return (Icon(head) ?? Media(head) ?? Tiff(head) ?? Text(head)) is (string found, string todo)
            ? Message(found, todo)
            : $"begins with the bytes {System.Convert.ToHexString(head[..Math.Min(8, head.Length)])}, but a photo must "
                + "be a JPEG, PNG, WebP, GIF or BMP file. Save it as one of them";
    }

    private static string Message(string kind, string advice) =>
        $"is {kind}, not a JPEG, PNG, WebP, GIF or BMP photo. {advice}";

    /// <summary>Icons and cursors: a list of pictures. A TGA file may begin with the same four bytes.</summary>
    private static (string Kind, string Advice)? Icon(ReadOnlySpan<byte> head)
    {
        const int HeaderBytes = 6, EntryBytes = 16;
        if (head is not [0, 0, 1 or 2, 0, _, _, _, _, _, 0, ..] || head.Length < HeaderBytes + EntryBytes)
        {
            return null;
        }

        // The first picture follows the list, and is not empty.
        int count = BinaryPrimitives.ReadUInt16LittleEndian(head[4..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(head[14..]);
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(head[18..]);
        return count == 0 || length == 0 || offset < HeaderBytes + (EntryBytes * count) ? null
            : head[2] == 1 ? ("an icon (ICO)", Convert)
            : ("a cursor (CUR)", Convert);
    }

    /// <summary>ISO base media files (ISO/IEC 14496-12), which begin with the brands they conform to.</summary>
    private static (string Kind, string Advice)? Media(ReadOnlySpan<byte> head)
    {
        if (head.Length < 12)
        {
            return null;
        }

        // QuickTime's older files have no brands.
        string box = Encoding.Latin1.GetString(head[4..8]);
        if (box is "moov" or "mdat" or "wide" or "pnot")
        {
            return ("a video (MOV)", TakeFrame);
        }

        if (box != "ftyp")
        {
            return null;
        }

        int length = (int)Math.Min(Math.Max(head[3], (byte)12), head.Length);
        string brands = Encoding.Latin1.GetString(head[8..length]);
        return brands.StartsWith("crx", StringComparison.Ordinal) ? ("a camera's raw file (CR3)", Export)
            : Contains("avif") || Contains("avis") ? ("an AVIF photo", Convert)
            : Contains("hei") || Contains("hev") ? ("a HEIC photo", Convert)
            : Contains("mif1") || Contains("msf1") ? ("a HEIF photo", Convert)
            : Contains("qt  ") ? ("a video (MOV)", TakeFrame)
            : ("a video (MP4)", TakeFrame);

        bool Contains(string brand) => brands.Contains(brand, StringComparison.Ordinal);
    }

    private static (string Kind, string Advice)? Tiff(ReadOnlySpan<byte> head)
    {
        const int Maker = 0x010F, SubFiles = 0x014A, DngVersion = 0xC612;
        return !head.StartsWith("II*\0"u8) && !head.StartsWith("MM\0*"u8) ? null
            : ExifOrientation.TryFindTag(head, DngVersion, out _) ? ("a camera's raw file (DNG)", Export)
            : ExifOrientation.TryFindTag(head, Maker, out _) && ExifOrientation.TryFindTag(head, SubFiles, out _)
                ? ("a camera's raw file (such as NEF or ARW)", Export)
            : ("a TIFF file", Convert);
    }

    private static (string Kind, string Advice)? Text(ReadOnlySpan<byte> head)
    {
        head = head[..Math.Min(head.Length, 1_024)];
        if (head is [(byte)'P', >= (byte)'1' and <= (byte)'7', (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t', ..])
        {
            return ("a Netpbm picture", Convert);
        }

        string text = Encoding.UTF8.GetString(head).TrimStart('\uFEFF').Trim().TrimEnd('\uFFFD');
        return text.Contains("<svg", StringComparison.OrdinalIgnoreCase)
                ? ("an SVG drawing", "Draw it: rsvg-convert FILE -o photo.png")
            : text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase)
                || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase) ? ("a web page", Download)
            : text.Length > 0 && text.All(letter => letter >= ' ' ? letter != '\uFFFD' : char.IsWhiteSpace(letter))
                ? ("a text file", Download)
            : null;
    }
}
