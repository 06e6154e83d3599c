using ShowTell.Data;

namespace ShowTell.Datasets;

/// <summary>The names of the files in a dataset folder.</summary>
public sealed class DatasetLayout
{
    private readonly string _features;
    private readonly string _lists;

    private DatasetLayout(string name, string captions, string vocabulary, string lists, string features) =>
        (Name, CaptionsFile, VocabularyFile, _lists, _features) = (name, captions, vocabulary, lists, features);

    /// <summary>
    /// What <c>showtell data import</c> makes: <c>captions.safetensors</c>, <c>vocabulary.json</c>,
    /// <c>train_features.safetensors</c>, <c>train_images.txt</c>, and the same for <c>val</c>.
    /// </summary>
    public static DatasetLayout ShowTell { get; } =
        new("showtell", "captions.safetensors", "vocabulary.json", "", "_features{0}.safetensors");

    /// <summary>
    /// That of the CS231n exercises: <c>coco2014_captions.h5</c>, <c>coco2014_vocab.json</c>,
    /// <c>train2014_vgg16_fc7.h5</c> or <c>train2014_vgg16_fc7_pca.h5</c>, <c>train2014_urls.txt</c>, and the same for
    /// <c>val2014</c>. HDF5 files are read by the package ShowTell.Hdf5.
    /// </summary>
    public static DatasetLayout Cs231n { get; } =
        new("cs231n", "coco2014_captions.h5", "coco2014_vocab.json", "2014", "_vgg16_fc7{0}.h5");

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>
    /// <c>train_captions</c> (captions x width), <c>train_image_idxs</c> (captions), and the same for <c>val</c>:
    /// integers.
    /// </summary>
    public string CaptionsFile { get; }

    /// <summary>JSON with <c>idx_to_word</c> and <c>word_to_idx</c>.</summary>
    public string VocabularyFile { get; }

    /// <summary>The layout of a folder; null if it has the captions of neither.</summary>
    public static DatasetLayout? Of(string folder) =>
        new[] { ShowTell, Cs231n }.FirstOrDefault(layout => File.Exists(Path.Combine(folder, layout.CaptionsFile)));

    /// <summary><c>features</c> (images x D, or images x regions x D): floating-point numbers.</summary>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <param name="pca">Whether they are reduced by principal components.</param>
    public string FeatureFile(string split, bool pca) =>
        split + _lists + string.Format(null, _features, pca ? "_pca" : "");

    /// <summary>Optional: a line with the URL of each image.</summary>
    public string UrlFile(string split) => $"{split}{_lists}_urls.txt";

    /// <summary>Optional: a line with the file name of each image.</summary>
    public string ImageFile(string split) => $"{split}{_lists}_images.txt";

    /// <summary>
    /// The <see cref="CaptionDataset.FeatureKind"/> of a folder's features where the files do not say how they were
    /// made.
    /// </summary>
    public string FeatureKind(bool pca) => $"{Name} {Path.GetFileNameWithoutExtension(FeatureFile("train", pca))}";

    /// <summary>All names.</summary>
    internal IEnumerable<string> Files =>
    [
        CaptionsFile, VocabularyFile,
        .. new[] { "train", "val" }.SelectMany(split => new[]
        {
            FeatureFile(split, pca: false), FeatureFile(split, pca: true), UrlFile(split), ImageFile(split),
        }),
    ];
}
