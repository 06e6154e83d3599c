using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using ShowTell.Files;

namespace ShowTell.Datasets.Import;

/// <summary>
/// The <c>import.json</c> of an imported dataset folder: the photo folder and the import options. Together with
/// <c>train_images.txt</c> and <c>val_images.txt</c>, the lists of photos in the order of their features, it is the
/// input of <see cref="Features.FeatureExtraction"/>.
/// </summary>
/// <param name="Photos">The full path of the photo folder.</param>
/// <param name="Captions">The full path of the caption file.</param>
/// <param name="MaxWords">The maximum number of words of a caption.</param>
/// <param name="KeepCase">Whether captions keep upper-case letters.</param>
/// <param name="KeepPunctuation">Whether captions keep punctuation.</param>
/// <param name="Fingerprint"><see cref="ImportOptions.Fingerprint"/> of the import.</param>
public sealed partial record ImportedFolder(
    string Photos, string Captions, int MaxWords, bool KeepCase, bool KeepPunctuation, string Fingerprint)
{
    private static readonly ImportJson s_json = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        WriteIndented = true,
    });

    /// <summary>Reads the file in a dataset folder.</summary>
    /// <exception cref="DataException">The folder was not imported, or the file is damaged.</exception>
    public static ImportedFolder Load(string folder)
    {
        string path = Path.Combine(folder, DatasetFolder.ImportFile);
        using FileStream stream = InputFile.Open(path);
        try
        {
            return JsonSerializer.Deserialize(stream, s_json.ImportedFolder)
                ?? throw new DataException($"{path}: is null; expected an object.");
        }
        catch (JsonException exception)
        {
            throw new DataException(
                $"{path}: is damaged ({exception.Path}, line {exception.LineNumber + 1}); import the dataset again.",
                exception);
        }
    }

    /// <summary>The paths of a split's photos below <see cref="Photos"/>, in the order of their features.</summary>
    /// <param name="folder">The dataset folder.</param>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <exception cref="DataException">The list cannot be read.</exception>
    public static string[] PhotosOf(string folder, string split) =>
        ReadList(Path.Combine(folder, (DatasetLayout.Of(folder) ?? DatasetLayout.ShowTell).ImageFile(split)));

    /// <summary>Reads a list of photo names, one per line, such as <c>Flickr_8k.trainImages.txt</c>.</summary>
    /// <exception cref="DataException">The file cannot be read, or is empty.</exception>
    internal static string[] ReadList(string path)
    {
        using var lines = new TextLines(path, InputFile.Open(path));
        List<string> names = [];
        while (lines.NextFilled() is string line)
        {
            names.Add(line.TrimEnd());
        }

        return names.Count > 0
            ? [.. names]
            : throw new DataException($"{path}: contains no photo name; expected one per line.");
    }

    internal void Save(string folder) => AtomicFile.WriteText(
        Path.Combine(folder, DatasetFolder.ImportFile), JsonSerializer.Serialize(this, s_json.ImportedFolder) + "\n");

    [JsonSerializable(typeof(ImportedFolder))]
    private sealed partial class ImportJson : JsonSerializerContext;
}
