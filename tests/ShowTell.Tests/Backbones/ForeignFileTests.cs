using System.IO.Compression;
using System.Text;
using ShowTell.Backbones;
using Xunit;

namespace ShowTell.Tests.Backbones;

/// <summary>Files that people take for networks are named by what they are, with what to do.</summary>
public sealed class ForeignFileTests
{
    public static TheoryData<byte[], string> Files => new()
    {
        { [], "is empty" },
        { Text("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 98\n"), "git lfs pull" },
        { Text("\n<!DOCTYPE html>\n<html><head><title>404</title></head></html>"), "is a web page" },
        { Text("<html>\n"), "is a web page" },
        { Text("<?xml version=\"1.0\"?>\n<net name=\"x\" version=\"11\">"), "is an OpenVINO network" },
        { Text("{\"model_type\": \"vit\"}"), "is a JSON file" },
        { Text("Not found"), "is a text file" },
        { Zip("archive/data.pkl", "archive/data/0"), "is a PyTorch file" },
        { Zip("metadata.json", "model.weights.h5"), "is a Keras file" },
        { Zip("arr_0.npy"), "is a NumPy file" },
        { Zip("net.onnx"), "is a zip file" },
        { [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46], "is a pickle" },
        { [16, 0, 0, 0, 0, 0, 0, 0, .. Text("{\"w\":{}}        ")], "is a safetensors file" },
        { [0x89, .. Text("HDF\r\n\u001a\n")], "is an HDF5 file" },
        { [28, 0, 0, 0, .. Text("TFL3")], "is a TensorFlow Lite network" },
        { [28, 0, 0, 0, .. Text("ORTM")], "ONNX Runtime's own format" },
        { Text("ftrt\0\0"), "is a TensorRT engine" },
        { Text("GGUF\u0003\0\0\0"), "is a GGUF file" },
        { [0x1f, 0x8b, 8, 0], "is compressed" },
        { [0xff, 0xd8, 0xff, 0xe0], "is a photo" },
        { [10, 18, 10, 1, (byte)'x', 18, 11, .. Text("Placeholder"), 26, 0], "is a TensorFlow graph" },
        { Text(" \t\r\n\n"), "not an ONNX file, or a damaged one" },
        { [8, 1, 18, 0], "is not an ONNX file: it holds no graph" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_named_by_its_content(byte[] bytes, string kind)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("net.onnx");
        File.WriteAllBytes(path, bytes);
        string message = Assert.Throws<ModelFileException>(() => Backbone.Load(path)).Message;
        Assert.StartsWith($"{path}: ", message);
        Assert.Contains(kind, message);
        Assert.InRange(message.Length - path.Length, 10, 320);
    }

    [Fact]
    public void A_missing_file_is_missing()
    {
        using TemporaryFolder folder = TestData.Temporary();
        foreach (string path in new[] { folder.File("net.onnx"), folder.File("none/net.onnx") })
        {
            Assert.Equal(
                $"{path}: there is no such file.",
                Assert.Throws<ModelFileException>(() => Backbone.Load(path)).Message);
            Assert.Equal(
                $"{path}: there is no such file.",
                Assert.Throws<ModelFileException>(() => BackbonePreprocessing.Load(path)).Message);
        }
    }

    [Fact]
    public void A_folder_is_told_from_a_file()
    {
        using TemporaryFolder folder = TestData.Temporary();
        Refuse("is a folder without an ONNX file");
        File.WriteAllText(folder.File("saved_model.pb"), "");
        Refuse("--saved-model");
        Directory.CreateDirectory(folder.File("onnx"));
        File.WriteAllText(folder.File("onnx/model.onnx"), "");
        Refuse($"such as {folder.File("onnx/model.onnx")}");

        void Refuse(string problem) => Assert.Contains(
            problem, Assert.Throws<ModelFileException>(() => Backbone.Load(folder.Path)).Message);
    }

    private static byte[] Text(string text) => Encoding.Latin1.GetBytes(text);

    private static byte[] Zip(params string[] names)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create))
        {
            foreach (string name in names)
            {
                zip.CreateEntry(name);
            }
        }

        return bytes.ToArray();
    }
}
