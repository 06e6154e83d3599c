using ShowTell.Backbones;
using ShowTell.Confidence;
using ShowTell.Data;
using ShowTell.Numerics;
using ShowTell.Photos;
using ShowTell.Tests.Backbones;
using Xunit;

namespace ShowTell.Tests.Confidence;

public sealed class PhotoLikenessTests
{
    private const int Train = 900;
    private const int Validation = 300;
    private const int PerKind = 50;

    /// <summary>The tensor after SqueezeNet's fifth module, 256 features of 27 x 27 regions.</summary>
    private const string Early = "/body/body.7/Concat_output_0";

    /// <summary>Of an early and the last layer of SqueezeNet.</summary>
    [Fact]
    public void Nearly_all_of_500_images_that_are_no_photos_are_told_from_real_photos()
    {
        string[] photos =
        [
            .. Directory.GetFiles(TestData.Shared("data", "flickr8k", "images"), "*.jpg")
                .Order(StringComparer.Ordinal).Take(Train + (2 * Validation)),
        ];
        var options = new BackboneOptions
        {
            Output = $"{Early},grid", Grid = true, GridSide = 7, Threads = 1,
        };
        using var encoder = new PhotoEncoder(Backbone.Load(BackboneData.SqueezeNet, options));
        Matrix<float> features = Encode(encoder, photos.Length, i => encoder.Reader.Read(photos[i]));
        CaptionSplit Split(int start, int count) => new(
            "photos", [.. Enumerable.Repeat(0, 2 * count)], 2, [.. Enumerable.Range(0, count)],
            new MemoryFeatures(Rows(features, start, count)) { Regions = encoder.Regions }, 1);
        var likeness = PhotoLikeness.Fit(Split(0, Train), Split(Train, Validation));
        int flagged = Enumerable.Range(Train + Validation, Validation)
            .Count(i => likeness.Score(features.Row(i)) > likeness.Threshold);
        Assert.InRange(flagged, 0, Validation * 4 / 100);

        (string Kind, byte[] Png)[] others =
        [
            .. NonPhotos.Kinds.SelectMany(kind => Enumerable.Range(0, PerKind).Select(
                i => (kind.Kind, NonPhotos.Png(kind.Draw, (ulong)i)))),
        ];
        Matrix<float> strange = Encode(
            encoder, others.Length, i => encoder.Reader.Read(others[i].Png, others[i].Kind));
        var missed = others.Index().Where(other => likeness.Score(strange.Row(other.Index)) <= likeness.Threshold)
            .CountBy(other => other.Item.Kind).ToDictionary();
        Assert.True(
            missed.Values.Sum() <= others.Length / 10,
            string.Join(", ", missed.Select(kind => $"{kind.Key}: {kind.Value} missed")));
    }

    [Fact]
    public void Features_that_are_seldom_large_do_not_count()
    {
        var random = new SeededRandom(3);
        CaptionSplit Split(int count)
        {
            var rows = new Matrix<float>(count, 6);
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < 6; j++)
                {
                    // The first two are of textures; of the others, each is of a thing that few photos show.
                    rows[i, j] = j < 2 ? (float)random.NextNormal() : random.NextInt(20) == 0 ? 10 : 0;
                }
            }

            return new CaptionSplit(
                "photos", [.. Enumerable.Repeat(0, 2 * count)], 2, [.. Enumerable.Range(0, count)],
                new MemoryFeatures(rows), 1);
        }

        var likeness = PhotoLikeness.Fit(Split(500), Split(500));
        Assert.InRange(likeness.Threshold, 1.5, 2.8);
        Assert.InRange(likeness.Score([0.1f, 0.2f, 30, 30, 30, 30]), 0, likeness.Threshold);
        Assert.InRange(likeness.Score([4, -4, 0, 0, 0, 0]), 3.5, 4.5);
    }

    private static Matrix<float> Encode(PhotoEncoder encoder, int count, Func<int, Photo> read)
    {
        var features = new Matrix<float>(count, encoder.FeatureSize);
        encoder.EncodeAll(
            count,
            read,
            (i, row) => row.CopyTo(features.Row(i)),
            (_, error) => Assert.Fail(error.Message),
            cancellation: TestContext.Current.CancellationToken);
        return features;
    }

    private static Matrix<float> Rows(Matrix<float> all, int start, int count) =>
        new(count, all.Columns, all.RowBlock(start, count).Elements[..(count * all.Columns)].ToArray());
}
