using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// One layer of a <see cref="TransformerDecoder{T}"/>: three parts, each of which adds to its input and normalizes the
/// sum (Vaswani et al., 2017), with dropout of what is added.
/// <code>
/// y = LayerNorm(x + <see cref="MultiHeadAttention"/>(x, x))        causal: a word attends to those before it
/// z = LayerNorm(y + <see cref="MultiHeadAttention"/>(y, memory))   the regions of the image
/// out = LayerNorm(z + <see cref="FeedForward"/>(z))
/// </code>
/// In training, rows are whole captions, one after the other. In decoding, there is one row per caption, its next word;
/// the keys and values of earlier words are in the <see cref="DecodingState{T}"/>.
/// </summary>
internal sealed class TransformerLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The number of words by which the buffers of keys and values grow in decoding.</summary>
    private const int RoomStep = 8;

    private readonly CaptioningOptions _options;
    private readonly int _index;
    private readonly TransformerWeights<T> _weights;
    private readonly MultiHeadAttentionCache<T> _self = new();
    private readonly MultiHeadAttentionCache<T> _cross = new();
    private readonly Matrix<T> _hidden = new(0, 0);
    private readonly Matrix<T> _dHidden = new(0, 0);
    private readonly Residual _afterSelf;
    private readonly Residual _afterCross;
    private readonly Residual _afterFeedForward;

    public TransformerLayer(CaptioningOptions options, CaptioningParameters<T> parameters, int index)
    {
        (_options, _index, _weights) = (options, index, new TransformerWeights<T>(parameters.ByName, index));
        _afterSelf = new Residual(_weights.SelfNorm);
        _afterCross = new Residual(_weights.CrossNorm);
        _afterFeedForward = new Residual(_weights.FeedForwardNorm);
    }

    /// <summary>After <see cref="Forward"/>: one row per word of the captions, R x H.</summary>
    public Matrix<T> Output => _afterFeedForward.Output;

    /// <summary>2H: the elements of one position's key and value, all heads together.</summary>
    private int KeyValueSize => 2 * _options.HiddenSize;

    /// <summary>All words of all captions, for training.</summary>
    /// <param name="x">R x H.</param>
    /// <param name="memory">The regions of the images, N·P x H.</param>
    /// <param name="captions">The captions.</param>
    /// <param name="regularization">The dropout of this step.</param>
    public void Forward(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> memory,
        PackedLayout captions,
        StepRegularization regularization)
    {
        _self.Rows.CopyFrom(captions);
        _self.Memory.CopyFrom(captions);
        _cross.Rows.CopyFrom(captions);
        _cross.Memory.SetEqual(captions.BatchSize * _options.Regions, captions.BatchSize);
        Resize();
        MultiHeadAttentionCache<T>.Resize(_self.KeysValues, _self.Memory, KeyValueSize);
        MultiHeadAttentionCache<T>.Resize(_cross.KeysValues, _cross.Memory, KeyValueSize);
        ProjectMemory(memory, _cross.KeysValues);
        ForwardRows(x, 0, _self.KeysValues, _self.KeysValues, _cross.KeysValues, regularization);
    }

    /// <summary>
    /// Replaces the gradient of the output by that of x; adds to that of the memory, and overwrites those of the
    /// weights.
    /// </summary>
    public void Backward(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> memory,
        StepRegularization regularization,
        Matrix<T> d,
        Matrix<T> dMemory,
        TransformerWeights<T> gradients)
    {
        MultiHeadAttentionCache<T>.Resize(_dHidden, _self.Rows, _options.FeedForwardSize);
        _afterFeedForward.Backward(d, Mask(regularization, 2), gradients.FeedForwardNorm);
        FeedForward.Backward<T>(
            _afterFeedForward.Branch, _afterCross.Output, _hidden, _weights.FeedForward, _dHidden, d,
            gradients.FeedForward);
        _afterCross.Backward(d, Mask(regularization, 1), gradients.CrossNorm);
        MultiHeadAttention.Backward(
            _afterCross.Branch, _afterSelf.Output, memory, _cross, _weights.Cross, d, dMemory, gradients.Cross);
        _afterSelf.Backward(d, Mask(regularization, 0), gradients.SelfNorm);
        MultiHeadAttention.Backward(_afterSelf.Branch, x, x, _self, _weights.Self, d, d, gradients.Self);
    }

    /// <summary>Packs the current weights for decoding.</summary>
    public void Pack()
    {
        _weights.Self.Pack();
        _weights.Cross.Pack();
        _weights.FeedForward.Pack();
    }

    /// <summary>Computes keys and values of image regions, P x 2H.</summary>
    public void ProjectMemory(ReadOnlyMatrixSpan<T> memory, MatrixSpan<T> keysValues) =>
        MultiHeadAttention.ProjectMemory(memory, _weights.Cross, keysValues);

    /// <summary>Resizes buffers for the next word of all captions.</summary>
    public void BeginStep(DecodingState<T> state)
    {
        int count = state.Count, words = state.Words, room = (words + RoomStep - 1) / RoomStep * RoomStep;
        state.Widen(_index, checked(room * KeyValueSize));
        _self.Rows.SetBlocks([], count, length: 1, room: 1);
        _self.Memory.SetBlocks([], count, words, state[_index].Columns / KeyValueSize);
        _cross.Rows.SetBlocks([], count, length: 1, room: 1);
        _cross.Memory.SetBlocks(state.Images, count, _options.Regions, _options.Regions);
        Resize();
    }

    /// <summary>The next word of some captions.</summary>
    /// <param name="state">The state of all captions; receives the words' keys and values.</param>
    /// <param name="start">The first of these captions.</param>
    /// <param name="x">One row per caption.</param>
    public MatrixSpan<T> Step(DecodingState<T> state, int start, ReadOnlyMatrixSpan<T> x)
    {
        MatrixSpan<T> keysValues = state[_index].RowBlock(start, x.Rows)
            .ColumnBlock((state.Words - 1) * KeyValueSize, KeyValueSize);
        return ForwardRows(x, start, keysValues, state[_index], state.ImageKeysValues[_index], regularization: default);
    }

    /// <summary>
    /// After <see cref="Step"/>: a caption's attention weights over the regions, averaged over all heads.
    /// </summary>
    public void ReadAttention(int caption, Span<T> regions)
    {
        ReadOnlySpan<T> heads = _cross.AttentionOf(caption).Row(0);
        regions.Clear();
        for (int h = 0; h < _options.Heads; h++)
        {
            TensorPrimitives.Add(regions, heads.Slice(h * regions.Length, regions.Length), regions);
        }

        TensorPrimitives.Multiply(regions, T.One / T.CreateChecked(_options.Heads), regions);
    }

    /// <summary>The forward pass of the rows from <paramref name="start"/> on.</summary>
    private MatrixSpan<T> ForwardRows(
        ReadOnlyMatrixSpan<T> x,
        int start,
        MatrixSpan<T> newKeysValues,
        Matrix<T> keysValues,
        Matrix<T> imageKeysValues,
        StepRegularization regularization)
    {
        MatrixSpan<T> branch = _afterSelf.Branch.RowBlock(start, x.Rows);
        MultiHeadAttention.ProjectMemory(x, _weights.Self, newKeysValues);
        MultiHeadAttention.ForwardRows(x, start, _weights.Self, keysValues, _self, branch);
        MatrixSpan<T> y = _afterSelf.Forward(x, start, Mask(regularization, 0));
        branch = _afterCross.Branch.RowBlock(start, x.Rows);
        MultiHeadAttention.ForwardRows(y, start, _weights.Cross, imageKeysValues, _cross, branch);
        MatrixSpan<T> z = _afterCross.Forward(y, start, Mask(regularization, 1));
        branch = _afterFeedForward.Branch.RowBlock(start, x.Rows);
        FeedForward.Forward(z, _weights.FeedForward, _hidden.RowBlock(start, x.Rows), branch);
        return _afterFeedForward.Forward(z, start, Mask(regularization, 2));
    }

    private void Resize()
    {
        int hidden = _options.HiddenSize;
        _self.Resize(hidden, _options.Heads, causal: true);
        _cross.Resize(hidden, _options.Heads, causal: false);
        _afterSelf.Resize(_self.Rows, hidden);
        _afterCross.Resize(_self.Rows, hidden);
        _afterFeedForward.Resize(_self.Rows, hidden);
        MultiHeadAttentionCache<T>.Resize(_hidden, _self.Rows, _options.FeedForwardSize);
    }

    private DropoutMask Mask(StepRegularization regularization, int part) =>
        regularization.Within((3 * _index) + part);

    /// <summary>LayerNorm(x + dropout(branch)).</summary>
    private sealed class Residual(TransformerWeights<T>.NormWeights weights)
    {
        private readonly LayerNormCache<T> _cache = new();

        /// <summary>What is added; in the backward pass, its gradient.</summary>
        public Matrix<T> Branch { get; } = new(0, 0);

        public Matrix<T> Output { get; } = new(0, 0);

        public void Resize(RaggedLayout rows, int columns)
        {
            MultiHeadAttentionCache<T>.Resize(Branch, rows, columns);
            MultiHeadAttentionCache<T>.Resize(Output, rows, columns);
            _cache.Reserve(rows.MaxRows, columns);
            _cache.Resize(rows.Rows, columns);
        }

        public MatrixSpan<T> Forward(ReadOnlyMatrixSpan<T> x, int start, DropoutMask mask)
        {
            MatrixSpan<T> sum = Branch.RowBlock(start, x.Rows), output = Output.RowBlock(start, x.Rows);
            Dropout.InPlace(sum, mask);
            for (int r = 0; r < x.Rows; r++)
            {
                TensorPrimitives.Add(x.Row(r), sum.Row(r), sum.Row(r));
            }

            LayerNorm.ForwardRows(sum, start, weights.Gain.Span, weights.Bias.Span, _cache, output);
            return output;
        }

        /// <summary>Replaces the gradient of the output by that of x, and computes that of the branch.</summary>
        public void Backward(Matrix<T> d, DropoutMask mask, TransformerWeights<T>.NormWeights gradients)
        {
            LayerNorm.Backward(d, weights.Gain.Span, _cache, d, gradients.Gain.Span, gradients.Bias.Span);
            Branch.CopyFrom(d);
            Dropout.InPlace<T>(Branch, mask);
        }
    }
}
