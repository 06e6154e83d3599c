using System.Text;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

/// <summary>What is no photo of a supported format is named, with what to do.</summary>
public sealed class OtherFormatsTests
{
    [Theory]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0mif1heic", "is a HEIC photo, not a JPEG", "magick")]
    [InlineData("\0\0\0\u001cftypmif1\0\0\0\0mif1heicmiaf", "is a HEIC photo", "magick")]
    [InlineData("\0\0\0\u0018ftypmif1\0\0\0\0mif1miaf", "is a HEIF photo", "magick")]
    [InlineData("\0\0\0\u001cftypavif\0\0\0\0avifmif1miaf", "is an AVIF photo", "magick")]
    [InlineData("\0\0\0\u0018ftypcrx \0\0\0\u0001crx isom", "is a camera's raw file (CR3)", "darktable-cli")]
    [InlineData("\0\0\0\u0018ftypmp42\0\0\0\0isommp42", "is a video (MP4)", "ffmpeg")]
    [InlineData("\0\0\0\u0014ftypqt  \0\0\0\0qt  ", "is a video (MOV)", "ffmpeg")]
    [InlineData("\0\0\0\bwide\0\0\0\0mdat", "is a video (MOV)", "ffmpeg")]
    [InlineData("\u001aE\u00df\u00a3more", "is a video (Matroska or WebM)", "ffmpeg")]
    [InlineData("RIFF\0\0\0\0AVI LIST", "is a video (AVI)", "ffmpeg")]
    [InlineData("II*\0\u0010\0\0\0CR\u0002\0", "is a camera's raw file (CR2)", "darktable-cli")]
    [InlineData("FUJIFILMCCD-RAW 0201", "is a camera's raw file (RAF)", "darktable-cli")]
    [InlineData("MM\0*\0\0\0\b\0\u0001\u0001\0\0\u0003\0\0\0\u0001\0\u0001\0\0", "is a TIFF file", "magick")]
    [InlineData(
        "MM\0*\0\0\0\b\0\u0001\u00c6\u0012\0\u0001\0\0\0\u0004\u0001\u0004\0\0", "is a camera's raw file (DNG)",
        "darktable-cli")]
    [InlineData("\0\0\0\fJXL \r\n\u0087\n", "is a JPEG XL photo", "magick")]
    [InlineData("\u00ff\n\0\0", "is a JPEG XL photo", "magick")]
    [InlineData("\0\0\0\fjP  \r\n\u0087\n", "is a JPEG 2000 photo", "magick")]
    [InlineData("8BPS\0\u0001", "is a Photoshop file (PSD)", "magick")]
    [InlineData(
        "\0\0\u0001\0\u0001\0\u0010\u0010\0\0\u0001\0 \0h\u0004\0\0\u0016\0\0\0(", "is an icon (ICO)", "magick")]
    [InlineData(
        "\0\0\u0002\0\u0001\0  \0\0\u0004\0\u0004\0\u00a8\b\0\0\u0016\0\0\0(", "is a cursor (CUR)", "magick")]
    [InlineData(
        "\0\0\u0002\0\0\0\0\0\0\0\0\0\u0010\0\u0010\0\u0018\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007",
        "begins with the bytes 0000020000000000", "Save it")]
    [InlineData("\0\0\u0001\0\u0001\0\u0010\u0010\0\0\u0001\0 \0", "begins with the bytes 0000010001001010", "Save it")]
    [InlineData(
        "\0\0\u0001\0\u0001\0\u0010\u0010\0\0\u0001\0 \0\0\0\0\0\u0016\0\0\0(",
        "begins with the bytes 0000010001001010", "Save it")]
    [InlineData(
        "\0\0\u0001\0\u0001\0\u0010\u0010\0\0\u0001\0 \0\u0001\0\0\0\u0015\0\0\0(",
        "begins with the bytes 0000010001001010", "Save it")]
    [InlineData("\0\0\0\bmoov\0\0\0\0", "is a video (MOV)", "ffmpeg")]
    [InlineData("\0\0\0\bmdat\0\0\0\0", "is a video (MOV)", "ffmpeg")]
    [InlineData("\0\0\0\bpnot\0\0\0\0", "is a video (MOV)", "ffmpeg")]
    [InlineData("\0\0\0\u0018ftypavis\0\0\0\0avismsf1", "is an AVIF photo", "magick")]
    [InlineData("\0\0\0\u0018ftyphevc\0\0\0\0hevcmsf1", "is a HEIC photo", "magick")]
    [InlineData("\0\0\0\u0014ftypmsf1\0\0\0\0msf1", "is a HEIF photo", "magick")]
    [InlineData("II+\0\b\0\0\0", "is a TIFF file", "magick")]
    [InlineData(
        "II*\0\b\0\0\0\u0001\0\u000f\u0001\u0002\0\u0001\0\0\0\0\0\0\0", "is a TIFF file", "magick")]
    [InlineData(
        "II*\0\b\0\0\0\u0002\0\u000f\u0001\u0002\0\u0001\0\0\0\0\0\0\0J\u0001\u0004\0\u0001\0\0\0\0\0\0\0",
        "is a camera's raw file (such as NEF or ARW)", "darktable-cli")]
    [InlineData("P7\tWIDTH", "is a Netpbm picture", "magick")]
    [InlineData("P1\r1 1", "is a Netpbm picture", "magick")]
    [InlineData("P2 1 1", "is a Netpbm picture", "magick")]
    [InlineData("P8 1 1", "is a text file", "download the photo again")]
    [InlineData("<html><body>", "is a web page", "download the photo again")]
    [InlineData("not\ta photo\u0001", "begins with the bytes 6E6F740961207068", "Save it as one of them")]
    [InlineData("not a photo \u00ff here", "begins with the bytes 6E6F742061207068", "Save it as one of them")]
    [InlineData("%PDF-1.7", "is a PDF document", "pdftoppm")]
    [InlineData("P6\n4 4\n255\n", "is a Netpbm picture", "magick")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", "is an SVG drawing", "rsvg-convert")]
    [InlineData("\u00ef\u00bb\u00bf<?xml version='1.0'?>\n<!-- x --><svg/>", "is an SVG drawing", "rsvg-convert")]
    [InlineData("\n<!DOCTYPE HTML><html>", "is a web page", "download the photo again")]
    [InlineData("{\"error\": \"not found\"}", "is a text file", "download the photo again")]
    [InlineData("version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer", "git lfs pull")]
    [InlineData("PK\u0003\u0004more", "is a ZIP archive", "Unpack it")]
    [InlineData("\u001f\u008b\b\0", "is a gzip archive", "Unpack it")]
    [InlineData("", "is empty", "Copy or download it again")]
    [InlineData("\0\0\0\0\0\0", "contains nothing but zeros", "Copy or download it again")]
    [InlineData("\u0001\u0002\u0003", "begins with the bytes 010203", "Save it as one of them")]
    [InlineData("BM\u0001\u0002", "begins with the bytes 424D0102", "Save it as one of them")]
    public void Formats_are_told_by_their_content(string beginning, string what, string advice)
    {
        byte[] file = Encoding.Latin1.GetBytes(beginning);
        string message = Assert.Throws<PhotoException>(() => new PhotoReader().Read(file, "a.jpg")).Message;
        Assert.StartsWith($"a.jpg: {what}", message, StringComparison.Ordinal);
        Assert.Contains(advice, message, StringComparison.Ordinal);
        Assert.EndsWith(".", message, StringComparison.Ordinal);
    }

    /// <summary>Neither the screen nor the frame has pixels.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 2)]
    [InlineData(3, 0)]
    public void A_GIF_without_pixels_is_refused(byte width, byte height)
    {
        byte[] file =
        [
            .. "GIF89a"u8, width, 0, height, 0, 0, 0, 0, (byte)',', 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, (byte)';',
        ];
        string message = Assert.Throws<PhotoException>(() => new PhotoReader().Read(file, "a.gif")).Message;
        Assert.StartsWith("a.gif: ", message, StringComparison.Ordinal);
        Assert.Contains($"claims {width} x {height} pixels", message, StringComparison.Ordinal);
    }
}
