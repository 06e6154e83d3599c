using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Files;

namespace ShowTell.ModelFiles;

/// <summary>
/// The tensors of a model file other than the model's parameters: the feature transform, reference features, the
/// backbone.
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

    /// <summary>The tensors of a bundle, bytes last.</summary>
    public static IEnumerable<NamedTensor> TensorsOf(ModelBundle bundle)
    {
        if (bundle.Photos?.Transform is FeatureTransform transform)
        {
            yield return new NamedTensor(Mean, [transform.InputSize], transform.Mean.ToArray());
            yield return new NamedTensor(Deviation, [transform.InputSize], transform.Deviation.ToArray());
            if (transform.Components is Matrix<float> components)
            {
                yield return Matrix(Components, components);
            }
        }

        if (bundle.Reference is ReferenceFeatures reference)
        {
            yield return Matrix(Reference, reference.Features);
        }

        if (!bundle.BackboneBytes.IsEmpty)
        {
            yield return new NamedTensor(Backbone, [bundle.BackboneBytes.Length], default)
            {
                Bytes = bundle.BackboneBytes,
            };
        }
    }

    /// <summary>The photo pipeline of a file; null if it has none.</summary>
    /// <exception cref="ModelFileException">The pipeline is invalid.</exception>
    public static PhotoPipeline? ReadPipeline(
        string path, IReadOnlyDictionary<string, string> metadata, IReadOnlyDictionary<string, NamedTensor> tensors)
    {
        FeatureTransform? transform = null;
        if (tensors.ContainsKey(Mean) || tensors.ContainsKey(Deviation) || tensors.ContainsKey(Components))
        {
            try
            {
                transform = new FeatureTransform(
                    Floats(path, tensors, Mean).Elements.ToArray(),
                    Floats(path, tensors, Deviation).Elements.ToArray(),
                    tensors.ContainsKey(Components) ? MatrixOf(path, Floats(path, tensors, Components)) : null);
            }
            catch (ArgumentException error)
            {
                throw new ModelFileException(
                    $"{path}: {Mean}, {Deviation} and {Components} are inconsistent: {error.Message}", error);
            }
        }

        return metadata.TryGetValue(PipelineKey, out string? json)
            ? PhotoPipeline.FromJson(path, json, transform)
            : null;
    }

    /// <summary>The reference features of a file; null if it has none.</summary>
    /// <exception cref="ModelFileException">They are missing or have a wrong shape.</exception>
    public static ReferenceFeatures? ReadReference(
        string path, string[]? images, int featureSize, IReadOnlyDictionary<string, NamedTensor> tensors)
    {
        if (images is null)
        {
            return null;
        }

        Matrix<float> features = MatrixOf(path, Floats(path, tensors, Reference));
        return features.Rows == images.Length && features.Columns == featureSize
            ? new ReferenceFeatures(images, features)
            : throw new ModelFileException(
                $"{path}: {Reference} is {features.Rows} x {features.Columns}; expected {images.Length} x "
                + $"{featureSize}.");
    }

    /// <summary>The bytes of a file's backbone; empty if it has none or it was not read.</summary>
    public static ReadOnlyMemory<byte> ReadBackbone(IReadOnlyDictionary<string, NamedTensor> tensors) =>
        tensors.TryGetValue(Backbone, out NamedTensor? tensor) ? tensor.Bytes : default;

    /// <summary>Whether a file contains a backbone, read or not.</summary>
    public static bool HasBackbone(IReadOnlyDictionary<string, NamedTensor> tensors) => tensors.ContainsKey(Backbone);

    /// <summary>Copies the backbone of a model file to a stream.</summary>
    /// <exception cref="ModelFileException">The file is damaged, or contains no backbone.</exception>
    /// <exception cref="IOException">The file cannot be read, or <paramref name="target"/> not written.</exception>
    public static void CopyBackbone(string path, Stream target)
    {
        try
        {
            SafeTensors.CopyBytes(path, Backbone, target);
        }
        catch (FormatException error)
        {
            throw new ModelFileException($"{path}: is not an intact model file: {error.Message}.", error);
        }
    }

    private static NamedTensor Matrix(string name, Matrix<float> matrix) =>
        new(name, [matrix.Rows, matrix.Columns], matrix.Memory);

    private static NamedTensor Floats(
        string path, IReadOnlyDictionary<string, NamedTensor> tensors, string name) =>
        tensors.TryGetValue(name, out NamedTensor? tensor) && !tensor.Elements.IsEmpty
            && TensorPrimitives.IsFiniteAll(tensor.Elements.Span)
            ? tensor
            : throw new ModelFileException($"{path}: the tensor {name} is missing, or contains NaN or infinity.");

    private static Matrix<float> MatrixOf(string path, NamedTensor tensor) => tensor.Shape is [long rows, long columns]
        ? new Matrix<float>((int)rows, (int)columns, tensor.Elements.ToArray())
        : throw new ModelFileException(
            $"{path}: the tensor {tensor.Name} has {tensor.Shape.Length} dimensions; expected 2.");
}
