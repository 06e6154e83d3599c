using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using System.Net.Sockets;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

public sealed class PhotoReaderTests
{
    private static readonly PhotoReader s_reader = new();

    public static TheoryData<string> Names { get; } = [.. SamplePhotos.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_kind_is_read_as_by_Pillow(string name) =>
        AssertNear(SamplePhotos.Pixels(name), s_reader.Read(SamplePhotos.Bytes(name), name), 0);

    [Theory]
    [InlineData("baseline.jpg", 2, 17, 13)]
    [InlineData("baseline.jpg", 4, 9, 7)]
    [InlineData("baseline.jpg", 8, 5, 4)]
    [InlineData("progressive.jpg", 2, 17, 13)]
    [InlineData("progressive.jpg", 4, 9, 7)]
    [InlineData("progressive.jpg", 8, 5, 4)]
    public void Scaled_a_photo_is_Pillows_draft(string name, int factor, int width, int height)
    {
        Photo photo = Scaled(width, height).Read(SamplePhotos.Bytes(name), name);
        Assert.Equal((width, height), (photo.Width, photo.Height));
        AssertNear(SamplePhotos.Pixels($"{name}.{factor}"), photo, 0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void Photos_are_upright(int orientation)
    {
        string name = $"orientation{orientation}.jpg";
        (int width, int height) = orientation < 5 ? (33, 25) : (25, 33);
        Photo photo = s_reader.Read(SamplePhotos.Bytes(name), name);
        Assert.Equal((width, height), (photo.Width, photo.Height));
        AssertNear(SamplePhotos.Pixels(name), photo, 0);

        // Scaled, it is as upright: the upper left corner is as dark or bright as in the whole photo.
        Photo half = Scaled(width / 2, height / 2).Read(SamplePhotos.Bytes(name), name);
        Assert.Equal(((width + 1) / 2, (height + 1) / 2), (half.Width, half.Height));
        byte[] whole = SamplePhotos.Pixels(name);
        Assert.InRange(half.Pixels[0], whole[0] - 16, whole[0] + 16);
        Assert.InRange(half.Pixels[1], whole[1] - 16, whole[1] + 16);
    }

    [Theory]
    [InlineData(1, 1, 188, 133)]
    [InlineData(188, 133, 188, 133)]
    [InlineData(189, 133, 375, 265)]
    [InlineData(224, 224, 375, 265)]
    [InlineData(750, 1, 750, 530)]
    [InlineData(1400, 1000, 1500, 1060)]
    [InlineData(5000, 5000, 1500, 1060)]
    public void A_photo_is_scaled_to_the_smallest_size_that_is_not_below(
        int width, int height, int scaledWidth, int scaledHeight)
    {
        Photo photo = Scaled(width, height).Read(SamplePhotos.Bytes("large.jpg"), "large.jpg");
        Assert.Equal((scaledWidth, scaledHeight), (photo.Width, photo.Height));
        AssertNear(SamplePhotos.Pixels("rgb.png"), PhotoResize.Resize(photo, 33, 25), 60);
    }

    [Fact]
    public void Files_are_told_by_their_bytes_not_by_their_names()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("photo.jpg");
        File.WriteAllBytes(path, SamplePhotos.Bytes("rgb.png"));
        AssertNear(SamplePhotos.Pixels("rgb.png"), s_reader.Read(path), 0);
        File.WriteAllBytes(path, SamplePhotos.Bytes("lossless.webp"));
        AssertNear(SamplePhotos.Pixels("lossless.webp"), s_reader.Read(path), 0);
        File.WriteAllText(path, "GIF89a and more");
        Assert.Equal(
            $"{path}: the GIF file is damaged or cut short: no frame follows its header. Download it again.",
            Refusal(() => s_reader.Read(path)));
        File.WriteAllBytes(path, []);
        Assert.StartsWith($"{path}: is empty", Refusal(() => s_reader.Read(path)));
        File.Delete(path);
        Assert.Equal($"{path}: there is no such file.", Refusal(() => s_reader.Read(path)));
        Assert.Equal("\uFFFD.jpg: its name is not valid UTF-8. Rename it.", Refusal(() => s_reader.Read("\uFFFD.jpg")));
        Assert.StartsWith($"{folder.Path}: cannot be read: ", Refusal(() => s_reader.Read(folder.Path)));
    }

    /// <summary>Nobody writes to the pipe: to open it would block forever.</summary>
    [Fact]
    public void What_is_no_file_is_named_at_once()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There are no named pipes among the files of other systems.");
        using TemporaryFolder folder = TestData.Temporary();
        string pipe = folder.File("pipe.jpg"), link = folder.File("link.jpg"), socket = folder.File("socket.jpg");
        using (var make = Process.Start("mkfifo", [pipe]))
        {
            make.WaitForExit();
        }

        File.CreateSymbolicLink(link, pipe);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(socket));
        (string Path, string Kind)[] all =
            [(pipe, "named pipe"), (link, "named pipe"), (socket, "socket"), ("/dev/zero", "device")];
        foreach ((string path, string kind) in all)
        {
            Assert.StartsWith($"{path}: is a {kind}, not a file.", Refusal(() => s_reader.Read(path)));
        }
    }

