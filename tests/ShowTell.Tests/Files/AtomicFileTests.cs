using System.Diagnostics;
using ShowTell.Files;
using Xunit;

namespace ShowTell.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("showtell-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Makes_missing_folders_and_replaces_what_was_there()
    {
        string path = Path.Combine(_folder, "a", "b", "text.txt");
        AtomicFile.WriteText(path, "a long first text");
        AtomicFile.WriteText(path, "zwölf");
        Assert.Equal("zwölf"u8.ToArray(), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void The_old_file_stays_in_place_while_the_new_one_is_written()
    {
        string path = Path.Combine(_folder, "text.txt");
        AtomicFile.WriteText(path, "old");
        AtomicFile.Write(path, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(path));
        });
        Assert.Equal("new", File.ReadAllText(path));
    }

    [Fact]
    public void A_failing_writer_leaves_the_old_file_and_nothing_else()
    {
        string path = Path.Combine(_folder, "text.txt");
        AtomicFile.WriteText(path, "old");
        var error = Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half of the ne"u8);
            throw new InvalidOperationException("the writer failed");
        }));
        Assert.Equal("the writer failed", error.Message);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Writers_that_open_files_themselves_get_a_path_in_the_same_folder()
    {
        string path = Path.Combine(_folder, "data.bin");
        AtomicFile.WriteBeside(path, partial =>
        {
            Assert.Equal(_folder, Path.GetDirectoryName(partial));
            Assert.False(File.Exists(partial));
            File.WriteAllBytes(partial, [1, 2, 3]);
        });
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
    }

    [Fact]
    public void A_place_that_cannot_be_written_is_named()
    {
        string occupied = Path.Combine(_folder, "file");
        File.WriteAllText(occupied, "no folder");
        string path = Path.Combine(occupied, "x.txt");
        var error = Assert.Throws<ShowTellException>(() => AtomicFile.WriteText(path, "text"));
        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);

        string folder = Path.Combine(_folder, "folder");
        Directory.CreateDirectory(folder);
        Assert.Throws<ShowTellException>(() => AtomicFile.WriteText(folder, "text"));
        Assert.Empty(Directory.GetFiles(_folder, "*.partial"));
    }

    [Fact]
    public void Only_what_ended_processes_left_is_deleted()
    {
        string path = Path.Combine(_folder, "m.safetensors");
        using Process other = Process.GetProcesses().First(process => process.Id != Environment.ProcessId);
        string own = PartialName.Of(path);
        string token = own.Split('-')[^2];
        string[] stale =
        [
            $"{path}.{Environment.ProcessId}-{(token[0] == '0' ? '1' : '0')}{token[1..]}-1.partial",
            $"{path}.2147483647-{token}-12.partial",
        ];
        string[] kept =
        [
            own,
            $"{path}.{other.Id}-00000000-1.partial",
            $"{path}.0123456789abcdef.partial",
            $"{path}.partial",
            $"{path}.2147483647-{token}.partial",
            $"{path}.2147483647-{token}-1.partial.txt",
            $"{path}x.2147483647-{token}-1.partial",
            path,
        ];
        Array.ForEach([.. stale, .. kept], file => File.WriteAllText(file, "x"));
        AtomicFile.DeleteStale(path);
        Assert.Equal(kept.Order(), Directory.GetFiles(_folder).Order());

        // Of a folder: all of them, folders included; not what another process has open.
        string open = $"{path}.2147483647-{token}-5.partial", folder = $"{path}.2147483647-{token}-6.partial";
        Directory.CreateDirectory(Path.Combine(folder, "below"));
        using (File.Create(open))
        {
            AtomicFile.DeleteStale(_folder);
            Assert.True(File.Exists(open));
            Assert.False(Directory.Exists(folder));
            Assert.False(File.Exists($"{path}x.2147483647-{token}-1.partial"));
        }

        AtomicFile.EnsureWritable(path);
        Assert.False(File.Exists(open));
    }

    [Fact]
    public void New_folders_appear_when_they_are_complete()
    {
        string path = Path.Combine(_folder, "new", "folder");
        AtomicFile.WriteFolder(path, partial =>
        {
            File.WriteAllText(Path.Combine(partial, "a"), "a");
            Assert.False(Directory.Exists(path));
        });
        Assert.Equal([Path.Combine(path, "a")], Directory.GetFiles(path));
        Assert.Throws<InvalidOperationException>(() => AtomicFile.WriteFolder(path + "2", partial =>
            throw new InvalidOperationException()));
        Assert.Equal([path], Directory.GetFileSystemEntries(Path.Combine(_folder, "new")));
    }
}
