using ShowTell.Interop;
using Xunit;

namespace ShowTell.Tests.Interop;

public sealed class NativeLibraryFinderTests
{
    private const string Variable = "SHOWTELL_TEST_LIBRARY";

    [Fact]
    public void Missing_library_names_itself_and_how_to_install_it()
    {
        var finder = new NativeLibraryFinder("libnowhere", Variable, ["libnowhere.so.1"], "Install it (apt install nowhere)");
        var error = Assert.Throws<NativeLibraryMissingException>(() => finder.Load());
        Assert.Equal(
            $"The library libnowhere is not on this machine. Install it (apt install nowhere), or set {Variable} to its path.",
            error.Message);
    }

    [Fact]
    public void Variable_is_the_only_place_looked_at()
    {
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllText(folder.File("text.so"), "no library");
        foreach ((string path, string reason) in new[]
        {
            (folder.File("absent.so"), "does not exist"), (folder.File("text.so"), "cannot be loaded as a library"),
        })
        {
            string variable = $"{Variable}_{reason.Replace(' ', '_')}";
            Environment.SetEnvironmentVariable(variable, path);
            var finder = new NativeLibraryFinder("libc", variable, ["libc.so.6"], "Install it");
            var error = Assert.Throws<NativeLibraryMissingException>(() => finder.Load());
            Assert.Equal($"{variable} names {path}, which {reason}. Install it, or correct the variable.", error.Message);
            Environment.SetEnvironmentVariable(variable, null);
            if (OperatingSystem.IsLinux())
            {
                Assert.NotEqual(0, finder.Load());
            }
        }
    }

    [Fact]
    public void Candidates_are_tried_in_order_until_one_loads()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Loads the C library of Linux.");
        var finder = new NativeLibraryFinder("libc", Variable, ["libnowhere.so.1", "libc.so.6"], "Install it");
        Assert.NotEqual(0, finder.Load());
        Assert.Equal(finder.Load(), finder.Load());
    }
}