    /// <summary>Behind more bytes than are read first.</summary>
    [Theory]
    [InlineData(".webp")]
    [InlineData(".png")]
    public void An_orientation_at_the_end_of_a_long_file_is_found(string extension)
    {
        byte[] file = SamplePhotos.Bytes(extension == ".png" ? "orientation8-end.png" : "orientation6.webp");
        int end = extension == ".png" ? 33 : file.AsSpan().IndexOf("EXIF"u8);
        byte[] filler = new byte[(2 << 20) + (extension == ".png" ? 12 : 8)];
        (extension == ".png" ? "teXt"u8 : "JUNK"u8).CopyTo(filler.AsSpan(extension == ".png" ? 4 : 0));
        filler[extension == ".png" ? 1 : 6] = 2 << 4;
        byte[] longer = [.. file[..end], .. filler, .. file[end..]];
        if (extension == ".webp")
        {
            BinaryPrimitives.WriteInt32LittleEndian(longer.AsSpan(4), longer.Length - 8);
        }

        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllBytes(folder.File("photo"), longer);
        Photo photo = s_reader.Read(folder.File("photo"));
        Assert.Equal((25, 33), (photo.Width, photo.Height));
    }

    [Fact]
    public void Streams_of_unknown_length_are_read_up_to_the_limit()
    {
        byte[] file = SamplePhotos.Bytes("large.jpg");
        using var pipe = new DeflateStream(Deflated(file), CompressionMode.Decompress);
        Assert.Equal(1500, s_reader.Read(pipe, "pipe").Width);
        var strict = new PhotoReader(new PhotoLimits { MaxFileBytes = file.Length - 1 });
        using var longer = new DeflateStream(Deflated(file), CompressionMode.Decompress);
        Assert.Contains("is longer than", Refusal(() => strict.Read(longer, "pipe")));
        Assert.Contains("is longer than", Refusal(() => strict.Read(new MemoryStream(file), "memory")));
        Assert.Contains("is longer than", Refusal(() => strict.Read(file, "bytes")));
    }

    [Fact]
    public void Photos_of_Flickr8k_are_read()
    {
        string[] paths = Directory.GetFiles(TestData.Shared("data", "flickr8k", "images"), "*.jpg");
        Assert.NotEmpty(paths);
        foreach (string path in paths.Order(StringComparer.Ordinal).Take(500))
        {
            Photo photo = s_reader.Read(path);
            Assert.Equal((224, 224), (photo.Width, photo.Height));
        }
    }

    private static PhotoReader Scaled(int width, int height) => new() { MinSize = new(width, height) };

    private static string Refusal(Func<Photo> read) => Assert.Throws<PhotoException>(read).Message;

    private static MemoryStream Deflated(byte[] bytes)
    {
        var memory = new MemoryStream();
        using (var deflate = new DeflateStream(memory, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(bytes);
        }

        memory.Position = 0;
        return memory;
    }

    private static void AssertNear(byte[] expected, Photo photo, int tolerance)
    {
        Assert.Equal(expected.Length, photo.Pixels.Length);
        Assert.InRange(PhotoDecoderTests.Distance(expected, photo.Pixels), 0, tolerance);
    }
}
