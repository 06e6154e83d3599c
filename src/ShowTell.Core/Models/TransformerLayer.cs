using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// One layer of a <see cref="TransformerNetwork{T}"/> in training: three parts, each of which adds to what it has taken
/// and normalizes the sum (Vaswani et al., 2017), with dropout of what is added.
/// <code>
/// y = LayerNorm(x + <see cref="MultiHeadAttention"/>(x, x))        causal: a word knows those before it
/// z = LayerNorm(y + <see cref="MultiHeadAttention"/>(y, memory))   the places of the image
/// out = LayerNorm(z + <see cref="FeedForward"/>(z))
/// </code>
/// Its rows stand caption after caption.
/// </summary>
internal sealed class TransformerLayer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CaptioningOptions _options;
    private readonly int _index;
    private readonly TransformerWeights<T> _weights;
    private readonly MultiHeadAttentionCache<T> _self = new();
    private readonly MultiHeadAttentionCache<T> _cross = new();
    private readonly Matrix<T> _hidden = new(0, 0);
    private readonly Matrix<T> _dHidden = new(0, 0);
    private readonly Sum _afterSelf;
    private readonly Sum _afterCross;
    private readonly Sum _afterFeedForward;

    public TransformerLayer(CaptioningOptions options, CaptioningParameters<T> parameters, int index)
    {
        (_options, _index, _weights) = (options, index, parameters.TransformerLayers[index]);
        _afterSelf = new Sum(_weights.SelfNorm);
        _afterCross = new Sum(_weights.CrossNorm);
        _afterFeedForward = new Sum(_weights.FeedForwardNorm);
    }

    /// <summary>After <see cref="Forward"/>: a row for each of the captions' words, R x H.</summary>
    public Matrix<T> Output => _afterFeedForward.Output;

    /// <summary>From rows for the words, R x H, and for the places of the images, N·P x H, to the output.</summary>
    public void Forward(ReadOnlyMatrixSpan<T> x, ReadOnlyMatrixSpan<T> memory, TimeSteps captions, TrainingNoise noise)
    {
        int hidden = _options.HiddenSize;
        _self.Resize(captions, hidden, _options.Heads);
        _cross.Resize(captions, _options.Places, hidden, _options.Heads);
        foreach (Sum sum in (ReadOnlySpan<Sum>)[_afterSelf, _afterCross, _afterFeedForward])
        {
            sum.Resize(captions, hidden);
        }

        Reshape(_hidden, captions, _options.FeedForwardSize);
        MultiHeadAttention.ForwardSequences(x, x, _weights.Self, _self, _afterSelf.Branch);
        _afterSelf.Forward(x, Mask(noise, 0));
        MultiHeadAttention.ForwardSequences(
            _afterSelf.Output, memory, _weights.Cross, _cross, _afterCross.Branch);
        _afterCross.Forward(_afterSelf.Output, Mask(noise, 1));
        FeedForward.Forward<T>(_afterCross.Output, _weights.FeedForward, _hidden, _afterFeedForward.Branch);
        _afterFeedForward.Forward(_afterCross.Output, Mask(noise, 2));
    }

    /// <summary>
    /// From the gradient of the output to that of x, in place; adds to that of the memory, and overwrites those of the
    /// weights.
    /// </summary>
    public void Backward(
        ReadOnlyMatrixSpan<T> x,
        ReadOnlyMatrixSpan<T> memory,
        TimeSteps captions,
        TrainingNoise noise,
        Matrix<T> d,
        Matrix<T> dMemory,
        TransformerWeights<T> gradients)
    {
        Reshape(_dHidden, captions, _options.FeedForwardSize);
        _afterFeedForward.Backward(d, Mask(noise, 2), gradients.FeedForwardNorm);
        FeedForward.Backward<T>(
            _afterFeedForward.Branch, _afterCross.Output, _hidden, _weights.FeedForward, _dHidden, d,
            gradients.FeedForward);
        _afterCross.Backward(d, Mask(noise, 1), gradients.CrossNorm);
        MultiHeadAttention.Backward(
            _afterCross.Branch, _afterSelf.Output, memory, _cross, _weights.Cross, d, dMemory, gradients.Cross);
        _afterSelf.Backward(d, Mask(noise, 0), gradients.SelfNorm);
        MultiHeadAttention.Backward(_afterSelf.Branch, x, x, _self, _weights.Self, d, d, gradients.Self);
    }

    /// <summary>Gives a matrix a row for each of the captions' words.</summary>
    public static void Reshape(Matrix<T> matrix, TimeSteps captions, int columns)
    {
        matrix.Reserve(captions.MostRows, columns);
        matrix.Reshape(captions.Rows, columns);
    }

    private DropoutMask Mask(TrainingNoise noise, int part) => noise.Within((3 * _index) + part);

    /// <summary>LayerNorm(x + dropout(branch)).</summary>
    private sealed class Sum(TransformerWeights<T>.NormWeights weights)
    {
        private readonly LayerNormCache<T> _cache = new();

        /// <summary>What is added; on the way back, its gradient.</summary>
        public Matrix<T> Branch { get; } = new(0, 0);

        public Matrix<T> Output { get; } = new(0, 0);

        public void Resize(TimeSteps captions, int columns)
        {
            Reshape(Branch, captions, columns);
            Reshape(Output, captions, columns);
            _cache.Reserve(captions.MostRows, columns);
        }

        public void Forward(ReadOnlyMatrixSpan<T> x, DropoutMask mask)
        {
            Dropout.InPlace<T>(Branch, mask);
            for (int r = 0; r < x.Rows; r++)
            {
                TensorPrimitives.Add(x.Row(r), Branch.Row(r), Branch.Row(r));
            }

            LayerNorm.Forward(Branch, weights.Gain.Span, weights.Bias.Span, _cache, Output);
        }

        /// <summary>From the gradient of the output to those of x, in place, and of the branch.</summary>
        public void Backward(Matrix<T> d, DropoutMask mask, TransformerWeights<T>.NormWeights gradients)
        {
            LayerNorm.Backward(d, weights.Gain.Span, _cache, d, gradients.Gain.Span, gradients.Bias.Span);
            if (mask.IsNone)
            {
                Branch.CopyFrom(d);
            }
            else
            {
                Dropout.Backward<T>(d, mask, Branch);
            }
        }
    }
}
