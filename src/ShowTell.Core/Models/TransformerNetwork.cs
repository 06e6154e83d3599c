using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// The decoder of a Transformer (Vaswani et al., "Attention is all you need", 2017), as in the later edition of the
/// exercises: each word looks at the words before it and at the places of the image, in several layers.
/// <code>
/// memory_p = features_p W_proj + b_proj              for each of the P places; D/P features each
/// x_t = √H W_embed[word_t] + P_t                     P: <see cref="PositionalEncoding"/>
/// y_1 ... y_t = layers(x_1 ... x_t, memory)          each a <see cref="TransformerLayer{T}"/>
/// </code>
/// Dropout is that of the words' vectors, of what each part of a layer adds, and of y. To train, words stand caption
/// after caption, each caption as long as it is: nothing is computed behind its last word.
/// </summary>
internal sealed class TransformerNetwork<T> : CaptionNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly CaptioningParameters<T> _parameters;
    private readonly TransformerLayer<T>[] _layers;
    private readonly SequenceRows _captions = new();

    /// <summary>√H.</summary>
    private readonly T _wordScale;

    /// <summary>The features in the captions' order, a row a place, N·P x D/P.</summary>
    private readonly Matrix<T> _features = new(0, 0);
    private readonly Matrix<T> _memory = new(0, 0);
    private readonly Matrix<T> _dMemory = new(0, 0);

    /// <summary>The input of the first layer, caption after caption.</summary>
    private readonly Matrix<T> _x = new(0, 0);

    /// <summary>The gradient that goes back through the layers.</summary>
    private readonly Matrix<T> _d = new(0, 0);
    private readonly Matrix<T> _output = new(0, 0);
    private readonly Matrix<T> _dOutput = new(0, 0);

    /// <summary>The vectors of positions, as many as were needed.</summary>
    private readonly Matrix<T> _positions = new(0, 0);

    // To decode with.
    private readonly Matrix<T> _attention = new(0, 0);
    private readonly Matrix<T> _step = new(0, 0);
    private TransformerStep<T>[] _steps = [];

    public TransformerNetwork(CaptioningOptions options, CaptioningParameters<T> parameters)
    {
        (_options, _parameters) = (options, parameters);
        _wordScale = T.Sqrt(T.CreateChecked(options.HiddenSize));
        _layers = [.. Enumerable.Range(0, options.Layers).Select(i => new TransformerLayer<T>(options, parameters, i))];
    }

    public override ReadOnlyMatrixSpan<T> Output => _output;

    public override MatrixSpan<T> DOutput => _dOutput;

    public override Matrix<T> Attention => _attention;

    private int Places => _options.Places;

    private int FeaturesOfPlace => _options.FeatureSize / Places;

    /// <summary>The parameters, in their order in files.</summary>
    public static IEnumerable<ParameterShape> Shapes(CaptioningOptions options)
    {
        yield return ParameterShape.Weights("W_proj", options.FeatureSize / options.Places, options.HiddenSize);
        yield return ParameterShape.Bias("b_proj", options.HiddenSize);
        yield return ParameterShape.WordVectors(options);
        for (int i = 0; i < options.Layers; i++)
        {
            foreach (ParameterShape shape in TransformerWeights<T>.Shapes(options, i))
            {
                yield return shape;
            }
        }
    }

    public override void Forward(ReadOnlyMatrixSpan<T> features, CaptionRows rows, TrainingNoise noise)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        int hidden = _options.HiddenSize;
        _features.Reshape(features.Rows * Places, FeaturesOfPlace);
        rows.Sort(features, new MatrixSpan<T>(_features.Span, features.Rows, features.Columns));
        _memory.Reshape(_features.Rows, hidden);
        Affine.Forward(_features, _parameters.WProj, _parameters.BProj.Span, _memory);

        TransformerLayer<T>.Reshape(_x, rows.Steps, hidden);
        TransformerLayer<T>.Reshape(_output, rows.Steps, hidden);
        TransformerLayer<T>.Reshape(_dOutput, rows.Steps, hidden);
        _captions.CopyFrom(rows.Steps);
        AddPositions(_captions.Longest);
        for (int t = 0; t < rows.Steps.Count; t++)
        {
            for (int n = 0; n < rows.Steps.RowsAt(t); n++)
            {
                Embed(rows.Inputs[rows.Steps.Start(t) + n], t, noise.Words, _x.Row(_captions.Start(n) + t));
            }
        }

        Matrix<T> x = _x;
        foreach (TransformerLayer<T> layer in _layers)
        {
            layer.Forward(x, _memory, rows.Steps, noise);
            x = layer.Output;
        }

        for (int t = 0; t < rows.Steps.Count; t++)
        {
            for (int n = 0; n < rows.Steps.RowsAt(t); n++)
            {
                x.Row(_captions.Start(n) + t).CopyTo(_output.Row(rows.Steps.Start(t) + n));
            }
        }
    }

    public override void Backward(
        ReadOnlyMatrixSpan<T> features, CaptionRows rows, TrainingNoise noise, CaptioningParameters<T> gradients)
    {
        TransformerLayer<T>.Reshape(_d, rows.Steps, _options.HiddenSize);
        for (int t = 0; t < rows.Steps.Count; t++)
        {
            for (int n = 0; n < rows.Steps.RowsAt(t); n++)
            {
                _dOutput.Row(rows.Steps.Start(t) + n).CopyTo(_d.Row(_captions.Start(n) + t));
            }
        }

        _dMemory.Reshape(_memory.Rows, _memory.Columns);
        _dMemory.Span.Clear();
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            Matrix<T> x = i == 0 ? _x : _layers[i - 1].Output;
            _layers[i].Backward(x, _memory, rows.Steps, noise, _d, _dMemory, gradients.TransformerLayers[i]);
        }

        Affine.BackwardWeights(_dMemory, _features, gradients.WProj, gradients.BProj.Span);
        gradients.WEmbed.Span.Clear();
        for (int t = 0; t < rows.Steps.Count; t++)
        {
            for (int n = 0; n < rows.Steps.RowsAt(t); n++)
            {
                int word = rows.Inputs[rows.Steps.Start(t) + n];
                Span<T> d = _d.Row(_captions.Start(n) + t), dWord = gradients.WEmbed.Row(word);
                Drop(word, noise.Words, d);
                TensorPrimitives.MultiplyAdd(d, _wordScale, dWord, dWord);
            }
        }
    }

    public override void PrepareDecoding() => _steps =
        [.. Enumerable.Range(0, _options.Layers).Select(i => new TransformerStep<T>(_options, _parameters, i))];

    public override DecodingState<T> Begin(ReadOnlyMatrixSpan<T> features)
    {
        MatrixShape.Require(features, features.Rows, _options.FeatureSize, nameof(features));
        int hidden = _options.HiddenSize;
        var state = new DecodingState<T>(features.Rows, [.. Enumerable.Repeat(0, _steps.Length)])
        {
            Grids = new Matrix<T>(checked(features.Rows * Places), checked(_steps.Length * 2 * hidden)),
        };
        var memory = new Matrix<T>(Places, hidden);
        for (int n = 0; n < features.Rows; n++)
        {
            Affine.Forward(
                new ReadOnlyMatrixSpan<T>(features.Row(n), Places, FeaturesOfPlace), _parameters.WProj,
                _parameters.BProj.Span, memory);
            foreach (TransformerStep<T> step in _steps)
            {
                step.Remember(memory, state.Grids.RowBlock(n * Places, Places));
            }
        }

        return state;
    }

    public override void BeginStep(DecodingState<T> state, ReadOnlySpan<int> words)
    {
        state.Words++;
        AddPositions(state.Words);
        _step.Reshape(words.Length, _options.HiddenSize);
        _attention.Reshape(words.Length, Places);
        foreach (TransformerStep<T> step in _steps)
        {
            step.Begin(state);
        }
    }

    public override ReadOnlyMatrixSpan<T> Step(DecodingState<T> state, ReadOnlySpan<int> words, int start)
    {
        MatrixSpan<T> x = _step.RowBlock(start, words.Length);
        for (int i = 0; i < words.Length; i++)
        {
            Embed(words[i], state.Words - 1, mask: default, x.Row(i));
        }

        foreach (TransformerStep<T> step in _steps)
        {
            step.Run(state, start, x);
        }

        for (int i = 0; i < words.Length; i++)
        {
            _steps[^1].ReadAttention(start + i, _attention.Row(start + i));
        }

        return x;
    }

    /// <summary>√H W_embed[word] + P_t. A word's dropout is the same wherever it stands.</summary>
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
