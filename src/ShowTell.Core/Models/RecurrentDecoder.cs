using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// The exercises' decoder, also with several layers: recurrent layers whose initial states come from the image.
/// <code>
/// h_0 = features W_proj + b_proj                     (and c_0 = 0, or with CellFromImage: features W_cell + b_cell)
/// x_t = W_embed[word_t]
/// h_t = cell(x_t, h_{t-1}; Wx, Wh, b)                y_t = h_t
/// </code>
/// With several layers, the hidden states of one are the inputs x_t of the next, and y_t is the last one's. Each layer
/// has its own parameters: W_proj2, b_proj2, Wx2 and so on for the second.
/// </summary>
internal sealed class RecurrentDecoder<T> : CaptionDecoder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly CaptioningParameters<T> _parameters;
    private readonly RecurrentLayer<T>[] _layers;
    private readonly ProjectedEmbeddingCache<T> _words = new();
    private ProjectedWords<T>? _projectedWords;

    public RecurrentDecoder(CaptioningOptions options, CaptioningParameters<T> parameters)
    {
        (_options, _parameters) = (options, parameters);
        _layers = [.. Enumerable.Range(0, options.Layers).Select(i => new RecurrentLayer<T>(options, parameters, i))];
    }

    public override ReadOnlyMatrixSpan<T> Output => _layers[^1].Time.H;

    public override MatrixSpan<T> DOutput => _layers[^1].Time.DH;

    public override void Forward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization)
    {
        for (int i = 0; i < _layers.Length; i++)
        {
            RecurrentLayer<T> layer = _layers[i];
            layer.BeginForward(features, captions);
            if (i == 0)
            {
                ProjectedEmbedding.Forward(
                    captions.Inputs, _parameters.WEmbed, layer.Weights.Wx, layer.Weights.B.Span, regularization.Words,
                    _words, layer.Gates);
            }
            else
            {
                layer.SetInput(_layers[i - 1].Time.H, regularization.Within(i));
            }

            layer.Forward();
        }
    }

    public override void Backward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization,
        CaptioningParameters<T> gradients)
    {
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            RecurrentLayer<T> layer = _layers[i];
            RecurrentWeights<T> d = gradients.RecurrentLayers[i];
            layer.Backward(d);
            if (i == 0)
            {
                ProjectedEmbedding.Backward(
                    layer.Time.DA, layer.Weights.Wx, regularization.Words, _words, gradients.WEmbed, d.Wx, d.B.Span);
            }
            else
            {
                layer.InputBackward(_layers[i - 1].Time.H, regularization.Within(i), _layers[i - 1].Time.DH, d);
            }

            layer.EndBackward(features, captions, gradients);
        }
    }

    public override void PrepareDecoding()
    {
        _projectedWords = new ProjectedWords<T>(_parameters.WEmbed, _layers[0].Weights.Wx, _layers[0].Weights.B);
        foreach (RecurrentLayer<T> layer in _layers)
        {
            layer.PrepareDecoding();
        }
    }

    public override DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features)
    {
        int hidden = _options.HiddenSize;
        int perLayer = RecurrentLayer<T>.StatesOf(_options.Cell);
        var state = new DecodingState<T>(features.Rows, [.. Enumerable.Repeat(hidden, perLayer * _layers.Length)]);
        for (int i = 0; i < _layers.Length; i++)
        {
            _layers[i].Begin(features, state);
        }

        return state;
    }

    public override void BeginStep(DecodingState<T> state, ReadOnlySpan<int> words)
    {
        _projectedWords!.Add(words);
        foreach (RecurrentLayer<T> layer in _layers)
        {
            layer.BeginStep(words.Length);
        }
    }

    public override ReadOnlyMatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words, int start)
    {
        MatrixSpan<T> h = default;
        for (int i = 0; i < _layers.Length; i++)
        {
            MatrixSpan<T> gates = _layers[i].GatesOf(start, words.Length);
            if (i == 0)
            {
                _projectedWords!.Read(words, gates);
            }
            else
            {
                _layers[i].Project(h, gates);
            }

            h = _layers[i].Step(state, start, gates);
        }

        return h;
    }
}
