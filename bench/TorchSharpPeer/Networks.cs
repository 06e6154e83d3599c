using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharpPeer;

/// <summary>A minibatch as a network takes it: words to read and words to say.</summary>
/// <param name="Features">N x D, or N x P x D.</param>
/// <param name="Words">T x N ids, or N x T where the batch comes first.</param>
/// <param name="Targets">As many ids, or those of the packed captions.</param>
/// <param name="Lengths">The captions' lengths if they are to be packed, the longest first.</param>
/// <param name="Count">N.</param>
internal sealed record Batch(Tensor Features, Tensor Words, Tensor Targets, Tensor? Lengths, int Count);

/// <summary>A network whose parameters can be ShowTell's.</summary>
internal abstract class Network
{
    /// <summary>
    /// ShowTell's parameters: each a parameter or a part of one, Length elements of a dimension from Start on.
    /// </summary>
    private readonly List<(string Name, Parameter Parameter, int Dim, long Start, long Length)> _parts = [];

    protected Network(Sizes sizes, int wordVectorSize)
    {
        Project = Linear(sizes.D, sizes.H);
        Embed = Embedding(sizes.V, wordVectorSize);
        Score = Linear(sizes.H, sizes.V);
        Add("W_proj", Project.weight);
        Add("b_proj", Project.bias!);
        Add("W_embed", Embed.weight!);
        Add("W_vocab", Score.weight);
        Add("b_vocab", Score.bias!);
    }

    public virtual bool BatchFirst => false;

    public IEnumerable<Parameter> Trained => _parts.Select(part => part.Parameter).Distinct();

    protected Linear Project { get; }

    protected Embedding Embed { get; }

    protected Linear Score { get; }

    public static Network Create(string kind, Sizes sizes, string form = "") => kind switch
    {
        "attention" => new AttentionNetwork(sizes, form),
        "transformer" => new TransformerNetwork(sizes, form),
        _ => new RecurrentNetwork(kind, sizes),
    };

    public static string[] TrainingForms(string kind, bool isReal)
    {
        string[] networks = kind switch
        {
            "attention" => ["products, ", "fused attention, "],
            "transformer" => ["nn.TransformerDecoderLayer, ", "fused attention, "],
            _ => isReal ? ["packed, ", "padded, "] : [""],
        };
        return [.. networks.SelectMany(network => (string[])[network + "torch.optim.Adam", network + "fused Adam"])];
    }

    public static string[] DecodingForms(string kind, bool ends) => kind switch
    {
        "attention" or "transformer" => ["products", "fused attention"],
        _ => ends ? ["layer", "cell", "layer, dropping", "cell, dropping"] : ["layer", "cell"],
    };

    /// <summary>Takes ShowTell's weights.</summary>
    public void Load(Dictionary<string, Tensor> weights)
    {
        using var noGradient = no_grad();
        foreach (var part in _parts)
        {
            Tensor value = weights[part.Name];
            value = part.Name == "W_embed" || value.dim() == 1 ? value : value.t();
            Of(part.Parameter, part.Dim, part.Start, part.Length).copy_(ReorderGates(part.Name, value));
        }
    }

    /// <summary>How long the gradients are as vectors, under ShowTell's names.</summary>
    public Dictionary<string, double> GradientNorms() => _parts.ToDictionary(
        part => part.Name,
        part => (double)Of(part.Parameter.grad!, part.Dim, part.Start, part.Length).norm().item<float>());

    /// <summary>Summed over the words, averaged over the captions.</summary>
    public Tensor Loss(Batch batch) =>
        functional.cross_entropy(
            Score.call(States(batch)), batch.Targets.flatten(), ignore_index: 0, reduction: Reduction.Sum)
        / batch.Count;

    /// <summary>Clears the gradients of what is not trained.</summary>
    public virtual void MaskGradients()
    {
    }

    /// <summary>What makes decoders of photos' features, for captions of at most that length.</summary>
    public abstract Func<Tensor, Decoder> Decoding(int length, string form);

    /// <summary>What scores are made of, a row for each target.</summary>
    protected abstract Tensor States(Batch batch);

    protected virtual Tensor ReorderGates(string name, Tensor rows) => rows;

    protected void Add(string name, Parameter parameter, int dim = 0, long start = 0, long? length = null) =>
        _parts.Add((name, parameter, dim, start, length ?? parameter.shape[dim] - start));

    private static Tensor Of(Tensor whole, int dim, long start, long length) => whole.narrow(dim, start, length);
}

/// <summary>Decodes some photos, step by step: a step reads words, N, and says the next.</summary>
internal abstract class Decoder : IDisposable
{
    private readonly List<Tensor> _owned = [];

    /// <summary>The next words, N.</summary>
    public abstract Tensor Step(Tensor words);

    /// <summary>Goes on with some of the captions only.</summary>
    public virtual void Keep(Tensor rows) => throw new NotSupportedException();

    public void Dispose() => _owned.ForEach(tensor => tensor.Dispose());

    /// <summary>Keeps a tensor beyond the step in the place of the one before it.</summary>
    protected void Replace(ref Tensor kept, Tensor next)
    {
        _owned.Remove(kept);
        kept.Dispose();
        kept = Own(next);
    }

    protected Tensor Own(Tensor tensor)
    {
        _owned.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }
}
