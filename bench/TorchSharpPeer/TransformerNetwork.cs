using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharpPeer;

/// <summary>
/// ShowTell's TransformerNetwork. The parameters are those of nn.TransformerDecoderLayer. One form computes with that
/// module, the other one with libtorch's fused attention.
/// </summary>
internal sealed class TransformerNetwork : Network
{
    private readonly Sizes _sizes;
    private readonly bool _usesModule;
    private readonly Layer[] _layers;

    public TransformerNetwork(Sizes sizes, string form)
        : base(sizes, sizes.H)
    {
        _sizes = sizes;
        _usesModule = form.Contains("nn.TransformerDecoderLayer", StringComparison.Ordinal);
        _layers = [.. Enumerable.Range(0, sizes.Layers).Select(i => new Layer(this, i))];
    }

    // The module is time-major.
    public override bool BatchFirst => !_usesModule;

    public override Func<Tensor, Decoder> Decoding(int length, string form)
    {
        bool isFused = form.Contains("fused attention", StringComparison.Ordinal);
        Tensor positions = Positions(length);
        return features => new TransformerDecoder(this, Project.call(features), positions, isFused);
    }

    protected override Tensor States(Batch batch)
    {
        Tensor memory = Project.call(batch.Features), x = Embed.call(batch.Words) * Math.Sqrt(_sizes.H);
        Tensor positions = Positions((int)batch.Words.shape[BatchFirst ? 1 : 0]);
        x += BatchFirst ? positions : positions.unsqueeze(1);
        if (_usesModule)
        {
            long length = x.shape[0];
            Tensor mask = full(length, length, float.NegativeInfinity).triu(1);
            memory = memory.transpose(0, 1);
            return _layers.Aggregate(x, (input, layer) => layer.Module.call(input, memory, mask)).flatten(0, 1);
        }

        return _layers.Aggregate(x, (input, layer) => layer.Forward(input, memory)).flatten(0, 1);
    }

    /// <summary>Sines and cosines, count x H.</summary>
    private Tensor Positions(int count)
    {
        Tensor exponents = arange(0, _sizes.H, 2, ScalarType.Float64) / -_sizes.H;
        Tensor angles = arange(count, ScalarType.Float64).unsqueeze(1) * pow(10_000, exponents);
        return stack([angles.sin(), angles.cos()], 2).flatten(1).to(ScalarType.Float32);
    }

    private Tensor Attend(Tensor q, Tensor k, Tensor v, bool isFused)
    {
        if (isFused)
        {
            return functional.scaled_dot_product_attention(q, k, v);
        }

        double scale = 1 / Math.Sqrt(_sizes.H / _sizes.Heads);
        return matmul(matmul(q * scale, k.transpose(-1, -2)).softmax(-1), v);
    }

    /// <summary>N x L x (parts · H) to parts of N x heads x L x d each.</summary>
    private Tensor[] Heads(Tensor x, int parts) =>
        x.view(x.shape[0], x.shape[1], parts, _sizes.Heads, -1).permute(2, 0, 3, 1, 4).unbind(0);

    /// <summary>A layer: its parameters, and its fused form.</summary>
    private sealed class Layer
    {
        private readonly TransformerNetwork _network;
        private readonly Dictionary<string, Parameter> _of;

        public Layer(TransformerNetwork network, int index)
        {
            _network = network;
            Sizes sizes = network._sizes;
            Module = TransformerDecoderLayer(sizes.H, sizes.Heads, sizes.F, dropout: 0);
            _of = Module.named_parameters().ToDictionary(item => item.name, item => item.parameter);
            string suffix = index == 0 ? "" : $"{index + 1}";
            void Add(string name, string parameter, long start = 0, long? length = null) =>
                network.Add(name + suffix, _of[parameter], 0, start, length);
            foreach ((string name, string attention, string norm) in (ReadOnlySpan<(string, string, string)>)
                [("self", "self_attn", "norm1"), ("cross", "multihead_attn", "norm2")])
            {
                Add($"W_{name}_query", $"{attention}.in_proj_weight", length: sizes.H);
                Add($"b_{name}_query", $"{attention}.in_proj_bias", length: sizes.H);
                Add($"W_{name}_memory", $"{attention}.in_proj_weight", start: sizes.H);
                Add($"b_{name}_memory", $"{attention}.in_proj_bias", start: sizes.H);
                Add($"W_{name}_out", $"{attention}.out_proj.weight");
                Add($"b_{name}_out", $"{attention}.out_proj.bias");
                Add($"g_{name}_norm", $"{norm}.weight");
                Add($"b_{name}_norm", $"{norm}.bias");
            }

            Add("W_feed_in", "linear1.weight");
            Add("b_feed_in", "linear1.bias");
            Add("W_feed_out", "linear2.weight");
            Add("b_feed_out", "linear2.bias");
            Add("g_feed_norm", "norm3.weight");
            Add("b_feed_norm", "norm3.bias");
        }

