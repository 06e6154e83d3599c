using System.Diagnostics.CodeAnalysis;
using ShowTell.Photos;
using static ShowTell.Reporting.Markup;

namespace ShowTell.Reporting;

/// <summary>A picture in a format that browsers show: a photo, or an SVG drawing.</summary>
public sealed class Picture
{
    /// <summary>The maximum size of a photo's file in bytes.</summary>
    public const int MaxBytes = 16 << 20;

    /// <summary>The maximum side of a picture that is encoded again.</summary>
    private const int MaxSide = 1_600;

    private readonly byte[] _bytes;

    private Picture(string mediaType, byte[] bytes, string? missing = null)
    {
        MediaType = mediaType;
        _bytes = bytes;
        Missing = missing;
    }

    /// <summary>The media type, such as <c>image/jpeg</c>.</summary>
    public string MediaType { get; }

    /// <summary>The file's bytes.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Why this is a placeholder; null for a real picture.</summary>
    public string? Missing { get; }

    /// <summary>Creates a drawing.</summary>
    public static Picture FromSvg(string svg) => new("image/svg+xml", Encoding.UTF8.GetBytes(svg));

    /// <summary>
    /// Creates a photo. Its type is recognized by the first bytes alone. Browsers rotate not all photos upright that
    /// need it, so that such a photo is decoded and encoded again.
    /// </summary>
    /// <param name="bytes">A JPEG, PNG, WebP, GIF or BMP file. The picture keeps the array.</param>
    /// <param name="picture">The picture; null if the bytes are of no such file.</param>
    /// <returns>Whether the bytes begin like such a file.</returns>
    public static bool TryFromPhoto(byte[] bytes, [NotNullWhen(true)] out Picture? picture)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        PhotoFormat? format = PhotoFormat.Find(bytes);
        picture = format is null ? null : new Picture(format.MediaType, bytes);
        if (format?.ReadHeader(bytes, out _) is { Orientation: > ExifOrientation.Upright })
        {
            try
            {
                var reader = new PhotoReader { MinSize = new(MaxSide, MaxSide) };
                picture = FromPhoto(reader.Read(bytes, "photo"));
            }
            catch (PhotoException)
            {
                // A browser may show what there is of it.
            }
        }

        return picture is not null;
    }

    /// <summary>Creates a picture of pixels, with sides of at most 1,600.</summary>
    public static Picture FromPhoto(Photo photo)
    {
        ArgumentNullException.ThrowIfNull(photo);
        double scale = Math.Min(1, (double)MaxSide / Math.Max(photo.Width, photo.Height));
        int width = Math.Max(1, (int)(photo.Width * scale)), height = Math.Max(1, (int)(photo.Height * scale));
        return PictureWriter.Jpeg(PhotoResize.Resize(photo, width, height), 90);
    }

    /// <summary>Creates a placeholder for a missing picture.</summary>
    /// <param name="label">The name of the missing picture.</param>
    /// <param name="reason">Why it is missing, in a few words.</param>
    public static Picture Placeholder(string label, string reason)
    {
        ArgumentNullException.ThrowIfNull(label);
        ArgumentNullException.ThrowIfNull(reason);
        string[] reasons = [.. Wrap(reason, 28, 2).Select((line, i) =>
            $"""<text class="reason" x="120" y="{152 + (17 * i)}">{Encode(line)}</text>""")];
        int top = 156 + (17 * reasons.Length);
        IEnumerable<string> labels = Wrap(label, 29, 2).Select((line, i) =>
            $"""<text x="120" y="{top + (16 * i)}">{Encode(line)}</text>""");
        string frame = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 240" width="240" height="240">
            <style>
            .ground{fill:#eef0f3}
            .frame{fill:none;stroke:#9aa3b0;stroke-width:4;stroke-linejoin:round;stroke-linecap:round}
            text{font:12px system-ui,sans-serif;text-anchor:middle;fill:#5a6270}.reason{font-weight:600;font-size:13px}
            @media (prefers-color-scheme:dark){.ground{fill:#232831}.frame{stroke:#6b7482}text{fill:#a3acba}}
            </style>
            <rect class="ground" width="240" height="240"/>
            <path class="frame" d="M84 54h72v56H84zM84 98l20-18 16 14 14-11 22 19M76 122l88-80"/>

            """;
        string svg = frame + string.Concat([.. reasons, .. labels]) + "</svg>";
        return new Picture("image/svg+xml", Encoding.UTF8.GetBytes(svg), reason);
    }

    /// <summary>The picture as a <c>data:</c> URI for an <c>img</c> element.</summary>
    public string ToDataUri() => $"data:{MediaType};base64,{Convert.ToBase64String(_bytes)}";

    /// <summary>Wraps text at spaces and slashes, if possible; text that does not fit ends in an ellipsis.</summary>
    private static IEnumerable<string> Wrap(string text, int width, int lines)
    {
        string rest = text.ReplaceLineEndings(" ").Trim();
        for (int line = 1; line < lines && rest.Length > width; line++)
        {
            int cut = rest.LastIndexOfAny([' ', '/'], width - 1) + 1;
            cut = cut < width / 2 ? width : cut;
            yield return rest[..cut].TrimEnd();
            rest = rest[cut..];
        }

        yield return rest.Length <= width ? rest : rest[..(width - 1)] + "…";
    }
}
