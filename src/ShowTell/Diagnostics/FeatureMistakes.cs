using ShowTell.Backbones;
using ShowTell.Photos;

namespace ShowTell.Diagnostics;

/// <summary>
/// The usual mistakes on the way from a photo to features, and which of them explains features that are not what they
/// should be: photos go through the network with each mistake, and the nearest features tell.
/// </summary>
internal sealed class FeatureMistakes(Backbone network, PhotoPipeline recipe, Photo[] photos)
{
    /// <summary>Where other decoders and filters alone make the difference, it is smaller.</summary>
    public const double NearError = 0.2;

    /// <summary>Mean correlation of features that differ in each one's scale and shift alone.</summary>
    private const double SameCorrelation = 0.99;

    /// <summary>What explains features.</summary>
    /// <param name="Error">Relative error against those of the recipe.</param>
    /// <param name="Mistake">The mistake with which they were made, as the rest of "they were made with ..."; null
    /// where none explains them.</param>
    /// <param name="MistakeError">Relative error against those of the mistake, which is the least of all.</param>
    public sealed record Explanation(double Error, string? Mistake, double MistakeError);

    /// <summary>Finds what explains features of the n photos, n x P·D.</summary>
    public Explanation Explain(Matrix<float> given)
    {
        Matrix<float> raw = Run(recipe.Preprocessing);
        Matrix<float> right = Transform(raw);
        var comparison = new FeatureComparison(right, given);
        if (comparison.Error <= Diagnosis.SameError)
        {
            return new Explanation(comparison.Error, null, comparison.Error);
        }

        var best = (Mistake: "", Error: double.PositiveInfinity);
        var alike = (Mistake: "", Correlation: 0.0);
        void Try(string mistake, Matrix<float> features)
        {
            if (features.Columns == given.Columns)
            {
                var compared = new FeatureComparison(features, given);
                best = compared.Error < best.Error ? (mistake, compared.Error) : best;
                double correlation = compared.CorrelationOfFeatures();
                alike = correlation > alike.Correlation ? (mistake, correlation) : alike;
            }
        }

        const string Untransformed = "the network's features as they are, neither standardised nor reduced";
        Try(recipe.Transform is null ? "a scale and shift of each feature" : Untransformed, raw);
        foreach ((string mistake, BackbonePreprocessing preprocessing) in MistakesOf(recipe.Preprocessing))
        {
            Matrix<float> wrong = Run(preprocessing);
            Try(mistake, Transform(wrong));
            if (recipe.Transform is not null)
            {
                Try($"{mistake}, and {Untransformed}", wrong);
            }
        }

        string? found = best.Error <= NearError && best.Error < comparison.Error / 2 ? best.Mistake
            : alike.Correlation >= SameCorrelation && comparison.CorrelationOfFeatures() < SameCorrelation
            ? $"{alike.Mistake}, then standardised with other numbers"
            : null;
        return new Explanation(comparison.Error, found, best.Error);
    }

    /// <summary>Preprocessings that are taken for the right one, each with one thing wrong.</summary>
    private static IEnumerable<(string Mistake, BackbonePreprocessing Preprocessing)> MistakesOf(
        BackbonePreprocessing right)
    {
        string order = right.BlueFirst
            ? "channels as RGB where the network takes BGR"
            : "channels as BGR where the network takes RGB";
        BackbonePreprocessing other = right with { BlueFirst = !right.BlueFirst };
        (BackboneChannels mean, BackboneChannels deviation) = (Reverse(right.Mean), Reverse(right.Deviation));
        (string, BackbonePreprocessing)[] mistakes =
        [
            (order, other),
            ($"{order}, their mean and deviation too", other with { Mean = mean, Deviation = deviation }),
            ("the mean of the channels in reverse order", right with { Mean = mean, Deviation = deviation }),
            right.ValueMaximum > 1
                ? ("values from 0 to 1 where the network takes 0 to 255", right with { ValueMaximum = 1 })
                : ("values from 0 to 255 where the network takes 0 to 1", right with { ValueMaximum = 255 }),
            ("the mean left out", right with { Mean = default }),
            ("the deviation left out", right with { Deviation = new(1) }),
            ("mean and deviation left out", right with { Mean = default, Deviation = new(1) }),
            ("photos stretched rather than cropped", right with { ShorterSide = 0 }),
            ($"photos resized to a shorter side of {right.Size}", right with { ShorterSide = right.Size }),
            ("photos resized to a shorter side of 256", right with { ShorterSide = Math.Max(256, right.Size) }),
        ];
        return mistakes.Where(mistake => mistake.Item2 != right).DistinctBy(mistake => mistake.Item2);
    }

    private static BackboneChannels Reverse(BackboneChannels channels) =>
        new(channels.Third, channels.Second, channels.First);

    /// <summary>What the network gives, (n·P) x D as n x (P·D).</summary>
    private Matrix<float> Run(BackbonePreprocessing preprocessing)
    {
        var inputs = new Matrix<float>(photos.Length, preprocessing.InputLength);
        for (int i = 0; i < photos.Length; i++)
        {
            Photo photo = preprocessing.Resize(photos[i]);
            preprocessing.Prepare(photo.Pixels, photo.Width, photo.Height, inputs.Row(i));
        }

        return new Matrix<float>(
            photos.Length, network.GridSize * network.FeatureSize, network.Run(inputs).Span.ToArray());
    }

    private Matrix<float> Transform(Matrix<float> raw)
    {
        if (recipe.Transform is not FeatureTransform transform)
        {
            return raw;
        }

        int places = network.GridSize;
        var result = new Matrix<float>(raw.Rows, places * transform.OutputSize);
        transform.Apply(
            new ReadOnlyMatrixSpan<float>(raw.Span, raw.Rows * places, transform.InputSize),
            new MatrixSpan<float>(result.Span, raw.Rows * places, transform.OutputSize));
        return result;
    }
}
