using System.Diagnostics;
using ShowTell.Files;
using Xunit;

namespace ShowTell.Tests.Files;

/// <summary>
/// Whatever operation on the disk fails, once or from then on: the previous file is still there and intact, the error
/// names the file and what to do, and nothing else stays.
/// </summary>
public sealed class DiskFaultTests
{
    private const int NoSpace = 28;

    public static TheoryData<string, bool> Cases =>
        [.. from one in WritingCase.All from always in new[] { false, true } select (one.Name, always)];

    [Theory, MemberData(nameof(Cases))]
    public void The_previous_file_survives_every_fault(string name, bool isLasting)
    {
        WritingCase written = WritingCase.All.Single(one => one.Name == name);
        int count = CountOperations(written);
        Assert.InRange(count, 4, 40);
        for (int failing = 1; failing <= count; failing++)
        {
            using TemporaryFolder folder = TestData.Temporary();
            written.Write(folder.Path, 1);
            int operation = 0;
            DiskOperation? failed = null;
            Exception? error = WithFault(
                (kind, path) =>
                {
                    if (++operation == failing || (isLasting && operation > failing))
                    {
                        failed ??= kind;
                        throw new IOException($"No space left on device : '{path}'", NoSpace);
                    }
                },
                () => written.Write(folder.Path, 2));
            string what = $"{name}, operation {failing} of {count} ({failed})";
            int found = written.Read(folder.Path);

            // A folder is flushed after the new file has its name; the last steps of an import need not succeed.
            bool mayBeNew = error is null || failed is DiskOperation.FlushFolder;
            Assert.True(found == 1 || mayBeNew, $"{what}: holds version {found} although it failed: {error}.");
            Assert.True(error is not null || found == 2, $"{what}: reported no error, but holds the old version.");
            if (error is not null)
            {
                Assert.True(error is ShowTellException, $"{what}: {error}");
                Assert.StartsWith(folder.Path, error.Message, StringComparison.Ordinal);
                Assert.Contains("free some space", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', error.Message);
            }

            Assert.Empty(Directory.GetFileSystemEntries(folder.Path, "*.partial", SearchOption.AllDirectories));
            written.Write(folder.Path, 2);
            Assert.Equal(2, written.Read(folder.Path));
        }
    }

    [Fact]
    public void A_full_disk_leaves_the_previous_file()
    {
        using TemporaryFolder folder = TestData.Temporary();
        if (!OperatingSystem.IsLinux() || !Run("mount", "-t", "tmpfs", "-o", "size=256k", "none", folder.Path))
        {
            Assert.Skip("A small disk can be mounted only by root on Linux.");
        }

        try
        {
            // The disk holds one model of 8 KB, and not two of anything larger than what is left.
            foreach (WritingCase written in WritingCase.All.Where(one => one.Name is "model" or "page"))
            {
                written.Write(folder.Path, 1);
                string fill = folder.File("fill");
                Fill(fill);
                Exception? error = Record.Exception(() => written.Write(folder.Path, 2));
                Assert.Contains("The disk is full: free some space", Assert.IsType<ShowTellException>(error).Message);
                Assert.Equal(1, written.Read(folder.Path));
                Assert.Empty(Directory.GetFiles(folder.Path, "*.partial"));
                File.Delete(fill);
                written.Write(folder.Path, 2);
                Assert.Equal(2, written.Read(folder.Path));
            }
        }
        finally
        {
            Run("umount", folder.Path);
        }
    }

    private static void Fill(string path)
    {
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (file.Length < 1 << 20)
            {
                file.Write(new byte[512]);
            }
        }
        catch (IOException)
        {
            return;
        }

        Assert.Fail("The disk is larger than it should be.");
    }

    private static int CountOperations(WritingCase written)
    {
        using TemporaryFolder folder = TestData.Temporary();
        written.Write(folder.Path, 1);
        int count = 0;
        Assert.Null(WithFault((_, _) => count++, () => written.Write(folder.Path, 2)));
        return count;
    }

    private static Exception? WithFault(Action<DiskOperation, string> fault, Action write)
    {
        Disk.Fault.Value = fault;
        try
        {
            return Record.Exception(write);
        }
        finally
        {
            Disk.Fault.Value = null;
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
            })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
