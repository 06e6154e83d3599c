using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using ShowTell.Files;

namespace ShowTell.Datasets.Import;

/// <summary>
/// What <c>import.json</c> in an imported dataset folder says: where its photos lie and how its captions were made.
/// Together with <c>train_images.txt</c> and <c>val_images.txt</c>, whose lines are file names below
/// <see cref="Photos"/> in ordinal order, it is what features are computed from; row i of a split's features belongs to
/// line i of its list.
/// </summary>
/// <param name="Photos">Full path of the folder of photos.</param>
/// <param name="Captions">Full path of the caption file.</param>
/// <param name="MaxWords">The most words of a caption.</param>
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

    /// <summary>Reads what a dataset folder says about its photos.</summary>
    /// <exception cref="DataException">The folder was not imported, or its file is damaged.</exception>
    public static ImportedFolder Load(string folder)
    {
        string path = Path.Combine(folder, DatasetFolder.ImportFile);
        using FileStream stream = CaptionFile.Open(path);
        try
        {
            return JsonSerializer.Deserialize(stream, s_json.ImportedFolder)
                ?? throw new DataException($"{path}: is null; an object was expected.");
        }
        catch (JsonException exception)
        {
            throw new DataException(
                $"{path}: is no description of an import ({exception.Path}, line {exception.LineNumber + 1}); "
                + "import the dataset again.",
                exception);
        }
    }

    /// <summary>File names of a split's photos below <see cref="Photos"/>, in the order of their features.</summary>
    /// <param name="folder">The dataset folder.</param>
    /// <param name="split"><c>train</c> or <c>val</c>.</param>
    /// <exception cref="DataException">The list cannot be read.</exception>
    public static string[] PhotosOf(string folder, string split) =>
        ReadList(Path.Combine(folder, (DatasetLayout.Of(folder) ?? DatasetLayout.ShowTell).ImageFile(split)));

    /// <summary>Reads the names of photos, one a line, such as <c>Flickr_8k.trainImages.txt</c>.</summary>
    /// <exception cref="DataException">The file cannot be read, or names nothing.</exception>
    internal static string[] ReadList(string path)
    {
        using var lines = new TextLines(path, CaptionFile.Open(path));
        List<string> names = [];
        while (lines.NextFilled() is string line)
        {
            names.Add(line.TrimEnd());
        }

        return names.Count > 0
            ? [.. names]
            : throw new DataException($"{path}: names no photo; the file name of a photo was expected in each line.");
    }

    internal void Save(string folder) => AtomicFile.WriteText(
        Path.Combine(folder, DatasetFolder.ImportFile), JsonSerializer.Serialize(this, s_json.ImportedFolder) + "\n");

    [JsonSerializable(typeof(ImportedFolder))]
    private sealed partial class ImportJson : JsonSerializerContext;
}
