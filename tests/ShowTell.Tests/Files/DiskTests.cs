using ShowTell.Files;
using Xunit;

namespace ShowTell.Tests.Files;

public sealed class DiskTests
{
    private const string Full = "The disk is full: free some space, or choose another folder.";
    private const string IsReadOnly = "The disk is read-only: choose another folder.";

    /// <summary>The numbers are those of Linux, macOS and Windows.</summary>
    [Theory]
    [InlineData(28, Full)]
    [InlineData(122, Full)]
    [InlineData(69, Full)]
    [InlineData(unchecked((int)0x80070070), Full)]
    [InlineData(unchecked((int)0x80070027), Full)]
    [InlineData(30, IsReadOnly)]
    [InlineData(unchecked((int)0x80070013), IsReadOnly)]
    [InlineData(5, "Check the disk, or choose another folder.")]
    public void Errors_say_what_to_do(int number, string advice)
    {
        var error = new IOException("It failed.", number);
        ShowTellException failure = Disk.Failure("a/b", error);
        Assert.Equal($"a/b: cannot be written: It failed. {advice}", failure.Message);
        Assert.Same(error, failure.InnerException);
    }

    [Fact]
    public void A_lack_of_permissions_is_no_fault_of_the_disk() => Assert.Equal(
        "a/b: cannot be written: No. Change its permissions, or choose another folder.",
        Disk.Failure("a/b", new UnauthorizedAccessException("No.")).Message);

    [Fact]
    public void Writers_may_go_back_and_forth()
    {
        using TemporaryFolder folder = TestData.Temporary();
        using (Stream stream = Disk.Create(folder.File("a")))
        {
            stream.Write("abcdef"u8);
            Assert.Equal(2, stream.Seek(2, SeekOrigin.Begin));
            stream.WriteByte((byte)'X');
            Assert.Equal(5, stream.Seek(2, SeekOrigin.Current));
            stream.WriteByte((byte)'Y');
            Assert.Equal(6, stream.Seek(0, SeekOrigin.End));
            stream.WriteByte((byte)'Z');
        }

        Assert.Equal("abXdeYZ", File.ReadAllText(folder.File("a")));
    }

    [Fact]
    public void Folders_are_flushed_if_they_are_there_and_can_be()
    {
        Disk.CreateFolder(Path.GetPathRoot(Environment.CurrentDirectory)!); // Has no parent, and needs none.
        if (!OperatingSystem.IsWindows())
        {
            using TemporaryFolder folder = TestData.Temporary();
            string absent = folder.File("absent");
            Assert.Contains(absent, Assert.Throws<IOException>(() => Disk.FlushFolder(absent)).Message);
            Disk.FlushFolder("/dev/null"); // Like some file systems, it cannot be flushed, which is no error of ours.
        }
    }
}
