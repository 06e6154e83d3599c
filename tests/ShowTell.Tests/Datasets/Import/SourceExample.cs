using ShowTell.Datasets;
using ShowTell.Datasets.Import;

namespace ShowTell.Tests.Datasets.Import;

/// <summary>A folder for sources of captions, and what imports of them give.</summary>
internal sealed class SourceExample : IDisposable
{
    private readonly TemporaryFolder _folder = TestData.Temporary();
    private int _imports;

    public string Path(string name) => _folder.File(name);

    /// <summary>Writes a file, in a folder of its own if its name has one.</summary>
    public string Write(string name, string content)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllText(Path(name), content);
        return Path(name);
    }

    /// <summary>Imports into a new folder.</summary>
    public (ImportSummary Summary, string Folder) Import(ImportOptions options)
    {
        string folder = Path($"data{_imports++}");
        return (DatasetImport.Run(options, folder), folder);
    }

    /// <summary>Imports, and shows each photo's split and captions: "a.jpg train: a dog; the dog".</summary>
    public string[] Lines(params string[] captions) => Lines(new ImportOptions { Captions = captions });

    public string[] Lines(ImportOptions options) => LinesOf(Import(options).Folder);

    public static string[] LinesOf(string folder) =>
    [
        .. DatasetManifest.LoadPhotos(folder)
            .Select(line => $"{line.Photo} {line.Split}: {string.Join("; ", line.Captions)}"),
    ];

    public string Refusal(params string[] captions)
    {
        string folder = Path("refused");
        string message = Xunit.Assert.Throws<DataException>(
            () => DatasetImport.Run(new ImportOptions { Captions = captions }, folder)).Message;
        Xunit.Assert.False(Directory.Exists(folder));
        return message;
    }

    public void Dispose() => _folder.Dispose();
}
