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

    /// <summary>They are not read, though they are there.</summary>
    [Fact]
    public void Weights_in_other_files_are_refused()
    {
        using TemporaryFolder folder = TestData.Temporary();
        byte[] bytes = TinyNetwork.Bytes(weightsFile: "weights.bin");
        File.WriteAllBytes(folder.File("weights.bin"), TinyNetwork.WeightBytes());
        File.WriteAllBytes(folder.File("net.onnx"), bytes);
        Refuse(() => Backbone.Load(folder.File("net.onnx")));
        Refuse(() => Backbone.Load(bytes, "bytes"));

        // Wherever the tensor is: in an attribute, in a branch, in a function.
        OnnxTensor elsewhere = OnnxModel.Parser.ParseFrom(bytes).Graph.Initializer[0];
        var branch = new OnnxGraph { SparseInitializer = { new OnnxSparseTensor { Values = elsewhere } } };
        OnnxAttribute[] attributes =
        [
            new() { T = elsewhere },
            new() { Tensors = { elsewhere } },
            new() { G = branch },
            new() { Graphs = { branch } },
            new() { SparseTensor = branch.SparseInitializer[0] },
            new() { SparseTensors = { branch.SparseInitializer } },
        ];
        foreach (OnnxAttribute attribute in attributes)
        {
            OnnxModel model = OnnxModel.Parser.ParseFrom(TinyNetwork.Bytes());
            model.Graph.Node[1].Attribute.Add(attribute);
            Refuse(() => Backbone.Load(model.ToByteArray(), "attribute"));
            model = OnnxModel.Parser.ParseFrom(TinyNetwork.Bytes());
            model.Functions.Add(new OnnxFunction { Node = { new OnnxNode { Attribute = { attribute } } } });
            Refuse(() => Backbone.Load(model.ToByteArray(), "function"));
        }

        static void Refuse(Func<Backbone> load) => Assert.Contains(
            "its weights are in other files", Assert.Throws<ModelFileException>(load).Message);
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
