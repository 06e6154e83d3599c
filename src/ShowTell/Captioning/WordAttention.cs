using ShowTell.Models;

namespace ShowTell.Captioning;

/// <summary>
/// The attention weights of a model for each token of a caption (Xu et al., "Show, Attend and Tell", 2015).
/// </summary>
public static class WordAttention
{
    /// <summary>Computes how much the model attends to each region of an image when it predicts each token.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Features of the image, 1 x D.</param>
    /// <param name="ids">The caption, T ids without the start token, which need not be the model's own.</param>
    /// <returns>Weights, T x R; each row sums to 1. Null for a model without attention.</returns>
    /// <exception cref="ArgumentException">The features have another size, or an id is not in [0, V).</exception>
    public static Matrix<float>? Of(
        InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(ids);
        Matrix<float>? weights = null;
        DecodingState<float> state = model.Begin(features);
        for (int t = 0; t < ids.Count; t++)
        {
            model.Step(state, [t == 0 ? model.Options.StartId : ids[t - 1]]);
            if (model.Attention is not Matrix<float> attention)
            {
                return null;
            }

            weights ??= new Matrix<float>(ids.Count, attention.Columns);
            attention.Row(0).CopyTo(weights.Row(t));
        }

        return weights;
    }
}
