using System.Diagnostics;
using System.Globalization;
using ShowTell.Files;
using ShowTell.Hdf5;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Hdf5;

/// <summary>Files that are made to do harm, and the process that tries files out.</summary>
public sealed class Hdf5CheckTests
{
    private const string Mutations = "SHOWTELL_TEST_HDF5_MUTATIONS";

    [Theory]
    [InlineData("header_loop", "features")]
    [InlineData("chunk_tree_loop", "chunked")]
    [InlineData("group_tree_loop", "features")]
    public void Structures_in_circles_end_in_a_data_exception(string name, string tensor)
    {
        var time = Stopwatch.StartNew();
        string message = Assert.Throws<DataException>(() =>
        {
            using Hdf5File file = Hdf5File.Open(Hdf5Golden.PathOf(name));
            file.ReadSingle(tensor);
        }).Message;
        Assert.StartsWith(Hdf5Golden.PathOf(name), message);
        Assert.DoesNotContain('\n', message);
        Assert.InRange(time.Elapsed.TotalSeconds, 0, 30);
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

        File.Copy(Hdf5Golden.PathOf("links_latest"), folder.File("links.h5"));
        Assert.Contains("is not an HDF5 file", Assert.Throws<DataException>(() => Hdf5File.Open(pipe)).Message);
        using Hdf5File file = Hdf5File.Open(folder.File("links.h5"));
        Assert.Equal(22, file.Tensors.Count);
        Assert.Null(file.Find("pipe"));
    }

    [Fact]
    public void Files_are_tried_out_once_and_several_by_one_process()
    {
        string[] paths = [.. new[] { "types", "layouts", "latest", "strings", "odd" }.Select(Hdf5Golden.PathOf)];
        Hdf5Check.Require(paths);
        Assert.True(Hdf5Check.IsPossible, "This process could not start another one.");
        var time = Stopwatch.StartNew();
        for (int i = 0; i < 200; i++)
        {
            Hdf5Check.Require(paths);
        }

        // Two hundred processes would take far longer.
        Assert.InRange(time.Elapsed.TotalSeconds, 0, 4);
    }

    [Fact]
    public void A_file_that_takes_too_long_is_refused()
    {
        string path = Hdf5Golden.PathOf("userblock_512");
        string message = Assert.Throws<DataException>(
            () => Hdf5Check.Require([new FileInfo(path)], seconds: 0.1, heapBytes: 256 << 20)).Message;
        Assert.Equal($"{path}: reading its structure takes too long: it is damaged, or made to do harm.", message);
    }

    [Fact]
    public void A_file_that_takes_too_much_memory_is_refused()
    {
        // A chunk of it takes 12 MB.
        string path = Hdf5Golden.PathOf("zeros");
        Hdf5Check.Require(path);
        string message = Assert.Throws<DataException>(
            () => Hdf5Check.Require([new FileInfo(path)], seconds: 60, heapBytes: 24_000_000)).Message;
        Assert.Equal(
            $"{path}: reading its structure takes more than 24000000 bytes of memory: it is damaged, or made to do "
            + "harm.", message);
    }

    [Fact]
    public async Task Mutated_files_never_give_anything_but_data_or_a_data_exception()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string test = $"{typeof(Hdf5CheckTests).FullName}.{nameof(Mutated_files_are_read)}";
        await OtherProcess.Run(
            ["-explicit", "only", "-method", test],
            (Mutations, folder.Path), ("DOTNET_GCHeapHardLimit", "0x12C00000"));
        string[] counts = File.ReadAllText(folder.File("counts.txt")).Split(' ');
        Assert.InRange(int.Parse(counts[0], CultureInfo.InvariantCulture), 1000, int.MaxValue);
        Assert.InRange(int.Parse(counts[1], CultureInfo.InvariantCulture), 1000, int.MaxValue);
    }

    [Fact(Explicit = true)]
    public void Mutated_files_are_read()
    {
        string folder = Environment.GetEnvironmentVariable(Mutations)!;
        string path = Path.Combine(folder, "mutated.h5");
        (int read, int refused) = (0, 0);
        string[] names =
            ["types", "layouts", "latest", "strings", "links_earliest", "links_latest", "userblock_1024", "odd"];
        foreach (string name in names)
        {
            byte[] whole = File.ReadAllBytes(Hdf5Golden.PathOf(name));
            var random = new Random(1);
            for (int i = 0; i < 400; i++)
            {
                byte[] mutated = [.. whole];
                for (int changes = random.Next(1, 20); changes > 0; changes--)
                {
                    mutated[random.Next(whole.Length)] = (byte)(random.Next(3) == 0 ? 255 : random.Next(256));
                }

                File.WriteAllBytes(path, mutated);
                Count(path, ref read, ref refused);
            }
        }

        string counts = string.Create(CultureInfo.InvariantCulture, $"{read} {refused}");
        File.WriteAllText(Path.Combine(folder, "counts.txt"), counts);
    }

    private static void Count(string path, ref int read, ref int refused)
    {
        try
        {
            using Hdf5File file = Hdf5File.OpenUnchecked(path);
            foreach (TensorInfo tensor in file.Tensors.Take(12))
            {
                try
                {
                    Read(file, tensor);
                    read++;
                }
                catch (DataException error)
                {
                    CheckMessage(path, error);
                    refused++;
                }
            }
        }
        catch (DataException error)
        {
            CheckMessage(path, error);
            refused++;
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

        if (tensor is { IsFloat: true, Shape: [> 0, _] or [> 0, _, _] } && tensor.RowLength <= 1 << 20)
        {
            using IRowReader rows = file.OpenRows(tensor.Name);
            rows.Read(tensor.Shape[0] - 1, new Matrix<float>(1, (int)tensor.RowLength));
        }
    }

    private static void CheckMessage(string path, DataException error)
    {
        Assert.StartsWith(path, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
