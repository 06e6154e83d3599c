using System.Numerics;
using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// The output side of every captioning model: from a network's vectors y to the scores of all words and the loss,
/// <code>
/// scores = y W_vocab + b_vocab      loss: -log softmax(scores)[target], see <see cref="TemporalSoftmaxLoss"/>
/// </code>
/// With tied embeddings (Press and Wolf, 2017) W_vocab is W_embedᵀ.
/// <para>Shapes: y R x H, W_vocab H x V, b_vocab V, scores R x V.</para>
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed class VocabularyOutput<T>(CaptioningOptions options, CaptioningParameters<T> parameters)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PackedMatrix<T> _wVocab = new();

    /// <summary>y as dropout leaves it.</summary>
    private readonly Matrix<T> _droppedY = new(0, 0);

    /// <summary>The scores; after <see cref="Loss"/>, their gradient.</summary>
    private readonly Matrix<T> _scores = new(0, 0);

    /// <summary>The parameters, in their order in files.</summary>
    public static IEnumerable<ParameterShape> Shapes(CaptioningOptions options)
    {
        if (!options.TieEmbeddings)
        {
            yield return ParameterShape.Weights("W_vocab", options.HiddenSize, options.VocabularySize);
        }

        yield return ParameterShape.Bias("b_vocab", options.VocabularySize);
    }

    /// <summary>Packs W_vocab, for scores of many steps.</summary>
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

    /// <summary>After <see cref="Pack"/>: the scores, which several threads may ask for at once.</summary>
    public void Score(ReadOnlyMatrixSpan<T> y, MatrixSpan<T> scores) =>
        Affine.Forward(y, _wVocab, parameters.BVocab.Span, scores);

    /// <summary>The loss on a minibatch.</summary>
    public double Loss(ReadOnlyMatrixSpan<T> y, CaptionRows rows, TrainingNoise noise)
    {
        if (!noise.Output.IsNone)
        {
            _droppedY.Reserve(rows.Steps.MostRows, y.Columns);
            _droppedY.Reshape(y.Rows, y.Columns);
            Dropout.Forward(y, noise.Output, _droppedY);
        }

        _scores.Reserve(rows.Steps.MostRows, options.VocabularySize);
        _scores.Reshape(rows.Steps.Rows, options.VocabularySize);
        if (options.TieEmbeddings)
        {
            Pack();
            Score(Dropped(y, noise), _scores);
        }
        else
        {
            TemporalAffine.Forward(Dropped(y, noise), parameters.WVocab, parameters.BVocab.Span, _scores);
        }

        return TemporalSoftmaxLoss.ForwardBackward<T>(
            _scores,
            rows.Targets,
            rows.Mask,
            rows.Steps.BatchSize,
            dScores: _scores,
            noise.LabelSmoothing,
            rows.Weights);
    }

    /// <summary>After <see cref="Loss"/>: the gradients of y, W_vocab and b_vocab. Overwrites them.</summary>
    public void Backward(
        ReadOnlyMatrixSpan<T> y, TrainingNoise noise, MatrixSpan<T> dY, CaptioningParameters<T> gradients)
    {
        if (options.TieEmbeddings)
        {
            Gemm.NN(_scores, parameters.WEmbed, dY);
            ColumnSums.Run<T>(_scores, gradients.BVocab.Span);
        }
        else
        {
            TemporalAffine.Backward(
                _scores, Dropped(y, noise), parameters.WVocab, dY, gradients.WVocab, gradients.BVocab.Span);
        }

        if (!noise.Output.IsNone)
        {
            Dropout.Backward(dY, noise.Output, dY);
        }
    }

    /// <summary>
    /// After the network's own pass back: adds to the gradient of W_embed what comes from the scores, if they come from
    /// it.
    /// </summary>
    public void BackwardTied(ReadOnlyMatrixSpan<T> y, TrainingNoise noise, CaptioningParameters<T> gradients)
    {
        if (options.TieEmbeddings)
        {
            Gemm.TN(_scores, Dropped(y, noise), gradients.WEmbed, accumulate: true);
        }
    }

    private ReadOnlyMatrixSpan<T> Dropped(ReadOnlyMatrixSpan<T> y, TrainingNoise noise) =>
        noise.Output.IsNone ? y : _droppedY;
}
