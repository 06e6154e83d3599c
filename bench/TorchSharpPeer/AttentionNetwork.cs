using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharpPeer;

/// <summary>
/// ShowTell's AttentionNetwork: an LSTM with scaled dot-product attention over the regions of a grid. The gates are in
/// ShowTell's order: i, f, o, g.
/// </summary>
internal sealed class AttentionNetwork : Network
{
    private readonly int _hidden;
    private readonly bool _isFused;
    private readonly Linear _input;

    /// <summary>For the hidden state and, beside it, what is attended to, 4H x 2H.</summary>
    private readonly Linear _recurrent;

    public AttentionNetwork(Sizes sizes, string form)
        : base(sizes, sizes.W)
    {
        (_hidden, _isFused) = (sizes.H, IsFused(form));
        _input = Linear(sizes.W, 4 * sizes.H);
        _recurrent = Linear(2 * sizes.H, 4 * sizes.H, hasBias: false);
        Add("Wx", _input.weight);
        Add("b", _input.bias!);
        Add("Wh", _recurrent.weight, dim: 1, length: sizes.H);
        Add("Wattn", _recurrent.weight, dim: 1, start: sizes.H);
    }

    public override Func<Tensor, Decoder> Decoding(int length, string form) =>
        features => new AttentionDecoder(this, Project.call(features), IsFused(form));

    protected override Tensor States(Batch batch)
    {
        Tensor grid = Project.call(batch.Features), h = grid.mean([1]), c = h;
        Tensor transposed = _recurrent.weight.t();
        var states = new List<Tensor>();
        foreach (Tensor x in _input.call(Embed.call(batch.Words)).unbind(0))
        {
            (h, c) = Step(grid, x, h, c, transposed, _isFused);
            states.Add(h);
        }

        return cat(states, 0);
    }

    private static bool IsFused(string form) => form.Contains("fused attention", StringComparison.Ordinal);

    /// <summary>A timestep; x is its input after the affine layer, N x 4H.</summary>
    private (Tensor H, Tensor C) Step(Tensor grid, Tensor x, Tensor h, Tensor c, Tensor weight, bool isFused)
    {
        Tensor gates = addmm(x, cat([h, Attend(grid, h, isFused)], 1), weight, 1, 1);
        Tensor[] open = gates.narrow(1, 0, 3 * _hidden).sigmoid().chunk(3, 1);
        c = (open[1] * c) + (open[0] * gates.narrow(1, 3 * _hidden, _hidden).tanh());
        return (open[2] * c.tanh(), c);
    }

    private Tensor Attend(Tensor grid, Tensor h, bool isFused)
    {
        if (isFused)
        {
            Tensor keys = grid.unsqueeze(1);
            return functional.scaled_dot_product_attention(h.unsqueeze(1).unsqueeze(1), keys, keys).flatten(1);
        }

        Tensor scores = bmm(grid, (h / Math.Sqrt(_hidden)).unsqueeze(2)).squeeze(2);
        return bmm(scores.softmax(1).unsqueeze(1), grid).squeeze(1);
    }

    private sealed class AttentionDecoder : Decoder
    {
        private readonly AttentionNetwork _network;
        private readonly Tensor _grid;
        private readonly Tensor _weight;
        private readonly bool _isFused;
        private Tensor _h;
        private Tensor _c;

        public AttentionDecoder(AttentionNetwork network, Tensor grid, bool isFused)
        {
            (_network, _grid, _isFused) = (network, Own(grid), isFused);
            _weight = Own(network._recurrent.weight.t());
            (_h, _c) = (Own(grid.mean([1])), Own(grid.mean([1])));
        }

        public override Tensor Step(Tensor words)
        {
            Tensor x = _network._input.call(_network.Embed.call(words));
            (Tensor h, Tensor c) = _network.Step(_grid, x, _h, _c, _weight, _isFused);
            Replace(ref _h, h);
            Replace(ref _c, c);
            return _network.Score.call(h).argmax(-1);
        }
    }
}
