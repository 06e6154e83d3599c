using ShowTell.Layers;

namespace ShowTell.Models;

/// <summary>
/// The output of every captioning model: from a decoder's vectors y to the scores of all words and the loss,
/// <code>
/// scores = y W_vocab + b_vocab      loss: -log softmax(scores)[target], see <see cref="TemporalSoftmaxLoss"/>
/// </code>
/// With tied embeddings (Press and Wolf, 2017) W_vocab is W_embedᵀ.
/// <para>Shapes: y R x H, W_vocab H x V, b_vocab V, scores R x V.</para>
/// </summary>
internal sealed class VocabularyOutput<T>(CaptioningOptions options, CaptioningParameters<T> parameters)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PackedMatrix<T> _wVocab = new();

    /// <summary>y after dropout.</summary>
    private readonly DroppedRows<T> _droppedY = new();

    /// <summary>The scores; after <see cref="Loss"/>, their gradient.</summary>
    private readonly Matrix<T> _scores = new(0, 0);

    /// <summary>Packs W_vocab for many steps.</summary>
    public void Pack()
    {
        if (options.TieEmbeddings)
        {
            _wVocab.PackTransposed(parameters.WEmbed);
        }
        else
        {
            _wVocab.Pack(parameters.WVocab);
        }
    }

    /// <summary>After <see cref="Pack"/>: computes scores; callable from several threads.</summary>
    public void Score(ReadOnlyMatrixSpan<T> y, MatrixSpan<T> scores) =>
        Affine.Forward(y, _wVocab, parameters.BVocab.Span, scores);

    /// <summary>The loss on a minibatch.</summary>
    public double Loss(ReadOnlyMatrixSpan<T> y, PackedCaptions captions, StepRegularization regularization)
    {
        ReadOnlyMatrixSpan<T> dropped = _droppedY.Forward(y, regularization.Output, captions.Layout.MaxRows);
        _scores.Reserve(captions.Layout.MaxRows, options.VocabularySize);
        _scores.Reshape(captions.Layout.Rows, options.VocabularySize);
        if (options.TieEmbeddings)
        {
            Pack();
            Score(dropped, _scores);
        }
        else
        {
            Affine.Forward(dropped, parameters.WVocab, parameters.BVocab.Span, _scores);
        }

        return TemporalSoftmaxLoss.ForwardBackward<T>(
            _scores,
            captions.Targets,
            captions.Mask,
            captions.Layout.BatchSize,
            dScores: _scores,
            regularization.LabelSmoothing,
            captions.Weights);
    }

    /// <summary>After <see cref="Loss"/>: computes the gradients of y, W_vocab and b_vocab, overwriting them.</summary>
    public void Backward(
        ReadOnlyMatrixSpan<T> y, StepRegularization regularization, MatrixSpan<T> dY, CaptioningParameters<T> gradients)
    {
        if (options.TieEmbeddings)
        {
            Gemm.NN(_scores, parameters.WEmbed, dY);
            ColumnSums.Run<T>(_scores, gradients.BVocab.Span);
        }
        else
        {
            Affine.Backward(
                _scores, _droppedY.Of(
                    y, regularization.Output), parameters.WVocab, dY, gradients.WVocab, gradients.BVocab.Span);
        }

        Dropout.InPlace(dY, regularization.Output);
    }

    /// <summary>
    /// With tied embeddings, adds the scores' part of the gradient of W_embed, after the decoder's backward pass.
    /// </summary>
    public void BackwardTied(
        ReadOnlyMatrixSpan<T> y, StepRegularization regularization, CaptioningParameters<T> gradients)
    {
        if (options.TieEmbeddings)
        {
            Gemm.TN(_scores, _droppedY.Of(y, regularization.Output), gradients.WEmbed, accumulate: true);
        }
    }
}
