using System.Numerics;
using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// The output side of every captioning model: from a network's vectors y to the scores of all words and the loss,
/// <code>
/// scores = y W_vocab + b_vocab      loss: -log softmax(scores)[target], see <see cref="TemporalSoftmaxLoss"/>
/// </code>
/// Shapes: y R x H, W_vocab H x V, b_vocab V, scores R x V.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal sealed class VocabularyOutput<T>(CaptioningOptions options, CaptioningParameters<T> parameters)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The scores; after <see cref="Loss"/>, their gradient.</summary>
    private readonly Matrix<T> _scores = new(0, 0);

    /// <summary>y as dropout leaves it.</summary>
    private readonly Matrix<T> _droppedY = new(0, 0);

    /// <summary>The parameters, in their order in files.</summary>
    public static IEnumerable<ParameterShape> Shapes(CaptioningOptions options) =>
    [
        ParameterShape.Weights("W_vocab", options.HiddenSize, options.VocabularySize),
        ParameterShape.Bias("b_vocab", options.VocabularySize),
    ];

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
        TemporalAffine.Forward(Dropped(y, noise), parameters.WVocab, parameters.BVocab.Span, _scores);
        return TemporalSoftmaxLoss.ForwardBackward<T>(
            _scores, rows.Targets, rows.Mask, rows.Steps.BatchSize, dScores: _scores);
    }

    /// <summary>After <see cref="Loss"/>: the gradients of y and of the weights. Overwrites them.</summary>
    public void Backward(
        ReadOnlyMatrixSpan<T> y, TrainingNoise noise, MatrixSpan<T> dY, CaptioningParameters<T> gradients)
    {
        TemporalAffine.Backward(
            _scores, Dropped(y, noise), parameters.WVocab, dY, gradients.WVocab, gradients.BVocab.Span);
        if (!noise.Output.IsNone)
        {
            Dropout.Backward(dY, noise.Output, dY);
        }
    }

    private ReadOnlyMatrixSpan<T> Dropped(ReadOnlyMatrixSpan<T> y, TrainingNoise noise) =>
        noise.Output.IsNone ? y : _droppedY;
}
