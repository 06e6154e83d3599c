using System.CommandLine.Parsing;
using System.Diagnostics;
using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Datasets.Features;
using ShowTell.Datasets.Import;
using ShowTell.Models;

namespace ShowTell.Cli.Support;

/// <summary>
/// The options of training on photos, and what comes before it: a dataset folder of their captions, and their features
/// in it. Both are kept, so that the next training on the same photos begins at once.
/// </summary>
internal sealed class PhotoFlags
{
    private readonly Option<string> _captions = Options.Path(
        "--captions", "FILE", "Captions of a folder of photos: " + ImportFlags.CaptionFiles);

    private readonly Option<string> _data = Options.Path(
        "--data", "DIR", "Folder for the dataset of photos. [default: beside FILE, its name with -data]");

    private readonly Option<bool> _embed = new("--embed-backbone")
    {
        Description = "Put the network into the model file, so that this one file captions photos.",
    };

    /// <summary>Enough to tell things apart by, and few enough to train on quickly.</summary>
    private const int AttentionGridSide = 7;

    private readonly FeatureFlags _features = new();
    private readonly ImportFlags _import = new();

    public IEnumerable<Option> All => [_captions, _features.Backbone, _embed, .. NeedingCaptions];

    private IEnumerable<Option> NeedingCaptions => [_data, .. _features.Others, .. _import.All];

    /// <summary>Whether it is photos that are to be trained on.</summary>
    public bool AreGiven(ParseResult result) => result.GetValue(_captions) is not null;

    /// <summary>The network that was given; null for none.</summary>
    public string? Backbone(ParseResult result) => result.GetValue(_features.Backbone);

    /// <summary>The dataset that is asked for; one of photos is made first, unless it is there.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="name">A dataset, or a folder of photos.</param>
    /// <param name="model">The model file that is to be trained.</param>
    /// <param name="architecture">The network: attention and transformers take a grid of places, 7 x 7 unless
    /// another is asked for.</param>
    /// <param name="cancellation">Ends the work; what is done of the features is kept.</param>
    public string Prepare(
        ParseResult result, string name, string model, Architecture architecture, CancellationToken cancellation)
    {
        if (result.GetValue(_captions) is not string captions)
        {
            return name;
        }

        string folder = result.GetValue(_data)
            ?? Path.Combine(Path.GetDirectoryName(model) ?? "", $"{Path.GetFileNameWithoutExtension(model)}-data");
        using PhotoEncoder encoder = _features.LoadEncoder(
            result, architecture == Architecture.Recurrent ? null : AttentionGridSide);
        Import(_import.Read(result, captions, name), folder, result.InvocationConfiguration.Output, cancellation);
        FeatureExtractionOptions options = _features.ReadOptions(result) with { Standardize = true };
        var clock = Stopwatch.StartNew();
        FeatureExtractionSummary summary = FeatureRun.Watch(
            result.InvocationConfiguration.Output,
            isSilent: false,
            show => FeatureExtraction.OfDataset(encoder, folder, options, show, cancellation));
        FeatureRun.Print(result.InvocationConfiguration, summary, clock.Elapsed.TotalSeconds);
        return folder;
    }

    /// <summary>The network to put into the model file; empty for none.</summary>
    /// <exception cref="IncompatibleException">The dataset's features are not those of the network.</exception>
    public ReadOnlyMemory<byte> Network(ParseResult result, CaptionDataset dataset)
    {
        if (!result.GetValue(_embed))
        {
            return default;
        }

        string path = result.GetRequiredValue(_features.Backbone);
        if (dataset.PhotoPipeline is not PhotoPipeline recipe)
        {
            throw new IncompatibleException(
                $"{dataset.Origin}: does not say how its features were made, so that no network can be put into the "
                + "model. Make them by: showtell features.");
        }

        return Backbones.Backbone.ReadFile(path, recipe.Sha256);
    }

    private static void Import(ImportOptions options, string folder, TextWriter output, CancellationToken cancellation)
    {
        if (!FeatureExtraction.IsDataset(folder))
        {
            DataImportCommand.Print(
                output, DataImportCommand.Import(options, folder, output, isSilent: false, cancellation));
        }
        else if (ImportedFolder.Load(folder).Fingerprint != options.Fingerprint())
        {
            throw new DataException(
                $"{folder}: holds a dataset made of other captions or photos, or with other options. Delete it, or "
                + "choose another folder with --data.");
        }

        output.WriteLine($"dataset: {folder}");
    }

    public void Validate(CommandResult result)
    {
        _import.Validate(result);
        bool Has(Option option) => result.GetResult(option) is { Implicit: false };
        if (Has(_captions) && !Has(_features.Backbone))
        {
            result.AddError($"--backbone is missing: {_features.Backbone.Description}");
        }
        else if (Has(_embed) && !Has(_features.Backbone))
        {
            result.AddError("--embed-backbone needs --backbone: the network to put into the model file.");
        }
        else if (Has(_features.Backbone) && !Has(_captions) && !Has(_embed))
        {
            result.AddError(
                "--backbone goes with --captions, for photos, or with --embed-backbone. A dataset has its features.");
        }
        else if (!Has(_captions) && NeedingCaptions.FirstOrDefault(Has) is Option option)
        {
            result.AddError($"{option.Name} goes with --captions, the captions of a folder of photos.");
        }
    }
}
