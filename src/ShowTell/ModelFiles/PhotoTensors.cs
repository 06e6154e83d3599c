using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Files;

namespace ShowTell.ModelFiles;

/// <summary>
/// The tensors of a model file other than the model's parameters: the feature transform, reference features, the
/// confidence, the backbone.
/// </summary>
internal static class PhotoTensors
{
    /// <summary>The metadata key of the photo pipeline.</summary>
    public const string PipelineKey = "photos";

    /// <summary>The metadata key of the names of the reference images.</summary>
    public const string ReferenceImagesKey = "reference_images";

    private const string Mean = "photos.mean";
    private const string Deviation = "photos.deviation";
    private const string Components = "photos.components";
    private const string Reference = "reference.features";
    private const string Backbone = "photos.network";

    /// <summary>Whether a tensor is one of these.</summary>
    public static bool Has(string tensor) => tensor is Mean or Deviation or Components or Reference or Backbone;

    /// <summary>The tensors of a bundle.</summary>
    public static IEnumerable<NamedTensor> TensorsOf(ModelBundle bundle)
    {
        if (bundle.Photos?.Transform is FeatureTransform transform)
        {
            yield return NamedTensor.Of<float>(
                Mean, [transform.InputSize], transform.Mean.ToArray());
            yield return NamedTensor.Of<float>(
                Deviation, [transform.InputSize], transform.Deviation.ToArray());
            if (transform.Components is Matrix<float> components)
            {
                yield return Matrix(Components, components);
            }
        }

        if (bundle.Reference is ReferenceFeatures reference)
        {
            yield return Matrix(Reference, reference.Features);
        }

        foreach (NamedTensor tensor in ConfidenceTensors.TensorsOf(bundle.Confidence))
        {
            yield return tensor;
        }

        // Last, so that the numbers before it are aligned.
        if (!bundle.BackboneBytes.IsEmpty)
        {
            yield return NamedTensor.Of(Backbone, [bundle.BackboneBytes.Length], bundle.BackboneBytes);
        }
    }

    /// <summary>The photo pipeline of a file; null if it has none.</summary>
    /// <exception cref="ModelFileException">The pipeline is invalid.</exception>
    public static PhotoPipeline? ReadPipeline(string path, SafeTensorsReader file)
    {
        FeatureTransform? transform = null;
        if (file.Has(Mean) || file.Has(Deviation) || file.Has(Components))
        {
            try
            {
                transform = new FeatureTransform(
                    file.Read<float>(Mean),
                    file.Read<float>(Deviation),
                    file.Has(Components) ? MatrixOf(path, file, Components) : null);
            }
            catch (ArgumentException error)
            {
                throw new ModelFileException(
                    $"{path}: {Mean}, {Deviation} and {Components} are inconsistent: {error.Message}", error);
            }
        }

        return file.Texts.TryGetValue(PipelineKey, out ReadOnlyMemory<byte> json)
            ? PhotoPipeline.FromJson(path, Encoding.UTF8.GetString(json.Span), transform)
            : null;
    }

    /// <summary>The reference features of a file; null if it has none.</summary>
    /// <exception cref="ModelFileException">They are missing, of a wrong shape, or not finite.</exception>
    public static ReferenceFeatures? ReadReference(string path, int featureSize, SafeTensorsReader file)
    {
        if (!file.Texts.TryGetValue(ReferenceImagesKey, out ReadOnlyMemory<byte> json))
        {
            return null;
        }

        string[] images = ModelJson.ReadStrings(json.Span, ReferenceFeatures.Count);
        file.Require<float>(Reference, [images.Length, featureSize]);
        Matrix<float> features = MatrixOf(path, file, Reference);
        return TensorPrimitives.IsFiniteAll<float>(features.Span)
            ? new ReferenceFeatures(images, features)
            : throw new ModelFileException($"{path}: the tensor {Reference} contains NaN or infinity.");
    }

    /// <summary>The bytes of a file's backbone; empty if it has none.</summary>
    /// <exception cref="ModelFileException">They are damaged.</exception>
    public static ReadOnlyMemory<byte> ReadBackbone(SafeTensorsReader file) =>
        HasBackbone(file) ? file.Read<byte>(Backbone) : default;

    /// <summary>Whether a file contains a backbone.</summary>
    public static bool HasBackbone(SafeTensorsReader file) => file.Has(Backbone);

    /// <summary>Copies the backbone of a model file to a stream.</summary>
    /// <exception cref="ModelFileException">The file is damaged, or contains no backbone.</exception>
    /// <exception cref="IOException"><paramref name="target"/> cannot be written.</exception>
    public static void CopyBackbone(string path, Stream target)
    {
        using var file = SafeTensorsReader.Open(path);
        file.CopyTo(Backbone, target);
    }

    private static NamedTensor Matrix(string name, Matrix<float> matrix) =>
        NamedTensor.Of<float>(name, [matrix.Rows, matrix.Columns], matrix.Memory);

    private static Matrix<float> MatrixOf(string path, SafeTensorsReader file, string name)
    {
        SafeTensorsEntry entry = file.Entries.Single(entry => entry.Name == name);
        return entry.Shape.Length == 2
            ? new Matrix<float>((int)entry.Shape[0], (int)entry.Shape[1], file.Read<float>(name))
            : throw new ModelFileException(
                $"{path}: the tensor {name} has {entry.Shape.Length} dimensions; expected 2.");
    }
}
