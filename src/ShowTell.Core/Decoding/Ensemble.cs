using ShowTell.Models;

namespace ShowTell.Decoding;

/// <summary>
/// Models that decode together by averaging their word probabilities:
/// <code>scores[word] = log Σ_models softmax(scores of the model)[word]</code>
/// A single model's scores are unchanged.
/// </summary>
internal sealed class Ensemble<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IReadOnlyList<InferenceModel<T>> _models;
    private readonly DecodingState<T>[] _states;
    private readonly Matrix<T> _scores = new(0, 0);
    private readonly T[] _greater;

    /// <summary>Starts decoding captions of images.</summary>
    /// <param name="models">The models, with the same vocabulary.</param>
    /// <param name="features">For each model, the features of all images.</param>
    /// <param name="first">The first of the images.</param>
    /// <param name="count">The number of images.</param>
    public Ensemble(IReadOnlyList<InferenceModel<T>> models, IReadOnlyList<Matrix<T>> features, int first, int count)
    {
        _models = models;
        _states = [.. models.Zip(features, (model, all) => model.Begin(all.RowBlock(first, count)))];
        _greater = new T[models[0].Options.VocabularySize];
    }

    /// <summary>Selects the captions that continue, in this order.</summary>
    public void Select(ReadOnlySpan<int> captions)
    {
        if (captions.Length == _states[0].Count && IsInOrder(captions))
        {
            return;
        }

        foreach (DecodingState<T> state in _states)
        {
            state.Select(captions);
        }
    }

    /// <summary>
    /// Reads the next word of every caption and scores its successors: log-probabilities up to a constant per row.
    /// </summary>
    public MatrixSpan<T> Step(ReadOnlySpan<int> words)
    {
        MatrixSpan<T> scores = _models[0].Step(_states[0], words);
        if (_models.Count == 1)
        {
            return scores;
        }

        _scores.Reshape(scores.Rows, scores.Columns);
        for (int model = 0; model < _models.Count; model++)
        {
            // A model may occur twice; its scores are valid only until its next step.
            scores = model == 0 ? scores : _models[model].Step(_states[model], words);
            for (int row = 0; row < scores.Rows; row++)
            {
                Span<T> log = scores.Row(row);
                TensorPrimitives.Subtract(log, T.CreateTruncating(LogSoftmax.LogSumExp<T>(log)), log);
                if (model == 0)
                {
                    log.CopyTo(_scores.Row(row));
                }
                else
                {
                    AddExponentials(log, _scores.Row(row));
                }
            }
        }

        return _scores;
    }

    /// <summary>sum = log(exp(sum) + exp(log)); overwrites <paramref name="log"/>.</summary>
    private void AddExponentials(Span<T> log, Span<T> sum)
    {
        TensorPrimitives.Max<T>(log, sum, _greater);
        TensorPrimitives.Subtract<T>(log, _greater, log);
        TensorPrimitives.Subtract<T>(sum, _greater, sum);
        TensorPrimitives.Exp<T>(log, log);
        TensorPrimitives.Exp<T>(sum, sum);
        TensorPrimitives.Add<T>(log, sum, sum);
        TensorPrimitives.Log<T>(sum, sum);
        TensorPrimitives.Add<T>(sum, _greater, sum);
    }

    private static bool IsInOrder(ReadOnlySpan<int> captions)
    {
        for (int i = 0; i < captions.Length; i++)
        {
            if (captions[i] != i)
            {
                return false;
            }
        }

        return true;
    }
}
