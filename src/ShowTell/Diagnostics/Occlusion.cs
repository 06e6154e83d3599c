using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Photos;

namespace ShowTell.Diagnostics;

/// <summary>
/// Finds the parts of a photo that a caption depends on, for any model: a gray patch slides over the photo, and words
/// become less probable where it hides what they describe (Zeiler and Fergus, "Visualizing and Understanding
/// Convolutional Networks", 2014, for classes).
/// </summary>
/// <param name="side">Number of patch positions along each side, at least 1.</param>
public sealed class Occlusion(int side = Occlusion.DefaultSide)
{
    /// <summary>The default number of patch positions along each side.</summary>
    public const int DefaultSide = 8;

    /// <summary>Width of the patch relative to the distance of positions: neighboring patches overlap.</summary>
    private const double PatchWidth = 2;

    private const byte Gray = 128;

    /// <summary>Number of patch positions along each side.</summary>
    public int Side { get; } =
        side > 0 ? side : throw new ArgumentOutOfRangeException(nameof(side), side, "Must be at least 1.");

    /// <summary>Number of photos needed: the photo itself, and one per position.</summary>
    public int Photos => 1 + (Side * Side);

    /// <summary>Returns the photo as is, number 0, or with a gray patch.</summary>
    /// <param name="photo">The photo, of the backbone's input size.</param>
    /// <param name="number">0, or 1 + the position of the patch, row by row from the top left.</param>
    public Photo Cover(Photo photo, int number)
    {
        ArgumentNullException.ThrowIfNull(photo);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, Photos);
        if (number == 0)
        {
            return photo;
        }

        byte[] pixels = photo.Pixels.ToArray();
        (int top, int bottom) = Patch((number - 1) / Side, photo.Height);
        (int left, int right) = Patch((number - 1) % Side, photo.Width);
        for (int y = top; y < bottom; y++)
        {
            pixels.AsSpan(((y * photo.Width) + left) * 3, (right - left) * 3).Fill(Gray);
        }

        return new Photo(photo.Width, photo.Height, pixels);
    }

    /// <summary>Computes how much less probable each token of a caption is for each patch position.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Features of <see cref="Photos"/> photos, in the order of <see cref="Cover"/>.</param>
    /// <param name="ids">The caption, T ids without the start token.</param>
    /// <returns>T x positions: the drop of the token's log-probability given the caption's tokens before it, in nats;
    /// negative if the token becomes more probable.</returns>
    /// <exception cref="ArgumentException">The features have another shape, or an id is not in [0, V).</exception>
    public Matrix<float> Drops(InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(ids);
        if (features.Rows != Photos)
        {
            throw new ArgumentException(
                $"Features of {features.Rows} photos; {Photos} were expected.", nameof(features));
        }

        var drops = new Matrix<float>(ids.Count, Photos - 1);
        var words = new int[Photos];
        DecodingState<float> state = model.Begin(features);
        for (int t = 0; t < ids.Count; t++)
        {
            Array.Fill(words, t == 0 ? model.Options.StartId : ids[t - 1]);
            MatrixSpan<float> scores = model.Step(state, words);
            double whole = LogProbability(scores.Row(0), ids[t]);
            for (int position = 0; position < drops.Columns; position++)
            {
                drops[t, position] = (float)(whole - LogProbability(scores.Row(1 + position), ids[t]));
            }
        }

        return drops;
    }

    private static double LogProbability(ReadOnlySpan<float> scores, int word) =>
        scores[word] - LogSoftmax.LogSumExp(scores);

    private (int Start, int End) Patch(int position, int pixels)
    {
        double center = (position + 0.5) * pixels / Side, reach = PatchWidth / 2 * pixels / Side;
        return ((int)Math.Max(0, Math.Round(center - reach)), (int)Math.Min(pixels, Math.Round(center + reach)));
    }
}
