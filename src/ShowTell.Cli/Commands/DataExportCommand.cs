using ShowTell.Datasets;

namespace ShowTell.Cli.Commands;

/// <summary><c>showtell data export</c>: writes a dataset in the files of the CS231n exercises.</summary>
internal sealed class DataExportCommand
{
    private readonly Argument<string> _dataset = SharedOptions.Dataset();
    private readonly Option<string> _features = SharedOptions.Features();
    private readonly Option<bool> _cs231n = NewOption.Flag(
        "--cs231n", "Write the files of the CS231n exercises, for their notebooks and for h5py. (REQUIRED)");

    private readonly Option<string> _out =
        NewOption.Path("--out", "FOLDER", "The folder to write to.", isRequired: true);

    public Command Create() => new CommandWithExamples(
        "export",
        "Write a dataset with its features in another layout.",
        Run,
        "showtell data export mine --cs231n --out coco_captioning",
        "showtell data export scenes --cs231n --out scenes")
    {
        _dataset, _features, _cs231n, _out,
    };

    private int Run(ParseResult result, CancellationToken cancellation)
    {
        if (!result.GetValue(_cs231n))
        {
            throw new ShowTellException("--cs231n is missing: the layout to write; there is no other one.");
        }

        using var dataset = LoadedDataset.Load(result.GetRequiredValue(_dataset), result.GetValue(_features));
        if (dataset.Captions.Vocabulary.Kind != TokenKind.Word)
        {
            throw new DataException(
                $"{dataset.Captions.Origin}: has characters as tokens, which the files of the exercises cannot hold.");
        }

        string folder = result.GetRequiredValue(_out);
        var photos = dataset.Captions.PhotoPipeline as Backbones.PhotoPipeline;
        DatasetFolder.Save(
            dataset.Captions, folder, DatasetLayout.Cs231n, pcaFeatures: photos?.Transform?.Components is not null);
        result.Output().WriteLine($"dataset: {folder}");
        if (dataset.Captions.Test is CaptionSplit test)
        {
            result.Output().WriteLine(
                $"left out: the test split of {test.ImageCount:N0} photos, which that layout does not have");
        }

        return App.Success;
    }
}
