using ShowTell.Data;

namespace ShowTell.Confidence;

/// <summary>
/// Tells photos from blank images, screenshots, scanned text, charts, drawings and noise, whose captions would be
/// invented. x are an image's features, averaged over its regions:
/// <code>score = mean over the features j in S of |x_j - mean_j| / deviation_j</code>
/// with means and deviations over the training photos. S is the third of the features whose distribution over these
/// photos has the lightest tails (the least kurtosis): they are those of textures, which every photo has, while
/// features of objects are zero in most photos, and large in photos of other things than the training photos show.
/// An image whose score exceeds a threshold is no photo. Immutable and thread-safe.
/// </summary>
public sealed class PhotoLikeness
{
    /// <summary>The share of validation photos whose score exceeds the threshold.</summary>
    internal const double FalseAlarms = 0.005;

    /// <summary>The share of the features that count.</summary>
    private const double FeatureShare = 1 / 3.0;

    private const float MinDeviation = 1e-6f;

    /// <summary>Creates it from its numbers.</summary>
    /// <param name="regions">The regions of an image.</param>
    /// <param name="mean">The mean of each feature, D.</param>
    /// <param name="scale">1 / deviation of each feature in S; 0 for the others, D.</param>
    /// <param name="threshold">The maximum score of a photo.</param>
    internal PhotoLikeness(int regions, float[] mean, float[] scale, double threshold)
    {
        (Regions, Mean, Scale, Threshold) = (regions, mean, scale, threshold);
        Count = scale.Count(value => value != 0);
    }

    /// <summary>The maximum score of a photo.</summary>
    public double Threshold { get; }

    internal int Regions { get; }

    internal float[] Mean { get; }

    internal float[] Scale { get; }

    /// <summary>The number of features in S.</summary>
    private int Count { get; }

    /// <summary>Learns from photos.</summary>
    /// <param name="train">The training photos.</param>
    /// <param name="validation">Other photos, for the threshold.</param>
    /// <exception cref="DataException">Features cannot be read.</exception>
    public static PhotoLikeness Fit(CaptionSplit train, CaptionSplit validation)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        float[][] photos = Pooled(train);
        int size = photos[0].Length;
        float[] mean = new float[size], deviation = new float[size];
        var kurtosis = new double[size];
        for (int j = 0; j < size; j++)
        {
            double center = photos.Average(photo => (double)photo[j]);
            double variance = photos.Average(photo => Math.Pow(photo[j] - center, 2));
            (mean[j], deviation[j]) = ((float)center, (float)Math.Sqrt(variance));
            kurtosis[j] = deviation[j] > MinDeviation
                ? photos.Average(photo => Math.Pow(photo[j] - center, 4)) / (variance * variance)
                : double.PositiveInfinity;
        }

        var scale = new float[size];
        foreach (int j in Enumerable.Range(0, size).OrderBy(j => kurtosis[j])
            .Take(Math.Max(1, (int)(size * FeatureShare))).Where(j => double.IsFinite(kurtosis[j])))
        {
            scale[j] = 1 / deviation[j];
        }

        var all = new PhotoLikeness(train.Features.Regions, mean, scale, double.PositiveInfinity);
        double[] scores = [.. Pooled(validation).Select(all.ScorePooled).Order()];
        double threshold = scores[(int)((1 - FalseAlarms) * (scores.Length - 1))];
        return new PhotoLikeness(all.Regions, mean, scale, threshold);
    }

    /// <summary>How unlike a photo an image is: about 0.8 for a photo.</summary>
    /// <param name="features">The image's features, all regions included.</param>
    public double Score(ReadOnlySpan<float> features)
    {
        var pooled = new float[Mean.Length];
        ImageVectors.Pool(features, Regions, pooled);
        return ScorePooled(pooled);
    }

    private double ScorePooled(float[] pooled)
    {
        double sum = 0;
        for (int j = 0; j < pooled.Length; j++)
        {
            sum += Math.Abs((pooled[j] - Mean[j]) * Scale[j]);
        }

        return sum / Math.Max(1, Count);
    }

    /// <summary>The features of captioned images, of very many only some, averaged over the regions.</summary>
    private static float[][] Pooled(CaptionSplit split)
    {
        IReadOnlyList<int> all = split.CaptionedImages();
        int stride = 1 + ((all.Count - 1) / TrainingIndex.MaxPhotos);
        int[] images = [.. all.Where((_, i) => i % stride == 0)];
        var row = new Matrix<float>(1, split.Features.Columns);
        var pooled = new float[images.Length][];
        for (int i = 0; i < images.Length; i++)
        {
            split.ReadFeatures([images[i]], row);
            pooled[i] = new float[row.Columns / split.Features.Regions];
            ImageVectors.Pool(row.Row(0), split.Features.Regions, pooled[i]);
        }

        return pooled;
    }
}
