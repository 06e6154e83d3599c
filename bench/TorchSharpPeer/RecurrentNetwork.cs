using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.nn.utils.rnn;

namespace TorchSharpPeer;

/// <summary>The exercises' networks: an RNN, LSTM or GRU whose first hidden state is the image.</summary>
internal sealed class RecurrentNetwork : Network
{
    private readonly string _kind;
    private readonly Sizes _sizes;
    private readonly Module _layer;
    private readonly Parameter _hiddenBias;

    public RecurrentNetwork(string kind, Sizes sizes)
        : base(sizes, sizes.W)
    {
        (_kind, _sizes) = (kind, sizes);
        _layer = kind switch
        {
            "rnn" => RNN(sizes.W, sizes.H), "lstm" => LSTM(sizes.W, sizes.H), _ => GRU(sizes.W, sizes.H),
        };
        Add("Wx", _layer.get_parameter("weight_ih_l0")!);
        Add("Wh", _layer.get_parameter("weight_hh_l0")!);
        Add("b", _layer.get_parameter("bias_ih_l0")!);

        // Torch has two biases where one does: the second stays zero and is not trained, but for a GRU's last gate.
        _hiddenBias = _layer.get_parameter("bias_hh_l0")!;
        using (no_grad())
        {
            _hiddenBias.zero_();
        }

        if (kind == "gru")
        {
            Add("bh", _hiddenBias, start: 2 * sizes.H);
        }
        else
        {
            _hiddenBias.requires_grad_(false);
        }
    }

    public override void MaskGradients()
    {
        if (_kind == "gru")
        {
            using Tensor gradient = _hiddenBias.grad!;
            gradient.narrow(0, 0, 2 * _sizes.H).zero_();
        }
    }

    public override Func<Tensor, Decoder> Decoding(int length, string form)
    {
        if (form.StartsWith("layer", StringComparison.Ordinal))
        {
            return features => new LayerDecoder(this, Project.call(features).unsqueeze(0));
        }

        Module cell = Cell();
        return features => new CellDecoder(this, cell, Project.call(features));
    }

    protected override Tensor States(Batch batch)
    {
        Tensor h = Project.call(batch.Features).unsqueeze(0), words = Embed.call(batch.Words);
        if (batch.Lengths is null)
        {
            return Run(words, h, zeros_like(h)).Output.flatten(0, 1);
        }

        PackedSequence packed = pack_padded_sequence(words, batch.Lengths);
        return _layer switch
        {
            LSTM lstm => lstm.call(packed, (h, zeros_like(h))).Item1.data,
            GRU gru => gru.call(packed, h).Item1.data,
            RNN rnn => rnn.call(packed, h).Item1.data,
            _ => throw new NotSupportedException(),
        };
    }

    /// <summary>From the exercise's order of an LSTM's gates, i, f, o, g, to torch's: i, f, g, o.</summary>
    protected override Tensor ReorderGates(string name, Tensor rows)
    {
        if (_kind != "lstm" || name is not ("Wx" or "Wh" or "b"))
        {
            return rows;
        }

        Tensor[] gates = rows.chunk(4, 0);
        return cat([gates[0], gates[1], gates[3], gates[2]], 0);
    }

    /// <summary>A cell with the layer's weights.</summary>
    private Module Cell()
    {
        Module cell = _kind switch
        {
            "rnn" => RNNCell(_sizes.W, _sizes.H),
            "lstm" => LSTMCell(_sizes.W, _sizes.H),
            _ => GRUCell(_sizes.W, _sizes.H),
        };
        using var noGradient = no_grad();
        foreach ((string name, Parameter parameter) in cell.named_parameters())
        {
            parameter.copy_(_layer.get_parameter($"{name}_l0")!);
        }

        return cell;
    }

    private (Tensor Output, Tensor H, Tensor C) Run(Tensor words, Tensor h, Tensor c)
    {
        switch (_layer)
        {
            case LSTM lstm:
                return lstm.call(words, (h, c));
            case GRU gru:
                (Tensor output, Tensor next) = gru.call(words, h);
                return (output, next, c);
            default:
                (output, next) = ((RNN)_layer).call(words, h);
                return (output, next, c);
        }
    }

    /// <summary>Decodes with the layer that training uses.</summary>
    private sealed class LayerDecoder : Decoder
    {
        private readonly RecurrentNetwork _network;
        private Tensor _h;
        private Tensor _c;

        public LayerDecoder(RecurrentNetwork network, Tensor h) =>
            (_network, _h, _c) = (network, Own(h), Own(zeros_like(h)));

        public override Tensor Step(Tensor words)
        {
            (Tensor output, Tensor h, Tensor c) = _network.Run(_network.Embed.call(words).unsqueeze(0), _h, _c);
            Tensor next = _network.Score.call(output.squeeze(0)).argmax(-1);
            Replace(ref _h, h);
            if (_network._kind == "lstm")
            {
                Replace(ref _c, c);
            }

            return next;
        }

        public override void Keep(Tensor rows)
        {
            Replace(ref _h, _h.index_select(1, rows));
            Replace(ref _c, _c.index_select(1, rows));
        }
    }

    /// <summary>Decodes with torch's cell.</summary>
    private sealed class CellDecoder : Decoder
    {
        private readonly RecurrentNetwork _network;
        private readonly Module _cell;
        private Tensor _h;
        private Tensor _c;

        public CellDecoder(RecurrentNetwork network, Module cell, Tensor h) =>
            (_network, _cell, _h, _c) = (network, cell, Own(h), Own(zeros_like(h)));

        public override Tensor Step(Tensor words)
        {
            Tensor x = _network.Embed.call(words);
            Tensor h;
            switch (_cell)
            {
                case LSTMCell lstm:
                    (h, Tensor c) = lstm.call(x, (_h, _c));
                    Replace(ref _c, c);
                    break;
                case GRUCell gru:
                    h = gru.call(x, _h);
                    break;
                default:
                    h = ((RNNCell)_cell).call(x, _h);
                    break;
            }

            Replace(ref _h, h);
            return _network.Score.call(h).argmax(-1);
        }

        public override void Keep(Tensor rows)
        {
            Replace(ref _h, _h.index_select(0, rows));
            Replace(ref _c, _c.index_select(0, rows));
        }
    }
}
