using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;

namespace ShowTell.Benchmarks;

/// <summary>How captions are decoded: made once for a model, used many times. The one place that knows.</summary>
internal sealed class Decoder(CaptioningModel<float> model)
{
    private readonly InferenceModel<float> _model = new(model);

    public int[] DecodeGreedily(Matrix<float> features, int maxLength) =>
        _model.DecodeGreedily<float>(features, maxLength);
}