        public TransformerDecoderLayer Module { get; }

        /// <summary>All words of the captions, N x L x H.</summary>
        public Tensor Forward(Tensor x, Tensor memory)
        {
            Tensor[] own = _network.Heads(SelfInput(x), 3);
            Tensor z = functional.scaled_dot_product_attention(own[0], own[1], own[2], is_casual: true);
            x = AddAndNormalize(x, Out("self_attn", z), "norm1");
            (Tensor keys, Tensor values) = Memory(memory);
            z = functional.scaled_dot_product_attention(Queries(x), keys, values);
            return FeedForward(AddAndNormalize(x, Out("multihead_attn", z), "norm2"));
        }

        /// <summary>A word more, N x 1 x H; keys and values are those so far, N x heads x L x d.</summary>
        public Tensor Step(
            Tensor x, int position, (Tensor Keys, Tensor Values) so, (Tensor Keys, Tensor Values) memory, bool isFused)
        {
            Tensor[] own = _network.Heads(SelfInput(x), 3);
            so.Keys.narrow(2, position, 1).copy_(own[1]);
            so.Values.narrow(2, position, 1).copy_(own[2]);
            Tensor z = _network.Attend(
                own[0], so.Keys.narrow(2, 0, position + 1), so.Values.narrow(2, 0, position + 1), isFused);
            x = AddAndNormalize(x, Out("self_attn", z), "norm1");
            z = _network.Attend(Queries(x), memory.Keys, memory.Values, isFused);
            return FeedForward(AddAndNormalize(x, Out("multihead_attn", z), "norm2"));
        }

        /// <summary>Keys and values of the regions.</summary>
        public (Tensor Keys, Tensor Values) Memory(Tensor memory)
        {
            Tensor[] parts = _network.Heads(Cross(memory, 1, 2), 2);
            return (parts[0], parts[1]);
        }

        private Tensor SelfInput(Tensor x) =>
            functional.linear(x, _of["self_attn.in_proj_weight"], _of["self_attn.in_proj_bias"]);

        private Tensor Queries(Tensor x) => _network.Heads(Cross(x, 0, 1), 1)[0];

        private Tensor Cross(Tensor x, int start, int parts)
        {
            int size = _network._sizes.H;
            return functional.linear(
                x, _of["multihead_attn.in_proj_weight"].narrow(0, start * size, parts * size),
                _of["multihead_attn.in_proj_bias"].narrow(0, start * size, parts * size));
        }

        private Tensor Out(string attention, Tensor z) => functional.linear(
            z.transpose(1, 2).flatten(2), _of[$"{attention}.out_proj.weight"], _of[$"{attention}.out_proj.bias"]);

        private Tensor AddAndNormalize(Tensor x, Tensor branch, string norm) => functional.layer_norm(
            x + branch, [_network._sizes.H], _of[$"{norm}.weight"], _of[$"{norm}.bias"]);

        private Tensor FeedForward(Tensor x)
        {
            Tensor inner = functional.linear(x, _of["linear1.weight"], _of["linear1.bias"]).relu();
            return AddAndNormalize(
                x, functional.linear(inner, _of["linear2.weight"], _of["linear2.bias"]), "norm3");
        }
    }

    /// <summary>Keeps the keys and values of the words so far; those of the regions are computed once.</summary>
    private sealed class TransformerDecoder : Decoder
    {
        private readonly TransformerNetwork _network;
        private readonly Tensor _positions;
        private readonly bool _isFused;
        private readonly (Tensor Keys, Tensor Values)[] _memory;
        private readonly (Tensor Keys, Tensor Values)[] _so;
        private int _position;

        public TransformerDecoder(TransformerNetwork network, Tensor memory, Tensor positions, bool isFused)
        {
            (_network, _positions, _isFused) = (network, positions, isFused);
            Sizes sizes = network._sizes;
            Tensor Room() => empty(memory.shape[0], sizes.Heads, positions.shape[0], sizes.H / sizes.Heads);
            _memory = [.. network._layers.Select(layer => OwnBoth(layer.Memory(memory)))];
            _so = [.. network._layers.Select(_ => OwnBoth((Room(), Room())))];
        }

        public override Tensor Step(Tensor words)
        {
            Tensor x = (_network.Embed.call(words) * Math.Sqrt(_network._sizes.H)) + _positions[_position];
            x = x.unsqueeze(1);
            for (int i = 0; i < _memory.Length; i++)
            {
                x = _network._layers[i].Step(x, _position, _so[i], _memory[i], _isFused);
            }

            _position++;
            return _network.Score.call(x.squeeze(1)).argmax(-1);
        }

        private (Tensor Keys, Tensor Values) OwnBoth((Tensor Keys, Tensor Values) both) =>
            (Own(both.Keys), Own(both.Values));
    }
}
