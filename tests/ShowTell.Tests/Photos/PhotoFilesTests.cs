using System.Diagnostics;
using ShowTell.Photos;
using Xunit;

namespace ShowTell.Tests.Photos;

public sealed class PhotoFilesTests
{
    [Fact]
    public void Pictures_of_all_formats_are_listed_but_no_hidden_ones()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string[] listed =
            ["a b (1) #2%.jpg", "b.JPG", "c.jfif", "d.webp", "e.GIF", "f.bmp", "g.heic", "h.NEF", "sub/deep/i.jpe"];
        string[] ignored =
            ["._b.JPG", ".hidden/j.jpg", "__MACOSX/k.jpg", "sub/@eaDir/l.jpg", "Thumbs.db", "m.txt", "n", "o.jpg.part"];
        foreach (string name in listed.Concat(ignored))
        {
            Write(folder.File(name));
        }

        Assert.Equal(listed, PhotoFiles.In(folder.Path, isRecursive: true));
        Assert.Equal(listed[..^1], PhotoFiles.In(folder.Path, isRecursive: false));
        Assert.EndsWith(
            "there is no such folder of photos.",
            Assert.Throws<PhotoException>(() => PhotoFiles.In(folder.File("absent"), isRecursive: true)).Message);
    }

    [Fact]
    public void Linked_folders_are_followed_and_loops_end()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Write(folder.File("photos/1.jpg"));
        Write(folder.File("photos/z/2.jpg"));
        Write(folder.File("elsewhere/3.jpg"));
        string photos = folder.File("photos"), elsewhere = folder.File("elsewhere");
        if (!TryLink(Path.Combine(photos, "more"), elsewhere))
        {
            Assert.Skip("links cannot be made here.");
        }

        Directory.CreateSymbolicLink(Path.Combine(photos, "loop"), photos);
        Directory.CreateSymbolicLink(Path.Combine(photos, "again"), "z");
        Directory.CreateSymbolicLink(Path.Combine(elsewhere, "back"), "../photos/more");
        Directory.CreateSymbolicLink(Path.Combine(photos, "gone"), folder.File("absent"));
        Directory.CreateSymbolicLink(folder.File("link"), photos);
        Assert.Equal(["1.jpg", "more/3.jpg", "z/2.jpg"], PhotoFiles.In(photos, isRecursive: true));
        Assert.Equal(["1.jpg", "more/3.jpg", "z/2.jpg"], PhotoFiles.In(folder.File("link"), isRecursive: true));
    }

    [Fact]
    public void Names_that_are_not_UTF_8_are_listed_to_be_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone has such names.");
        using TemporaryFolder folder = TestData.Temporary();
        Run("mkdir \"$(printf 'd\\351')\" && : > \"$(printf 'caf\\351.jpg')\"", folder);
        Write(folder.File("x.jpg"));
        string[] names = PhotoFiles.In(folder.Path, isRecursive: true);
        Assert.Equal(["caf\uFFFD.jpg", "d\uFFFD", "x.jpg"], names);
        foreach (string name in names[..2])
        {
            string path = folder.File(name);
            Assert.Equal(
                $"{path}: its name is not valid UTF-8. Rename it.",
                Assert.Throws<PhotoException>(() => new PhotoReader().Read(path)).Message);
        }

        Run("rm -r d* caf*", folder);
    }

    private static void Run(string commands, TemporaryFolder folder)
    {
        using Process shell = Process.Start(new ProcessStartInfo("sh", ["-c", commands])
        {
            WorkingDirectory = folder.Path,
        })!;
        shell.WaitForExit();
    }

    private static void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, []);
    }

    private static bool TryLink(string path, string target)
    {
        try
        {
            Directory.CreateSymbolicLink(path, target);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
