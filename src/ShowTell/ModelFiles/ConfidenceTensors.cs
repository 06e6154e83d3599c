using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Confidence;
using ShowTell.Files;
using ShowTell.Models;

namespace ShowTell.ModelFiles;

/// <summary>The tensors of a model file that hold its <see cref="CaptionConfidence"/>.</summary>
internal static class ConfidenceTensors
{
    /// <summary>The metadata key of the numbers that are no tensors.</summary>
    public const string Key = "confidence";

    private const string Prefix = "confidence.";
    private const string Mean = Prefix + "mean";
    private const string Deviation = Prefix + "deviation";
    private const string Components = Prefix + "components";
    private const string Vectors = Prefix + "vectors";
    private const string Starts = Prefix + "starts";
    private const string Hashes = Prefix + "hashes";
    private const string Shares = Prefix + "shares";
    private const string PhotoMean = Prefix + "photo_mean";
    private const string PhotoScale = Prefix + "photo_scale";

    /// <summary>Whether a tensor is one of these.</summary>
    public static bool Has(string tensor) =>
        tensor is Mean or Deviation or Components or Vectors or Starts or Hashes or Shares or PhotoMean or PhotoScale;

    /// <summary>The metadata.</summary>
    public static string Metadata(CaptionConfidence confidence) => ModelJson.Write(new ConfidenceNumbers(
        confidence.Model.Bias, confidence.Model.Weights, confidence.Photos.Threshold, confidence.Photos.Regions));

    /// <summary>The tensors.</summary>
    public static IEnumerable<NamedTensor> TensorsOf(CaptionConfidence? confidence)
    {
        if (confidence is null)
        {
            yield break;
        }

        TrainingIndex index = confidence.Index;
        FeatureTransform projection = index.Projection;
        Matrix<float> components = projection.Components!;
        yield return NamedTensor.Of<float>(Mean, [projection.InputSize], projection.Mean.ToArray());
        yield return NamedTensor.Of<float>(Deviation, [projection.InputSize], projection.Deviation.ToArray());
        yield return NamedTensor.Of<float>(Components, [components.Rows, components.Columns], components.Memory);
        yield return NamedTensor.Of<float>(PhotoMean, [confidence.Photos.Mean.Length], confidence.Photos.Mean);
        yield return NamedTensor.Of<float>(PhotoScale, [confidence.Photos.Scale.Length], confidence.Photos.Scale);
        yield return NamedTensor.Of<uint>(Starts, [index.Starts.Length], index.Starts);
        yield return NamedTensor.Of<ushort>(Hashes, [index.Hashes.Length], index.Hashes);
        yield return NamedTensor.Of<byte>(Shares, [index.Shares.Length], index.Shares);
        yield return NamedTensor.Of<sbyte>(Vectors, [index.Count, projection.OutputSize], index.Vectors);
    }

    /// <summary>The confidence of a file; null if it has none.</summary>
    /// <exception cref="ModelFileException">It is incomplete, inconsistent, or not finite.</exception>
    public static CaptionConfidence? Read(string path, CaptioningOptions options, SafeTensorsReader file)
    {
        if (!file.Texts.TryGetValue(Key, out ReadOnlyMemory<byte> json))
        {
            return null;
        }

        ConfidenceNumbers numbers = ModelJson.Read<ConfidenceNumbers>(json.Span);
        float[] photoMean = file.Read<float>(PhotoMean), photoScale = file.Read<float>(PhotoScale);
        Ensure(
            double.IsFinite(numbers.Bias) && numbers.Weights.All(double.IsFinite)
            && numbers.Weights.Count == CaptionConfidence.SignalNames.Count
            && double.IsFinite(numbers.PhotoThreshold) && numbers.PhotoThreshold > 0
            && numbers.Regions > 0 && (long)photoMean.Length * numbers.Regions == options.FeatureSize
            && photoScale.Length == photoMean.Length
            && TensorPrimitives.IsFiniteAll<float>(photoMean) && TensorPrimitives.IsFiniteAll<float>(photoScale));
        return new CaptionConfidence(
            ReadIndex(path, options, file),
            new LogisticModel(numbers.Bias, numbers.Weights),
            new PhotoLikeness(numbers.Regions, photoMean, photoScale, numbers.PhotoThreshold));

        void Ensure(bool isValid)
        {
            if (!isValid)
            {
                throw new ModelFileException(
                    $"{path}: its confidence is damaged: {Key} in the metadata, or {Prefix}photo_..., is wrong.");
            }
        }
    }

    private static TrainingIndex ReadIndex(string path, CaptioningOptions options, SafeTensorsReader file)
    {
        float[] mean = file.Read<float>(Mean), deviation = file.Read<float>(Deviation);
        float[] components = file.Read<float>(Components);
        uint[] starts = file.Read<uint>(Starts);
        sbyte[] vectors = file.Read<sbyte>(Vectors);
        ushort[] hashes = file.Read<ushort>(Hashes);
        byte[] shares = file.Read<byte>(Shares);
        int size = options.HiddenSize, count = components.Length / size, photos = starts.Length - 1;
        bool isValid = mean.Length == size && deviation.Length == size
            && count > 0 && components.Length == (long)count * size
            && photos is >= TrainingIndex.NeighborCount and <= TrainingIndex.MaxPhotos
            && vectors.Length == (long)photos * count && hashes.Length == shares.Length
            && starts[0] == 0 && starts[^1] == hashes.Length
            && starts.Zip(starts.Skip(1)).All(pair => pair.First <= pair.Second);
        if (!isValid)
        {
            throw new ModelFileException($"{path}: its confidence is damaged: its tensors {Prefix}... do not match.");
        }

        try
        {
            return new TrainingIndex(
                new FeatureTransform(mean, deviation, new Matrix<float>(count, size, components)),
                vectors, starts, hashes, shares);
        }
        catch (ArgumentException error)
        {
            throw new ModelFileException(
                $"{path}: {Mean}, {Deviation} or {Components} is damaged: {error.Message}", error);
        }
    }
}

/// <summary>The numbers of a <see cref="CaptionConfidence"/> in the metadata.</summary>
/// <param name="Bias">The bias of the logistic model.</param>
/// <param name="Weights">Its weights, of <see cref="CaptionConfidence.SignalNames"/>.</param>
/// <param name="PhotoThreshold">The maximum score of a photo.</param>
/// <param name="Regions">The regions of an image.</param>
internal sealed record ConfidenceNumbers(
    double Bias, IReadOnlyList<double> Weights, double PhotoThreshold, int Regions);
