using System.Buffers.Binary;

namespace ShowTell.Backbones;

/// <summary>Files that people take for ONNX files: what they are, by their content, and what to do.</summary>
internal static class ForeignFile
{
    /// <summary>Bytes at both ends of a file that are searched.</summary>
    private const int Searched = 1 << 16;

    private const string FromPyTorch = "export the network with torch.onnx.export";
    private const string FromTensorFlow = "convert it with python -m tf2onnx.convert";

    /// <summary>What files of a format have in common: bytes at a position, and a text near one end.</summary>
    private static readonly (int Position, byte[] Begin, string Text, string Kind)[] s_formats =
    [
        (0, "version https://git-lfs.github.com/"u8.ToArray(), "",
            "is a Git LFS pointer, not the file itself: run git lfs pull, or download the file from its page"),
        (0, [0x89, (byte)'H', (byte)'D', (byte)'F'], "",
            $"is an HDF5 file, as of Keras weights: {FromTensorFlow} --keras FILE --output net.onnx"),
        (4, "TFL3"u8.ToArray(), "", $"is a TensorFlow Lite network: {FromTensorFlow} --tflite FILE --output net.onnx"),
        (0, "ftrt"u8.ToArray(), "", "is a TensorRT engine: use the ONNX file that it was built from"),
        (4, "ORTM"u8.ToArray(), "", "is a network in ONNX Runtime's own format: use the ONNX file it was made from"),
        (0, "GGUF"u8.ToArray(), "", "is a GGUF file of a language model: use an ONNX export of the vision network"),
        (0, "PK\x03\x04"u8.ToArray(), "data.pkl", $"is a PyTorch file: load it in Python, and {FromPyTorch}"),
        (0, "PK\x03\x04"u8.ToArray(), "model.weights.h5",
            $"is a Keras file: {FromTensorFlow} --keras FILE --output net.onnx, or model.export(\"net.onnx\", "
            + "format=\"onnx\") in Keras 3"),
        (0, "PK\x03\x04"u8.ToArray(), ".npy", $"is a NumPy file of weights alone: {FromPyTorch}, for instance"),
        (0, "PK\x03\x04"u8.ToArray(), "", "is a zip file: unpack it, and use the .onnx file in it"),
        (0, [0x1f, 0x8b], "", "is compressed (gzip): unpack it first"),
        (257, "ustar"u8.ToArray(), "", "is a tar file: unpack it, and use the .onnx file in it"),
        (0, [0xff, 0xd8, 0xff], "", "is a photo, not a network"),
        (0, [0x89, (byte)'P', (byte)'N', (byte)'G'], "", "is a picture, not a network"),
    ];

    /// <summary>What a file is, as the end of a sentence; null if it may be an ONNX file.</summary>
    /// <param name="path">The file.</param>
    public static string? Describe(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Describe(stream);
    }

    /// <summary>What a file is, as the end of a sentence; null if it may be an ONNX file.</summary>
    /// <param name="stream">The file, seekable.</param>
    public static string? Describe(Stream stream)
    {
        if (stream.Length == 0)
        {
            return "is empty: download or export it again";
        }

        byte[] begin = Read(stream, 0), end = Read(stream, Math.Max(0, stream.Length - Searched));
        foreach ((int position, byte[] bytes, string text, string kind) in s_formats)
        {
            if (begin.AsSpan(Math.Min(position, begin.Length)).StartsWith(bytes)
                && (text.Length == 0 || Has(begin, text) || Has(end, text)))
            {
                return kind;
            }
        }

        if (begin is [0x80, >= 2 and <= 5, ..])
        {
            return $"is a pickle, as of an old PyTorch file: load it in Python, and {FromPyTorch}";
        }

        if (begin.Length > 8 && begin[8] == '{'
            && BinaryPrimitives.ReadUInt64LittleEndian(begin) < (ulong)Math.Min(stream.Length, 100_000_000))
        {
            return $"is a safetensors file, which holds weights alone: load them in Python, and {FromPyTorch}; or for "
                + "a folder of Hugging Face's: optimum-cli export onnx --model FOLDER OUT";
        }

        ReadOnlySpan<byte> letters = begin.AsSpan().TrimStart(" \t\r\n\uFEFF"u8);
        bool isText = begin.AsSpan(0, Math.Min(64, begin.Length)).IndexOfAnyInRange((byte)0, (byte)8) < 0
            && begin.AsSpan(0, Math.Min(64, begin.Length)).IndexOfAnyInRange((byte)14, (byte)31) < 0;
        return !isText || letters.IsEmpty ? null
            : letters[0] is (byte)'{' or (byte)'[' ? "is a JSON file, not a network"
            : letters[0] != '<' ? "is a text file, not a network"
            : Has(begin, "<net") ? "is an OpenVINO network: use the ONNX file that it was made from"
            : "is a web page, not the file itself: download it again, by its direct link";
    }

    /// <summary>What a file is that can be read as protobuf, but holds no ONNX graph.</summary>
    /// <param name="stream">The file, seekable.</param>
    public static string DescribeProtobuf(Stream stream)
    {
        byte[] begin = Read(stream, 0);
        return Has(begin, "Placeholder") || Has(begin, "saved_model") || Has(begin, "serve")
            ? $"is a TensorFlow graph: {FromTensorFlow} --graphdef FILE (or --saved-model FOLDER) --output net.onnx"
            : "is not an ONNX file: it holds no graph. Export the network as ONNX (torch.onnx.export, tf2onnx)";
    }

    /// <summary>What a folder is that was given in place of a file.</summary>
    public static string DescribeFolder(string path) =>
        Directory.EnumerateFiles(path, "*.onnx", SearchOption.AllDirectories).FirstOrDefault() is string network
            ? $"is a folder: name the network in it, such as {network}"
            : File.Exists(Path.Combine(path, "saved_model.pb"))
                ? $"is a TensorFlow model: {FromTensorFlow} --saved-model {path} --output net.onnx"
                : "is a folder without an ONNX file; a network's .onnx file was expected";

    private static bool Has(byte[] bytes, string text) => bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;

    private static byte[] Read(Stream stream, long start)
    {
        var bytes = new byte[Math.Min(Searched, stream.Length - start)];
        stream.Position = start;
        stream.ReadExactly(bytes);
        stream.Position = 0;
        return bytes;
    }
}
