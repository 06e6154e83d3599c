using ShowTell.Diagnostics;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Photos;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Diagnostics;

public sealed class OcclusionTests
{
    private const int Side = 64;

    [Fact]
    public void The_patch_is_grey_two_places_wide_and_within_the_photo()
    {
        var occlusion = new Occlusion(8);
        Photo white = White();
        Assert.Same(white, occlusion.Cover(white, 0));
        Assert.Equal(65, occlusion.Photos);

        // Row 3, column 5: the centre lies at (44, 28), the patch reaches 8 pixels to each side.
        Photo covered = occlusion.Cover(white, 1 + (3 * 8) + 5);
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                byte expected = x is >= 36 and < 52 && y is >= 20 and < 36 ? (byte)128 : (byte)255;
                Assert.Equal([expected, expected, expected], covered.Row(y).Slice(3 * x, 3).ToArray());
            }
        }

        Photo corner = occlusion.Cover(white, 64);
        Assert.Equal(12 * 12, Enumerable.Range(0, Side * Side).Count(pixel => corner.Pixels[3 * pixel] == 128));
    }

    /// <summary>
    /// The model's features are the light of one spot: what hides it changes the caption, nothing else does.
    /// </summary>
    [Fact]
    public void A_model_that_looks_at_one_spot_is_found_out()
    {
        const int SpotX = 44, SpotY = 12; // The centre of column 5 in row 1.
        var occlusion = new Occlusion(8);
        var features = new Matrix<float>(occlusion.Photos, 4);
        for (int number = 0; number < occlusion.Photos; number++)
        {
            Photo photo = occlusion.Cover(White(), number);
            int light = 0;
            for (int y = SpotY - 2; y < SpotY + 2; y++)
            {
                light += photo.Row(y)[(3 * (SpotX - 2))..(3 * (SpotX + 2))].ToArray().Sum(value => value);
            }

            features[number, 0] = light / (48f * 255);
        }

        var model = new InferenceModel<float>(SmallModel.Normal<float>(ModelVariants.Options("lstm")));
        int[] caption = [5, 6, 2];
        Matrix<float> drops = occlusion.Drops(model, features, caption);
        Assert.Equal((3, 64), (drops.Rows, drops.Columns));
        for (int place = 0; place < 64; place++)
        {
            bool hides = place / 8 is >= 0 and <= 2 && place % 8 is >= 4 and <= 6;
            Assert.Equal(hides, drops[0, place] != 0);
        }

        double[] sizes = [.. Enumerable.Range(0, 64).Select(place => Math.Abs((double)drops[0, place]))];
        Assert.Equal(sizes.Max(), sizes[8 + 5]);
        Assert.Equal(
            LogProbabilities(model, features, 0, caption) - LogProbabilities(model, features, 1 + 8 + 5, caption),
            Enumerable.Range(0, 3).Sum(t => drops[t, 8 + 5]), 1e-5);
    }

    [Fact]
    public void Features_of_other_photos_are_refused()
    {
        var model = new InferenceModel<float>(SmallModel.Normal<float>(ModelVariants.Options("lstm")));
        Assert.Throws<ArgumentException>(() => new Occlusion(2).Drops(model, new Matrix<float>(4, 4), [2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Occlusion(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Occlusion(2).Cover(White(), 5));
    }

    private static double LogProbabilities(
        InferenceModel<float> model, Matrix<float> features, int row, int[] caption) =>
        -WordLoss.TeacherForced(model, features.RowBlock(row, 1), [1, .. caption])[0].Sum;

    private static Photo White()
    {
        var pixels = new byte[Side * Side * 3];
        pixels.AsSpan().Fill(255);
        return new Photo(Side, Side, pixels);
    }
}
