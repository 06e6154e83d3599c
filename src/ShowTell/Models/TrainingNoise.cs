using ShowTell.Layers;
using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// The regularization of one training step, everything random in it a function of a seed. The default value is none.
/// </summary>
/// <param name="regularization">How much of what is dropped out.</param>
/// <param name="seed">The seed of the step.</param>
internal readonly struct TrainingNoise(Regularization regularization, ulong seed)
{
    private readonly Regularization? _regularization = regularization;
    private readonly ulong _seed = seed;

    /// <summary>The mask of the features, N x D.</summary>
    public DropoutMask Features => Mask(_regularization?.FeatureDropout ?? 0, 0);

    /// <summary>The mask of the vectors of a minibatch's distinct words.</summary>
    public DropoutMask Words => Mask(_regularization?.EmbeddingDropout ?? 0, 1);

    /// <summary>The mask of the network's vectors, R x H.</summary>
    public DropoutMask Output => Mask(_regularization?.Dropout ?? 0, 2);

    /// <summary>ε of the loss.</summary>
    public double LabelSmoothing => _regularization?.LabelSmoothing ?? 0;

    /// <summary>A mask for a place within the network; places have different numbers, from 0 on.</summary>
    public DropoutMask Within(int place) => Mask(_regularization?.Dropout ?? 0, 3 + (ulong)place);

    private DropoutMask Mask(double rate, ulong place) => new(rate, SeededRandom.BitsAt(_seed, place));
}
