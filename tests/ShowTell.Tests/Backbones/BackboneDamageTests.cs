using Google.Protobuf;
using ShowTell.Backbones;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Backbones;

/// <summary>Files that are no networks, damaged ones, and such as would read other files.</summary>
public sealed class BackboneDamageTests
{
    private const int Mutants = 2_400;

    [Fact]
    public void Files_that_are_no_networks_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        byte[] bytes = TinyNetwork.Bytes();
        string path = folder.File("net.onnx");
        Assert.Throws<ModelFileException>(() => Backbone.Load(folder.File("absent.onnx")));
        Assert.Throws<ModelFileException>(() => Backbone.Load(folder.Path));

        for (int part = 0; part < 64; part++)
        {
            Refuse(bytes[..(bytes.Length / 64 * part)]);
        }

        Refuse("{ \"not\": \"a network\" }"u8.ToArray());
        Refuse([.. Enumerable.Repeat((byte)0xff, 1000)]);
        OnnxModel without = OnnxModel.Parser.ParseFrom(bytes);
        without.Graph.Initializer.Clear();
        Assert.StartsWith($"{path}: ONNX Runtime cannot run it: ", Refuse(without.ToByteArray()));
        File.WriteAllBytes(path, bytes);
        string absent = Assert.Throws<ModelFileException>(() => Backbone.Load(path, new() { Output = "Pool" })).Message;
        Assert.Equal(
            $"{path}: no node computes a tensor named Pool; the outputs are pooled, grid; similar inner ones: pooled.",
            absent);

        string Refuse(byte[] damaged)
        {
            File.WriteAllBytes(path, damaged);
            string message = Assert.Throws<ModelFileException>(() => Backbone.Load(path)).Message;
            Assert.StartsWith(path, message);
            Assert.DoesNotContain('\n', message);
            return message;
        }
    }

    /// <summary>Each of many damaged networks runs, or is refused by an error of ours.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Damaged_networks_never_crash(bool inner)
    {
        using TemporaryFolder folder = TestData.Temporary();
        byte[] bytes = inner ? File.ReadAllBytes(GoldenNetworks.Any) : TinyNetwork.Bytes();
        BackboneOptions options = new() { Threads = 1 };
        if (inner)
        {
            options = options with { Output = GoldenNetworks.Grid, Preprocessing = GoldenNetworks.Preprocessing };
        }

        var random = new Random(4);
        int refused = 0;
        for (int i = 0; i < Mutants / 2; i++)
        {
            File.WriteAllBytes(folder.File("net.onnx"), Mutate(bytes, random));
            try
            {
                using Backbone backbone = Backbone.Load(folder.File("net.onnx"), options);
                backbone.Run(new Matrix<float>(2, backbone.Preprocessing.InputLength));
            }
            catch (ModelFileException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }

        Assert.InRange(refused, Mutants / 10, (Mutants / 2) - 50);
    }

    /// <summary>So do networks that say wrong things about weights in another file.</summary>
    [Fact]
    public void Damaged_networks_with_weights_in_another_file_never_crash()
    {
        using TemporaryFolder folder = TestData.Temporary();
        File.WriteAllBytes(folder.File("w"), TinyNetwork.WeightBytes());
        byte[] bytes = TinyNetwork.Bytes(weightsFile: "w", offset: "0", length: "24576");
        var random = new Random(5);
        int refused = 0;
        for (int i = 0; i < Mutants / 4; i++)
        {
            File.WriteAllBytes(folder.File("net.onnx"), Mutate(bytes, random));
            try
            {
                using Backbone backbone = Backbone.Load(
                    folder.File("net.onnx"), new() { Threads = 1, Output = i % 2 == 0 ? "grid" : "pooled" });
                backbone.Run(new Matrix<float>(2, backbone.Preprocessing.InputLength));
            }
            catch (ModelFileException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }

        Assert.InRange(refused, Mutants / 10, (Mutants / 4) - 5);
    }

    /// <summary>Changes bytes, most of them in the graph's nodes, which come first, or some more or fewer.</summary>
    private static byte[] Mutate(byte[] bytes, Random random)
    {
        List<byte> mutant = [.. bytes];
        for (int change = random.Next(4); change >= 0; change--)
        {
            int position = random.Next(random.Next(4) == 0 ? mutant.Count : Math.Min(mutant.Count, 2_000));
            switch (random.Next(8))
            {
                case 0:
                    mutant.RemoveRange(position, Math.Min(random.Next(20), mutant.Count - position));
                    break;
                case 1:
                    mutant.InsertRange(position, bytes.AsSpan(random.Next(bytes.Length - 20), random.Next(20)));
                    break;
                default:
                    mutant[position] = (byte)random.Next(256);
                    break;
            }
        }

        return [.. mutant];
    }
}
