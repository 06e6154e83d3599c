using ShowTell.Numerics;

namespace ShowTell.Models;

/// <summary>
/// Features of a few images that a model was trained on, kept with it: features that are said to be the same can be
/// held against them.
/// </summary>
/// <param name="Images">Names of the images, K.</param>
/// <param name="Features">Their features as the model was given them, K x D.</param>
public sealed record ReferenceFeatures(IReadOnlyList<string> Images, Matrix<float> Features);
