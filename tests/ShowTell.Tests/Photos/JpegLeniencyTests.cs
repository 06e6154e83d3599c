using ShowTell.Photos;
using ShowTell.Reporting;
using Xunit;

namespace ShowTell.Tests.Photos;

/// <summary>JPEG files as cameras, editors and broken downloads leave them: read if their rows are all there.</summary>
public sealed class JpegLeniencyTests
{
    private static readonly PhotoReader s_reader = new();
    private static readonly byte[] s_file = SamplePhotos.Bytes("baseline.jpg");

    // Behind the first segment.
    private static readonly int s_second = 4 + s_file[5];

    /// <summary>Phones of Samsung write zeros; every viewer shows their photos.</summary>
    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1, 63, 0x11)]
    [InlineData(255, 255, 255)]
    public void Odd_headers_of_a_scan_change_nothing(byte from, byte to, byte bits)
    {
        foreach (string name in new[] { "baseline.jpg", "grey.jpg", "cmyk.jpg" })
        {
            byte[] file = [.. SamplePhotos.Bytes(name)];
            int scan = file.AsSpan().IndexOf<byte>([0xFF, 0xDA]);
            byte[] header = [from, to, bits];
            header.CopyTo(file, scan + 5 + (2 * file[scan + 4]));
            AssertWhole(name, file);
        }
    }

    /// <summary>An unknown revision of JFIF; segments that are short, empty, wrong or unknown; other bytes.</summary>
    [Theory]
    [InlineData("FFE00010 4A46494600 0200 00 0048 0048 0000")]
    [InlineData("FFE000074A464946 00")]
    [InlineData("FFEE000E41646F626500640000000009")]
    [InlineData("FFE10010457869660000 4D4D002AFFFFFFFF")]
    [InlineData("FFE20010 4943435F50524F46494C45000203")]
    [InlineData("FFE2000A4D504600 49492A00")]
    [InlineData("FFE50000")]
    [InlineData("FFFE0001")]
    [InlineData("FF01")]
    [InlineData("FFDC00040019")]
    [InlineData("00006A756E6B00")]
    [InlineData("FF00FFFFFFFFFFFFFF")]
    public void Odd_segments_and_bytes_between_segments_change_nothing(string inserted)
    {
        byte[] bytes = Convert.FromHexString(inserted.Replace(" ", "", StringComparison.Ordinal));
        AssertWhole("baseline.jpg", [.. s_file[..s_second], .. bytes, .. s_file[s_second..]]);
    }

    [Theory]
    [InlineData("7F7F7F7F7F7F7F7F7F7F7F7F")]
    [InlineData("000000000000000000000000")]
    [InlineData("FF4200FFFF17")]
    [InlineData("FFD0FFD5")]
    [InlineData("FFD8FFE00010")]
    public void Junk_behind_the_pixels_changes_nothing(string hex)
    {
        byte[] junk = Convert.FromHexString(hex);
        foreach (string name in new[] { "baseline.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg", "restart.jpg" })
        {
            byte[] file = SamplePhotos.Bytes(name);
            AssertWhole(name, [.. file[..^2], .. junk, 0xFF, 0xD9]);
            AssertWhole(name, [.. file[..^2], .. junk]);
        }
    }

    [Fact]
    public void Restart_markers_are_as_odd_as_libjpeg_takes_them()
    {
        byte[] file = SamplePhotos.Bytes("restart.jpg");
        int marker = file.AsSpan().IndexOf<byte>([0xFF, 0xD2]);
        AssertWhole("restart.jpg", [.. file[..marker], 0xFF, 0xFF, .. file[marker..]]);
        AssertWhole("restart.jpg", [.. file[..marker], 0x11, 0x22, .. file[marker..]]);
        AssertWhole("restart.jpg", [.. file[..(marker + 1)], 0xD5, .. file[(marker + 2)..]]);
        Assert.Contains("out of order", Refusal([.. file[..(marker + 1)], 0xD4, .. file[(marker + 2)..]]));
        int interval = file.AsSpan().IndexOf<byte>([0xFF, 0xDD]);
        Assert.Contains("out of order", Refusal([.. file[..interval], .. file[(interval + 6)..]]));
    }

    /// <summary>An end marker where pixels are missing does not make it whole; libjpeg fills them with gray.</summary>
    [Theory]
    [InlineData("baseline.jpg")]
    [InlineData("grey.jpg")]
    [InlineData("cmyk.jpg")]
    [InlineData("ycck.jpg")]
    [InlineData("full.jpg")]
    public void A_photo_that_is_cut_and_ended_is_refused(string name)
    {
        byte[] file = SamplePhotos.Bytes(name);
        int scan = file.AsSpan().IndexOf<byte>([0xFF, 0xDA]) + 14;
        for (int length = scan + ((file.Length - scan) / 2); length > scan; length -= 7)
        {
            Assert.Contains("it ends before its pixels do", Refusal([.. file[..length], 0xFF, 0xD9]));
        }
    }

    [Fact]
    public void A_photo_of_middle_gray_is_whole()
    {
        byte[] pixels = new byte[40 * 30 * 3];
        pixels.AsSpan().Fill(128);
        byte[] file = PictureWriter.Jpeg(new Photo(40, 30, pixels), 90).Bytes.ToArray();
        Assert.Equal(pixels, s_reader.Read(file, "photo").Pixels.ToArray());
    }

    /// <summary>In either byte order, in 16 and 32 bits.</summary>
    [Theory]
    [InlineData(6, "4D4D002A 00000008 0001 0112 0003 00000001 0006 0000")]
    [InlineData(6, "49492A00 08000000 0100 1201 0300 01000000 0600 0000")]
    [InlineData(8, "4D4D002A 00000008 0001 0112 0004 00000001 00000008")]
    [InlineData(3, "49492A00 08000000 0100 1201 0400 01000000 03000000")]
    [InlineData(1, "4D4D002A 00000008 0001 0112 0004 00000001 00000009")]
    [InlineData(1, "4D4D002A 00000008 0001 0112 0003 00000002 0006 0006")]
    [InlineData(1, "4D4D002A 00000008 0001 0112 0002 00000001 0600 0000")]
    public void Orientations_are_read_in_all_their_types(int expected, string hex)
    {
        byte[] tiff = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        byte[] segment = [0xFF, 0xE1, 0, (byte)(tiff.Length + 8), .. "Exif\0\0"u8, .. tiff];
        byte[] file = [.. s_file[..s_second], .. segment, .. s_file[s_second..]];
        var stored = new Photo(SamplePhotos.Width, SamplePhotos.Height, SamplePhotos.Pixels("baseline.jpg"));
        Assert.Equal(
            ExifOrientation.Apply(stored, expected).Pixels.ToArray(), s_reader.Read(file, "photo").Pixels.ToArray());
    }

    [Fact]
    public void Kinds_that_cannot_be_decoded_are_named()
    {
        int frame = s_file.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        byte[] lossless = [.. s_file], deep = [.. s_file], open = [.. s_file], other = [.. s_file];
        (lossless[frame + 1], deep[frame + 4], open[frame + 5], open[frame + 6]) = (0xC3, 12, 0, 0);
        other[frame + 1] = 0xF7;
        Assert.StartsWith("photo: is a lossless or hierarchical JPEG photo, which cannot be", Refusal(lossless));
        Assert.StartsWith("photo: is a JPEG photo of 12 bits per sample, which", Refusal(deep));
        Assert.StartsWith("photo: is a JPEG photo whose header lacks its height, which", Refusal(open));
        Assert.StartsWith("photo: is a JPEG-LS photo, which", Refusal(other));
        byte[] twice = [.. s_file[..frame], .. s_file[frame..(frame + 19)], .. s_file[frame..]];
        Assert.Contains("it has two frames", Refusal(twice));
    }

    private static void AssertWhole(string name, byte[] file) =>
        Assert.Equal(SamplePhotos.Pixels(name), s_reader.Read(file, name).Pixels.ToArray());

    private static string Refusal(byte[] file) =>
        Assert.Throws<PhotoException>(() => s_reader.Read(file, "photo")).Message;
}
