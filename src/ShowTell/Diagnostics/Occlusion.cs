using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Photos;

namespace ShowTell.Diagnostics;

/// <summary>
/// Which parts of a photo a caption rests on, for any model: a grey patch is slid over the photo, and where it hides
/// what a word speaks of, the word becomes less probable (Zeiler and Fergus, "Visualizing and Understanding
/// Convolutional Networks", 2014, did so for classes).
/// </summary>
/// <param name="side">Places of the patch along each side, at least 1.</param>
public sealed class Occlusion(int side = Occlusion.UsualSide)
{
    /// <summary>Places along each side where nothing else is said.</summary>
    public const int UsualSide = 8;

    /// <summary>The patch is that many places wide: neighbouring ones overlap.</summary>
    private const double PatchPlaces = 2;

    private const byte Grey = 128;

    /// <summary>Places along each side.</summary>
    public int Side { get; } =
        side > 0 ? side : throw new ArgumentOutOfRangeException(nameof(side), side, "1 at least is needed.");

    /// <summary>Photos that are needed: the photo itself, and one for each place.</summary>
    public int Photos => 1 + (Side * Side);

    /// <summary>The photo as it is, number 0, or with a grey patch around the centre of a place.</summary>
    /// <param name="photo">The photo, of the size that the network takes.</param>
    /// <param name="number">0, or 1 and the number of the place: places go row by row from the top left.</param>
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
            pixels.AsSpan(((y * photo.Width) + left) * 3, (right - left) * 3).Fill(Grey);
        }

        return new Photo(photo.Width, photo.Height, pixels);
    }

    /// <summary>How much less probable each token of a caption is with each place covered.</summary>
    /// <param name="model">The model.</param>
    /// <param name="features">Features of <see cref="Photos"/> photos, as <see cref="Cover"/> numbers them.</param>
    /// <param name="ids">The caption, T ids without the start token.</param>
    /// <returns>
    /// T x P: the drop of the token's log-probability after the caption's own tokens before it, in nats; below 0 where
    /// the token becomes more probable.
    /// </returns>
    /// <exception cref="ArgumentException">The features do not fit, or an id is not in [0, V).</exception>
    public Matrix<float> Drops(InferenceModel<float> model, ReadOnlyMatrixSpan<float> features, IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(ids);
        if (features.Rows != Photos)
        {
            throw new ArgumentException($"{features.Rows} photos' features; {Photos} are needed.", nameof(features));
        }

        var drops = new Matrix<float>(ids.Count, Photos - 1);
        var words = new int[Photos];
        DecodingState<float> state = model.Begin(features);
        for (int t = 0; t < ids.Count; t++)
        {
            Array.Fill(words, t == 0 ? model.Options.StartId : ids[t - 1]);
            MatrixSpan<float> scores = model.Step(state, words);
            double whole = LogProbability(scores.Row(0), ids[t]);
            for (int place = 0; place < drops.Columns; place++)
            {
                drops[t, place] = (float)(whole - LogProbability(scores.Row(1 + place), ids[t]));
            }
        }

        return drops;
    }

    private static double LogProbability(ReadOnlySpan<float> scores, int word) =>
        scores[word] - LogSoftmax.LogSumExp(scores);

    private (int Start, int End) Patch(int place, int pixels)
    {
        double centre = (place + 0.5) * pixels / Side, reach = PatchPlaces / 2 * pixels / Side;
        return ((int)Math.Max(0, Math.Round(centre - reach)), (int)Math.Min(pixels, Math.Round(centre + reach)));
    }
}
