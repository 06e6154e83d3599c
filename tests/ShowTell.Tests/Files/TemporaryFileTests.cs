using ShowTell.Files;
using Xunit;

namespace ShowTell.Tests.Files;

public sealed class TemporaryFileTests
{
    [Fact]
    public void It_is_deleted_when_disposed()
    {
        string path;
        using (var file = new TemporaryFile(stream => stream.WriteByte(7)))
        {
            path = file.Path;
            Assert.Equal([7], File.ReadAllBytes(path));
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    [Fact]
    public void Nothing_is_left_of_one_that_cannot_be_written()
    {
        string? path = null;
        var error = Assert.Throws<ShowTellException>(() => new TemporaryFile(stream =>
        {
            path = ((FileStream)stream).Name;
            throw new IOException("the disk is full.");
        }));
        Assert.StartsWith(
            $"{Path.GetTempPath()}: cannot write a temporary file: the disk is full. ", error.Message);
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
        Assert.Throws<ShowTellException>(() => new TemporaryFile(_ => throw new UnauthorizedAccessException()));
        Assert.Throws<InvalidOperationException>(() => new TemporaryFile(_ => throw new InvalidOperationException()));
    }
}
