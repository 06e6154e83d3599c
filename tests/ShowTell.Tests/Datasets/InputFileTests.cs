using System.Diagnostics;
using System.Text;
using ShowTell.Datasets;
using Xunit;

namespace ShowTell.Tests.Datasets;

public sealed class InputFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = TestData.Temporary();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_cannot_be_opened_is_named_with_its_reason()
    {
        string path = _folder.File("a.json");
        Assert.Equal($"{path}: there is no such file.", Refusal(path));
        Assert.Equal($"{_folder.Path}: is a folder; expected a file.", Refusal(_folder.Path));
        File.WriteAllText(path, "{}");
        using (new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.None))
        {
            Assert.StartsWith($"{path}: cannot be read: ", Refusal(path), StringComparison.Ordinal);
        }
    }

    /// <summary>Opening a pipe would block until somebody writes to it.</summary>
    [Fact]
    public void Pipes_and_devices_are_not_opened()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mkfifo"), "There is no mkfifo here.");
        string pipe = _folder.File("pipe"), link = _folder.File("link");
        using (Process make = Process.Start("/usr/bin/mkfifo", pipe))
        {
            make.WaitForExit();
        }

        File.CreateSymbolicLink(link, pipe);
        Assert.Equal($"{pipe}: is a named pipe; a file was expected.", Refusal(pipe));
        Assert.Equal($"{link}: is a named pipe; a file was expected.", Refusal(link));
        Assert.Equal("/dev/null: is a device; a file was expected.", Refusal("/dev/null"));
        File.Delete(link);
        File.CreateSymbolicLink(link, _folder.File("nothing"));
        Assert.StartsWith($"{link}: cannot be read: Could not find file", Refusal(link), StringComparison.Ordinal);
    }

    [Fact]
    public void Documents_have_a_limit_of_length_and_depth()
    {
        string path = _folder.File("a.json");
        File.WriteAllText(path, "[[3]]");
        Assert.Equal(3, InputFile.ParseJson(path, 5).RootElement[0][0].GetInt32());
        Assert.Equal(
            $"{path}: has 5 bytes; the maximum is 4.",
            Assert.Throws<DataException>(() => InputFile.ParseJson(path, 4)).Message);
        Assert.StartsWith(
            $"{path}: is not valid JSON (line 1, byte 2",
            Assert.Throws<DataException>(() => InputFile.ParseJson(path, 5, maxDepth: 1)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>An encoding that is given counts, whatever the bytes look like.</summary>
    [Theory]
    [InlineData("a\0b\0", "looks like UTF-16 without a byte order mark")]
    [InlineData("\0a\0b", "looks like UTF-16 without a byte order mark")]
    [InlineData("\0\0ab", "is not a text file")]
    [InlineData("ab\0", "is not a text file")]
    public void Text_has_no_zeros(string content, string said)
    {
        string path = _folder.File("a.txt");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(content));
        Assert.Contains(
            said, Assert.Throws<DataException>(() => InputFile.OpenText(path, null)).Message, StringComparison.Ordinal);
        using var reader = new StreamReader(InputFile.OpenText(path, Encoding.Latin1));
        Assert.Equal(content, reader.ReadToEnd());
    }

    [Theory]
    [InlineData("null", "is null; expected an object")]
    [InlineData("{", "is damaged (")]
    [InlineData("{}", "is damaged (")]
    public void Damaged_manifests_are_refused(string manifest, string said)
    {
        File.WriteAllText(_folder.File(DatasetManifest.FileName), manifest);
        string message = Assert.Throws<DataException>(() => DatasetManifest.Load(_folder.Path)).Message;
        Assert.StartsWith(_folder.File(DatasetManifest.FileName), message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    private static string Refusal(string path) =>
        Assert.Throws<DataException>(() => InputFile.Open(path).Dispose()).Message;
}
