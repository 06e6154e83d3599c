using System.Diagnostics;
using ShowTell.Files;
using ShowTell.Hdf5;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Hdf5;

/// <summary>Files that are made to do harm: they end at most the process that reads them.</summary>
public sealed class Hdf5WorkerTests
{
    [Theory]
    [InlineData("header_loop", "features")]
    [InlineData("chunk_tree_loop", "chunked")]
    [InlineData("group_tree_loop", "features")]
    [InlineData("links_latest", "features")]
    public void Structures_in_circles_end_in_a_data_exception(string name, string tensor)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("file.h5");
        File.Copy(Hdf5Golden.PathOf(name), path);
        Refused(path, file => file.ReadSingle(tensor), seconds: 5);
    }

    /// <summary>In groups of the old kind soft links in a circle lead nowhere.</summary>
    [Fact]
    public void Soft_links_in_a_circle_do_no_harm()
    {
        using Hdf5File file = Hdf5Golden.Open("links_earliest");
        Assert.Equal("features", Assert.Single(file.Tensors).Name);
    }

    [Fact]
    public void A_pipe_is_refused_and_one_behind_a_link_is_not_opened()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/mkfifo"), "There is no mkfifo here.");
        using TemporaryFolder folder = TestData.Temporary();
        string pipe = folder.File("pipe");
        using (Process make = Process.Start("/usr/bin/mkfifo", pipe))
        {
            make.WaitForExit();
        }

        File.Copy(Hdf5Golden.PathOf("pipe_latest"), folder.File("links.h5"));
        Refused(pipe, file => file.Tensors, seconds: 5);
        using Hdf5File file = Hdf5File.Open(folder.File("links.h5"));
        Assert.Equal("features", Assert.Single(file.Tensors).Name);
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_file_behind_a_link_is_not_read(bool isBehindTwo)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string target = folder.File(isBehindTwo ? "elsewhere.h5" : "types.h5");
        File.Copy(Hdf5Golden.PathOf("types"), target);
        if (isBehindTwo)
        {
            File.CreateSymbolicLink(folder.File("types.h5"), target);
        }

        foreach (string name in new[] { "away_earliest", "away_latest" })
        {
            string path = folder.File(name + ".h5");
            File.Copy(Hdf5Golden.PathOf(name), path);
            using Hdf5File file = Hdf5File.Open(path);
            Assert.Equal("features", Assert.Single(file.Tensors).Name);
            Assert.Contains(
                "has no tensor",
                Assert.Throws<DataException>(() => file.ReadSingle("away")).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_is_examined_once()
    {
        Hdf5Golden.Open("types").Dispose();
        var time = Stopwatch.StartNew();
        for (int i = 0; i < 200; i++)
        {
            Hdf5Golden.Open("types").Dispose();
        }

        // Two hundred processes would take far longer.
        Assert.InRange(time.Elapsed.TotalSeconds, 0, 4);
    }

    /// <summary>SHOWTELL_TEST_MUTATIONS sets how many of each file are tried.</summary>
    [Theory]
    [InlineData("types")]
    [InlineData("layouts")]
    [InlineData("latest")]
    [InlineData("strings")]
    [InlineData("userblock_1024")]
    public void Mutated_files_never_give_anything_but_data_or_a_data_exception(string name)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("mutated.h5");
        byte[] whole = File.ReadAllBytes(Hdf5Golden.PathOf(name));
        var random = new SeededRandom(1);
        string? wanted = Environment.GetEnvironmentVariable("SHOWTELL_TEST_MUTATIONS");
        int count = int.TryParse(wanted, out int more) ? more : 8;
        for (int i = 0; i < count; i++)
        {
            byte[] mutated = [.. whole];
            for (int changes = 1 + random.NextInt(19); changes > 0; changes--)
            {
                mutated[random.NextInt(whole.Length)] = (byte)(random.NextInt(3) == 0 ? 255 : random.NextInt(256));
            }

            File.WriteAllBytes(path, mutated);
            Exception? error = Record.Exception(() => ReadAll(path));
            Assert.True(error is null or DataException, $"{i}: {error}");
        }
    }

    private static void ReadAll(string path)
    {
        using Hdf5File file = Hdf5File.Open(path);
        foreach (TensorInfo tensor in file.Tensors)
        {
            Exception? error = Record.Exception(() => Read(file, tensor));
            Assert.True(error is null or DataException, $"{tensor}: {error}");
        }
    }

    private static void Read(Hdf5File file, TensorInfo tensor)
    {
        if (tensor.IsInteger)
        {
            file.ReadInt32(tensor.Name);
        }
        else if (tensor.IsString)
        {
            file.ReadStrings(tensor.Name);
        }
        else if (tensor.IsFloat)
        {
            file.ReadSingle(tensor.Name);
        }
    }

    /// <summary>A busy machine may take several times the seconds that a quiet one does.</summary>
    private static string Refused(string path, Func<Hdf5File, object> read, int seconds)
    {
        var time = Stopwatch.StartNew();
        string message = Assert.Throws<DataException>(() =>
        {
            using Hdf5File file = Hdf5File.Open(path);
            read(file);
        }).Message;
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.InRange(time.Elapsed.TotalSeconds, 0, 6 * seconds);
        return message;
    }
}
