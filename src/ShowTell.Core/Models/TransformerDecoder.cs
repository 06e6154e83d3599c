using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// The decoder of a Transformer (Vaswani et al., "Attention is all you need", 2017): each word attends to the words
/// before it and to the regions of the image, in several layers.
/// <code>
/// memory_p = features_p W_proj + b_proj              for each of the P regions; D/P features each
/// x_t = √H W_embed[word_t] + P_t                     P: <see cref="PositionalEncoding"/>
/// y_1 ... y_t = layers(x_1 ... x_t, memory)          each a <see cref="TransformerLayer{T}"/>
/// </code>
/// Dropout applies to the word vectors, to what each part of a layer adds, and to y. In training, captions are in a
/// <see cref="RaggedLayout"/>: nothing is computed after a caption's last word.
/// </summary>
internal sealed class TransformerDecoder<T> : CaptionDecoder<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly CaptioningParameters<T> _parameters;
    private readonly TransformerLayer<T>[] _layers;
    private readonly RaggedLayout _ragged = new();

    /// <summary>√H.</summary>
    private readonly T _wordScale;

    /// <summary>The features in the order of the packed captions, one row per region, N·P x D/P.</summary>
    private readonly Matrix<T> _features = new(0, 0);
    private readonly Matrix<T> _memory = new(0, 0);
    private readonly Matrix<T> _dMemory = new(0, 0);

    /// <summary>The input of the first layer, caption by caption.</summary>
    private readonly Matrix<T> _x = new(0, 0);

    /// <summary>The gradient passed down through the layers.</summary>
    private readonly Matrix<T> _d = new(0, 0);
    private readonly Matrix<T> _output = new(0, 0);
    private readonly Matrix<T> _dOutput = new(0, 0);

    /// <summary>The positional encodings computed so far.</summary>
    private readonly Matrix<T> _positions = new(0, 0);

    /// <summary>The attention weights of a decoding step, N x P.</summary>
    private readonly Matrix<T> _attention = new(0, 0);

    public TransformerDecoder(CaptioningOptions options, CaptioningParameters<T> parameters)
    {
        (_options, _parameters) = (options, parameters);
        _wordScale = T.Sqrt(T.CreateChecked(options.HiddenSize));
        _layers = [.. Enumerable.Range(0, options.Layers).Select(i => new TransformerLayer<T>(options, parameters, i))];
    }

    public override ReadOnlyMatrixSpan<T> Output => _output;

    public override MatrixSpan<T> DOutput => _dOutput;

    public override Matrix<T> Attention => _attention;

    private int Regions => _options.Regions;

    private int FeaturesPerRegion => _options.FeatureSize / Regions;

    public override void Forward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        int hidden = _options.HiddenSize;
        _features.Reshape(features.Rows * Regions, FeaturesPerRegion);
        captions.Sort(features, new MatrixSpan<T>(_features.Span, features.Rows, features.Columns));
        _memory.Reshape(_features.Rows, hidden);
        Affine.Forward(_features, _parameters.WProj, _parameters.BProj.Span, _memory);

        _ragged.CopyFrom(captions.Layout);
        Resize(_x);
        Resize(_output);
        Resize(_dOutput);
        AddPositions(_ragged.MaxLength);
        for (int t = 0; t < captions.Layout.Timesteps; t++)
        {
            for (int n = 0; n < captions.Layout.RowsAt(t); n++)
            {
                int word = captions.Inputs[captions.Layout.Start(t) + n];
                Embed(word, t, regularization.Words, _x.Row(_ragged.Start(n) + t));
            }
        }

        Matrix<T> x = _x;
        foreach (TransformerLayer<T> layer in _layers)
        {
            layer.Forward(x, _memory, captions.Layout, regularization);
            x = layer.Output;
        }

        for (int row = 0; row < _ragged.Rows; row++)
        {
            x.Row(_ragged.RowOfPacked(row)).CopyTo(_output.Row(row));
        }
    }

    public override void Backward(
        ReadOnlyMatrixSpan<T> features, PackedCaptions captions, StepRegularization regularization,
        CaptioningParameters<T> gradients)
    {
        Resize(_d);
        for (int row = 0; row < _ragged.Rows; row++)
        {
            _dOutput.Row(row).CopyTo(_d.Row(_ragged.RowOfPacked(row)));
        }

        _dMemory.Reshape(_memory.Rows, _memory.Columns);
        _dMemory.Span.Clear();
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            Matrix<T> x = i == 0 ? _x : _layers[i - 1].Output;
            _layers[i].Backward(x, _memory, regularization, _d, _dMemory, gradients.TransformerLayers[i]);
        }

        Affine.BackwardWeights(_dMemory, _features, gradients.WProj, gradients.BProj.Span);
        gradients.WEmbed.Span.Clear();
        for (int row = 0; row < _ragged.Rows; row++)
        {
            int word = captions.Inputs[row];
            Span<T> d = _d.Row(_ragged.RowOfPacked(row)), dWord = gradients.WEmbed.Row(word);
            Drop(word, regularization.Words, d);
            TensorPrimitives.MultiplyAdd(d, _wordScale, dWord, dWord);
        }
    }

    public override void PrepareDecoding() => Array.ForEach(_layers, layer => layer.Pack());

    public override DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        int hidden = _options.HiddenSize, rows = checked(features.Rows * Regions);
        var state = new DecodingState<T>(features.Rows, [.. Enumerable.Repeat(0, _layers.Length)])
        {
            ImageKeysValues = [.. _layers.Select(_ => new Matrix<T>(rows, checked(2 * hidden)))],
        };
        var memory = new Matrix<T>(Regions, hidden);
        for (int n = 0; n < features.Rows; n++)
        {
            Affine.Forward(
                new ReadOnlyMatrixSpan<T>(features.Row(n), Regions, FeaturesPerRegion), _parameters.WProj,
                _parameters.BProj.Span, memory);
            for (int i = 0; i < _layers.Length; i++)
            {
                _layers[i].ProjectMemory(memory, state.ImageKeysValues[i].RowBlock(n * Regions, Regions));
            }
        }

        return state;
    }

    public override void BeginStep(DecodingState<T> state, ReadOnlySpan<int> words)
    {
        state.Words++;
        AddPositions(state.Words);
        _x.Reshape(words.Length, _options.HiddenSize);
        _attention.Reshape(words.Length, Regions);
        foreach (TransformerLayer<T> layer in _layers)
        {
            layer.BeginStep(state);
        }
    }

    public override ReadOnlyMatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words, int start)
    {
        MatrixSpan<T> x = _x.RowBlock(start, words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            Embed(words[i], state.Words - 1, mask: default, x.Row(i));
        }

        foreach (TransformerLayer<T> layer in _layers)
        {
            x = layer.Step(state, start, x);
        }

        for (int i = start; i < start + words.Length; i++)
        {
            _layers[^1].ReadAttention(i, _attention.Row(i));
        }

        return x;
    }

    private void Resize(Matrix<T> matrix) =>
        MultiHeadAttentionCache<T>.Resize(matrix, _ragged, _options.HiddenSize);

    /// <summary>√H W_embed[word] + P_t. The dropout mask depends only on the word.</summary>
    private void Embed(int word, int position, DropoutMask mask, Span<T> x)
    {
        TensorPrimitives.Multiply(_parameters.WEmbed.Row(word), _wordScale, x);
        Drop(word, mask, x);
        TensorPrimitives.Add(x, _positions.Row(position), x);
    }

    private static void Drop(int word, DropoutMask mask, Span<T> x)
    {
        if (!mask.IsNone)
        {
            mask.ApplyToRow(word, x, x);
        }
    }

    private void AddPositions(int count)
    {
        if (_positions.Rows < count)
        {
            _positions.Reshape(Math.Max(count, 2 * _positions.Rows), _options.HiddenSize);
            PositionalEncoding.Write<T>(_positions);
        }
    }
}
