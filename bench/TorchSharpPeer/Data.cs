using System.Text.Json;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace TorchSharpPeer;

/// <summary>The sizes of a network; D is that of each of P regions.</summary>
internal sealed record Sizes(int D, int W, int H, int V, int P = 1, int Layers = 1, int Heads = 8, int F = 2048);

/// <summary>Captions with the features of their photos: N x D, or N x P x D for a grid; N x (T + 1).</summary>
internal sealed record Minibatch(Tensor Features, Tensor Captions);

/// <summary>The tensors of a safetensors file, and its header.</summary>
internal sealed class TensorFile
{
    public TensorFile(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int dataStart = 8 + (int)BitConverter.ToInt64(bytes);
        Header = JsonNode.Parse(bytes.AsSpan(8, dataStart - 8))!.AsObject();
        foreach ((string name, JsonNode? entry) in Header)
        {
            if (name != "__metadata__")
            {
                long[] shape = [.. entry!["shape"]!.AsArray().Select(size => (long)size!)];
                JsonArray offsets = entry["data_offsets"]!.AsArray();
                Span<byte> data = bytes.AsSpan(dataStart)[(int)offsets[0]!..(int)offsets[1]!];
                Tensors[name] = Read(data, (string)entry["dtype"]!).reshape(shape);
            }
        }
    }

    public JsonObject Header { get; }

    public Dictionary<string, Tensor> Tensors { get; } = [];

    private static Tensor Read(ReadOnlySpan<byte> bytes, string type)
    {
        Tensor tensor = empty(bytes.Length / 4, type == "F32" ? ScalarType.Float32 : ScalarType.Int32);
        bytes.CopyTo(tensor.bytes);
        return tensor;
    }
}

/// <summary>What ShowTell.Benchmarks has written of a source of captions: row k is caption k of a pass.</summary>
internal sealed class Captions
{
    private readonly Tensor _captions;
    private readonly Tensor _features;

    public Captions(string folder)
    {
        Dictionary<string, Tensor> tensors = new TensorFile(Path.Combine(folder, "data.safetensors")).Tensors;
        _captions = tensors["captions"].to(ScalarType.Int64);
        (_features, Photos) = (tensors["features"], tensors["photos"]);
    }

    public Tensor Photos { get; }

    public int Width => (int)_captions.shape[1];

    public Minibatch Read(int number, int n, int regions = 1)
    {
        Tensor rows = (arange(n) + ((long)number * n)) % _captions.shape[0];
        return new(InRegions(_features.index_select(0, rows), regions), _captions.index_select(0, rows));
    }

    public Minibatch[] MinibatchesOfPass(int n) =>
        [.. Enumerable.Range(0, (int)_captions.shape[0] / n).Select(i => Read(i, n))];

    public static Tensor InRegions(Tensor features, int regions) =>
        regions == 1 ? features : features.reshape(features.shape[0], regions, -1);
}

/// <summary>A model that ShowTell.Benchmarks has written, and what it is expected to say.</summary>
internal sealed class TrainedModel
{
    public TrainedModel(string folder, string kind)
    {
        var file = new TensorFile(Path.Combine(folder, $"{kind}.safetensors"));
        Weights = file.Tensors;
        JsonNode options = JsonNode.Parse((string)file.Header["__metadata__"]!["options"]!)!;
        int Of(string name, int whereMissing = 0) => (int?)options[name] ?? whereMissing;
        int regions = Of("places", 1);
        End = Of("endId");
        Sizes = new(
            Of("featureSize") / regions, Of("wordVectorSize"), Of("hiddenSize"), Of("vocabularySize"), regions,
            Of("layers", 1), Of("heads", 8), Of("feedForwardSize", 2048));
        Expected = JsonSerializer.Deserialize<Expected>(
            File.ReadAllText(Path.Combine(folder, $"{kind}.expected.json")), JsonSerializerOptions.Web)!;
    }

    public int End { get; }

    public Sizes Sizes { get; }

    public Dictionary<string, Tensor> Weights { get; }

    public Expected Expected { get; }
}

/// <summary>What ShowTell found.</summary>
internal sealed record Expected(
    int BatchSize, long[][] Captions, Dictionary<string, double> GradientNorms, double[] Losses);
