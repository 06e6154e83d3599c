using System.Numerics.Tensors;
using ShowTell.Backbones;
using ShowTell.Files;

namespace ShowTell.ModelFiles;

/// <summary>
/// What a model file holds besides the model itself: the numbers of the photos' recipe, references, a network.
/// </summary>
internal static class BundledPhotos
{
    public const string RecipeKey = "photos";
    public const string ImagesKey = "reference_images";

    private const string Mean = "photos.mean";
    private const string Deviation = "photos.deviation";
    private const string Components = "photos.components";
    private const string Reference = "reference.features";
    private const string Network = "photos.network";

    /// <summary>Whether a tensor is one of these.</summary>
    public static bool Has(string tensor) => tensor is Mean or Deviation or Components or Reference or Network;

    /// <summary>The tensors to write, bytes last.</summary>
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

        if (!bundle.Network.IsEmpty)
        {
            yield return new NamedTensor(Network, [bundle.Network.Length], default) { Bytes = bundle.Network };
        }
    }

    /// <summary>The recipe in a file's metadata and tensors; null where it has none.</summary>
    /// <exception cref="ModelFileException">It makes no sense.</exception>
    public static PhotoPipeline? ReadRecipe(
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
                    $"{path}: {Mean}, {Deviation} and {Components} do not fit together: {error.Message}", error);
            }
        }

        return metadata.TryGetValue(RecipeKey, out string? json)
            ? PhotoPipeline.FromJson(path, json, transform)
            : null;
    }

    /// <summary>The references in a file; null where it has none.</summary>
    /// <exception cref="ModelFileException">They make no sense.</exception>
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
                $"{path}: {Reference} is {features.Rows} x {features.Columns}; {images.Length} x {featureSize} was "
                + "expected.");
    }

    /// <summary>The network in a file; empty where it has none.</summary>
    public static ReadOnlyMemory<byte> ReadNetwork(IReadOnlyDictionary<string, NamedTensor> tensors) =>
        tensors.TryGetValue(Network, out NamedTensor? tensor) ? tensor.Bytes : default;

    /// <summary>Whether a file holds a network, read or not.</summary>
    public static bool HasNetwork(IReadOnlyDictionary<string, NamedTensor> tensors) => tensors.ContainsKey(Network);

    /// <summary>Copies the network in a model file.</summary>
    /// <exception cref="ModelFileException">The file is damaged, or holds no network.</exception>
    /// <exception cref="IOException">The file cannot be read, or <paramref name="target"/> not written.</exception>
    public static void CopyNetwork(string path, Stream target)
    {
        try
        {
            SafeTensors.CopyBytes(path, Network, target);
        }
        catch (FormatException error)
        {
            throw new ModelFileException($"{path}: is no intact model file: {error.Message}.", error);
        }
    }

    private static NamedTensor Matrix(string name, Matrix<float> matrix) =>
        new(name, [matrix.Rows, matrix.Columns], matrix.Memory);

    private static NamedTensor Floats(
        string path, IReadOnlyDictionary<string, NamedTensor> tensors, string name) =>
        tensors.TryGetValue(name, out NamedTensor? tensor) && !tensor.Elements.IsEmpty
            && TensorPrimitives.IsFiniteAll(tensor.Elements.Span)
            ? tensor
            : throw new ModelFileException($"{path}: the tensor {name} is missing, or holds no finite numbers.");

    private static Matrix<float> MatrixOf(string path, NamedTensor tensor) => tensor.Shape is [long rows, long columns]
        ? new Matrix<float>((int)rows, (int)columns, tensor.Elements.ToArray())
        : throw new ModelFileException(
            $"{path}: the tensor {tensor.Name} has {tensor.Shape.Length} dimensions; 2 were expected.");
}
