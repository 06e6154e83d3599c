using ShowTell.Models;

namespace ShowTell.Captioning;

/// <summary>
/// Where a model with attention looks before each word of a caption (Xu et al., "Show, Attend and Tell", 2015).
/// </summary>
public static class WordAttention
{
    /// <summary>How much the model looks at each place of an image before each token of a caption.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Features of the image, 1 x D.</param>
    /// <param name="ids">The caption, T ids without the start token; the model reads them whatever it would say
    /// itself.</param>
    /// <returns>Weights, T x P, those of a token adding up to 1; null for a model without attention.</returns>
    /// <exception cref="ArgumentException">The features do not fit, or an id is not in [0, V).</exception>
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
