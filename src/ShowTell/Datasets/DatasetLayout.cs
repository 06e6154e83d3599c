using ShowTell.Data;

namespace ShowTell.Datasets;

/// <summary>The names of the files in a folder of token ids and features. Imported datasets have another layout:
/// <see cref="DatasetManifest"/>.</summary>
public sealed class DatasetLayout
{
    private readonly string _year;
    private readonly string _features;
    private readonly string _extension;

    private DatasetLayout(
        string name, string captions, string vocabulary, string year, string features, string extension)
    {
        (Name, CaptionsFile, VocabularyFile) = (name, captions, vocabulary);
        (_year, _features, _extension) = (year, features, extension);
    }

    /// <summary>
    /// Token ids and features as tensors: <c>captions.safetensors</c>, <c>vocabulary.json</c>,
    /// <c>train_features.safetensors</c> or <c>train_features_pca.safetensors</c>, <c>train_images.txt</c>,
    /// <c>train_urls.txt</c>, and the same for <c>val</c>.
    /// </summary>
    public static DatasetLayout Tensors { get; } =
        new("showtell", "captions.safetensors", "vocabulary.json", "", "features", ".safetensors");

    /// <summary>
    /// The layout of the CS231n exercises: <c>coco2014_captions.h5</c>, <c>coco2014_vocab.json</c>,
    /// <c>train2014_vgg16_fc7.h5</c> or <c>train2014_vgg16_fc7_pca.h5</c>, <c>train2014_urls.txt</c>, and the same for
    /// <c>val2014</c>. HDF5 files require the package ShowTell.Hdf5.
    /// </summary>
    public static DatasetLayout Cs231n { get; } =
        new("cs231n", "coco2014_captions.h5", "coco2014_vocab.json", "2014", "vgg16_fc7", ".h5");

    /// <summary>The layout's name.</summary>
    public string Name { get; }

    /// <summary>
    /// Integers: <c>train_captions</c>, token ids (captions x width); <c>train_image_idxs</c>, the image of each
    /// caption; and the same for <c>val</c>.
    /// </summary>
    public string CaptionsFile { get; }

    /// <summary>JSON with <c>idx_to_word</c> and <c>word_to_idx</c>.</summary>
    public string VocabularyFile { get; }

    /// <summary>The layout of a folder; null if it has no captions file.</summary>
    public static DatasetLayout? Of(string folder) =>
        new[] { Tensors, Cs231n }.FirstOrDefault(layout => File.Exists(Path.Combine(folder, layout.CaptionsFile)));

    /// <summary>Floating-point numbers: <c>features</c> (images x D, or images x regions x D).</summary>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <param name="pca">Whether the features are reduced by PCA.</param>
    public string FeatureFile(string split, bool pca) =>
        $"{split}{_year}_{_features}{(pca ? "_pca" : "")}{_extension}";

    /// <summary>Optional: the URL of each image, one per line.</summary>
    public string UrlFile(string split) => $"{split}{_year}_urls.txt";

    /// <summary>Optional: the file name of each image, one per line.</summary>
    public string ImageFile(string split) => $"{split}{_year}_images.txt";

    /// <summary>The <see cref="CaptionDataset.FeatureKind"/> of features whose pipeline is unknown.</summary>
    public string FeatureKind(bool pca) => $"{Name} {Path.GetFileNameWithoutExtension(FeatureFile("train", pca))}";

    /// <summary>The names of all files.</summary>
    internal IEnumerable<string> Files =>
    [
        CaptionsFile, VocabularyFile,
        .. new[] { "train", "val" }.SelectMany(split => new[]
        {
            FeatureFile(split, pca: false), FeatureFile(split, pca: true), UrlFile(split), ImageFile(split),
        }),
    ];
}
