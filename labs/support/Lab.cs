using ShowTell;
using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Scenes;
using ShowTell.Hdf5;
using ShowTell.Layers;
using ShowTell.Numerics;
using ShowTell.Reporting;

/// <summary>What the labs share and the exercises leave to Jupyter: arguments, headings, data and pictures.</summary>
internal sealed class Lab : IDisposable
{
    private readonly IReadOnlyList<Scene> _trainScenes = [];
    private readonly IReadOnlyList<Scene> _validationScenes = [];
    private readonly PictureDownloader? _downloader;
    private readonly PictureFinder? _finder;
    private readonly string _output;
    private int _cell;

    private Lab(string? folder, string? images, string output, bool isQuick)
    {
        IsQuick = isQuick;
        _output = Path.GetFullPath(output);
        Directory.CreateDirectory(_output);
        Hdf5Format.Register();
        if (folder is not null)
        {
            _downloader = images is null ? new PictureDownloader() : null;
            _finder = new PictureFinder(images is null ? null : new PictureFolder(images), _downloader);
            Data = DatasetFolder.Load(folder);
            return;
        }

        var options = new SceneOptions { TrainScenes = isQuick ? 300 : 2000, ValidationScenes = 200 };
        SceneDataset scenes = SceneDataset.Generate(options);
        (Data, _trainScenes, _validationScenes) = (scenes.Captions, scenes.Train, scenes.Validation);
    }

    /// <summary>The captions and features.</summary>
    public CaptionDataset Data { get; }

    /// <summary>Whether to look only if everything runs.</summary>
    public bool IsQuick { get; }

    /// <summary>Runs a lab with the arguments <c>[FOLDER] [--images DIR] [--out DIR] [--quick]</c>.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string name, string[] args, Action<Lab> cells)
    {
        string? folder = null, images = null, output = null;
        bool isQuick = false;
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--quick":
                    isQuick = true;
                    break;
                case "--images" when i + 1 < args.Length:
                    images = args[++i];
                    break;
                case "--out" when i + 1 < args.Length:
                    output = args[++i];
                    break;
                case string argument when folder is null && !argument.StartsWith('-'):
                    folder = argument;
                    break;
                default:
                    Console.Error.WriteLine(
                        $"usage: dotnet run labs/{name}.cs -- [FOLDER] [--images DIR] [--out DIR] [--quick]");
                    return 1;
            }
        }

        try
        {
            // Beside the labs, wherever the reader stands: <repository>/artifacts/labs/<name>.
            string labs = (string?)AppContext.GetData("EntryPointFileDirectoryPath") ?? "labs";
            output ??= Path.Combine(labs, "..", "artifacts", "labs", name);
            using var lab = new Lab(folder, images, output, isQuick);
            cells(lab);
            return 0;
        }
        catch (ShowTellException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return 1;
        }
    }

    /// <summary>Writes the heading of a cell.</summary>
    public void Cell(string title, string? expect = null)
    {
        Console.WriteLine($"{(_cell > 0 ? "\n" : "")}[{++_cell}] {title}{(expect is null ? "" : $" ({expect})")}");
    }

    /// <summary>Writes a relative error, as in <c>dx error: 4.02e-10</c>.</summary>
    public void Error(string name, Matrix<double> x, Matrix<double> y) =>
        Console.WriteLine($"{name} error: {GradientCheck.RelativeError<double>(x, y):0.00e-00}");

    /// <summary>Writes the names and shapes of all that was loaded.</summary>
    public void PrintShapes()
    {
        foreach (CaptionSplit split in new[] { Data.Train, Data.Validation })
        {
            Console.WriteLine($"{split.Name + "_captions",-16} ({split.Count}, {split.CaptionWidth}) int32");
            Console.WriteLine($"{split.Name + "_image_idxs",-16} ({split.Count},) int32");
            Console.WriteLine(
                $"{split.Name + "_features",-16} ({split.Features.Rows}, {split.Features.Columns}) float32");
            Console.WriteLine($"{split.Name + "_urls",-16} ({split.Urls.Count},)");
        }

        Console.WriteLine($"{"idx_to_word",-16} {Data.Vocabulary.Count}");
    }

    /// <summary>
    /// A card with the picture of an image: a drawn scene, a photo from --images, or one from its URL.
    /// </summary>
    public GalleryCard Card(CaptionSplit split, int image)
    {
        IReadOnlyList<Scene> scenes = split.Name == "train" ? _trainScenes : _validationScenes;
        Picture picture = _finder is null
            ? Picture.FromSvg(SceneDrawing.ToSvg(scenes[image]))
            : _finder.FindAsync(split, [image]).GetAwaiter().GetResult()[0];
        return new GalleryCard(picture, $"{split.Name}: {split.ImageLabel(image)}");
    }

    /// <summary>Writes a page of pictures and says where it is.</summary>
    public void Save(Gallery gallery, string file) => Save(file, gallery.Save);

    /// <summary>Writes a plot and says where it is.</summary>
    public void Save(LinePlot plot, string file) => Save(file, plot.Save);

    /// <summary>Closes the data.</summary>
    public void Dispose()
    {
        Data.Dispose();
        _downloader?.Dispose();
    }

    private void Save(string file, Action<string> save)
    {
        string path = Path.Combine(_output, file);
        save(path);
        Console.WriteLine($"open {path}");
    }
}
