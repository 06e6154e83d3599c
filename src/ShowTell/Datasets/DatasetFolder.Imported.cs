using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Datasets.Features;
using ShowTell.Datasets.Import;

namespace ShowTell.Datasets;

/// <content>Imported datasets: captions are encoded as they are loaded, and features found by the photos'
/// names.</content>
public static partial class DatasetFolder
{
    private static CaptionDataset LoadImported(string folder, DatasetOptions options)
    {
        DatasetManifest manifest = DatasetManifest.Load(folder);
        IReadOnlyList<PhotoLine> photos = DatasetManifest.LoadPhotos(folder);
        var vocabulary = new Vocabulary(manifest.Vocabulary, manifest.Encoding.Tokens);
        (string path, PhotoPipeline pipeline) = ChooseFeatures(folder, options);
        int[] rows = RowsOf(folder, path, photos);
        EnsureFitted(folder, path, photos);
        int width = manifest.Encoding.WidthOf(photos.SelectMany(photo => photo.Captions));
        List<CaptionSplit> splits = [];
        try
        {
            foreach (string name in SplitAssignment.Splits)
            {
                int[] own = [.. photos.Index().Where(photo => photo.Item.Split == name).Select(photo => photo.Index)];
                if (own.Length > 0 || name != "test")
                {
                    splits.Add(LoadSplit(name, [.. own.Select(i => photos[i])], [.. own.Select(i => rows[i])], path));
                }
            }

            return new CaptionDataset(folder, vocabulary, splits[0], splits[1])
            {
                Test = splits.ElementAtOrDefault(2),
                FeatureKind = FeaturesSpec.Of(pipeline, splits[0].Features.Columns).Kind,
                PhotoPipeline = pipeline,
            };
        }
        catch
        {
            splits.ForEach(split => split.Dispose());
            throw;
        }

        CaptionSplit LoadSplit(string name, PhotoLine[] photos, int[] rows, string path)
        {
            (int[] captions, int[] images) = Encode(photos, rows, manifest.Encoding, vocabulary, width);
            if (images.Length == 0)
            {
                throw new DataException($"{folder}: no {name} caption is left: none of their photos could be read.");
            }

            return new CaptionSplit(
                name, captions, width, images, Open(FeatureFile.Features), vocabulary.Count,
                imageNames: [.. photos.Select(photo => photo.Photo)])
            {
                Mirrored = FeatureFile.HasMirrored(path)
                    ? new MirroredPhotos(Open(FeatureFile.Mirrored), vocabulary)
                    : null,
            };

            SelectedFeatures Open(string tensor) =>
                new(TensorFeatures.Open(path, tensor), [.. rows.Select(row => row < 0 ? ~row : row)]);
        }
    }

    /// <summary>Encodes the captions of photos that have features.</summary>
    private static (int[] Captions, int[] Images) Encode(
        PhotoLine[] photos, int[] rows, CaptionEncoding encoding, Vocabulary vocabulary, int width)
    {
        List<int> captions = [], images = [];
        var ids = new int[width];
        foreach ((int image, PhotoLine photo) in photos.Index().Where(photo => rows[photo.Index] >= 0))
        {
            foreach (string[] tokens in photo.Captions.Select(encoding.TokensOf).Where(encoding.IsUsed))
            {
                CaptionEncoding.Encode(tokens, vocabulary, ids);
                captions.AddRange(ids);
                images.Add(image);
            }
        }

        return ([.. captions], [.. images]);
    }

    private static (string Path, PhotoPipeline Pipeline) ChooseFeatures(string folder, DatasetOptions options)
    {
        string features = Path.Combine(folder, DatasetManifest.FeaturesFolder);
        string[] files = Directory.Exists(features)
            ? [.. Directory.GetFiles(features, "*.safetensors").Order(StringComparer.Ordinal)]
            : [];
        if (files.Length == 0)
        {
            throw new DataException(
                $"{folder}: contains captions, but no features of their photos yet; compute them by "
                + $"showtell features {folder} --backbone net.onnx");
        }

        (string Path, PhotoPipeline Pipeline)[] fitting =
        [
            .. files
                .Where(file => Path.GetFileName(file).StartsWith(options.Features ?? "", StringComparison.Ordinal))
                .Select(file => (Path: file, Pipeline: FeatureFile.ReadPipeline(file)
                    ?? throw new DataException($"{file}: does not say which backbone computed it.")))
                .Where(file => options.PcaFeatures is not bool pca
                    || pca == file.Pipeline.Transform?.Components is not null)
                .Where(file => options.FeatureKind is not string kind
                    || kind == FeaturesSpec.Of(file.Pipeline, 1).Kind),
        ];

        // The same features, of which some have those of mirror images beside them: these serve for everything.
        if (fitting.Length > 1 && fitting.All(file => file.Pipeline == fitting[0].Pipeline)
            && fitting.Where(file => FeatureFile.HasMirrored(file.Path)).ToArray() is [var both])
        {
            fitting = [both];
        }

        string names = string.Join(", ", (fitting.Length > 1 ? fitting.Select(file => file.Path) : files)
            .Select(Path.GetFileName));
        return fitting.Length switch
        {
            1 => fitting[0],
            0 when options.FeatureKind is not null => throw new DataException(
                $"{features}: contains no features of the model's pipeline, only {names}; compute them by "
                + $"showtell features {folder} --backbone net.onnx"),
            0 => throw new DataException($"{features}: contains no such features, only {names}."),
            _ => throw new DataException($"{features}: contains several; choose one with --features: {names}."),
        };
    }

    /// <summary>Refuses features that were standardized or reduced by other train photos.</summary>
    private static void EnsureFitted(string folder, string path, IReadOnlyList<PhotoLine> photos)
    {
        string train = FeatureFile.FingerprintOf(
            photos.Where(photo => photo.Split == "train").Select(photo => photo.Photo));
        if (FeatureFile.ReadFitted(path) is string fitted && fitted != train)
        {
            throw new DataException(
                $"{path}: was standardized or reduced for other train photos; compute it again: showtell features "
                + $"{folder} --backbone net.onnx");
        }
    }

    /// <summary>The row of each photo in a feature file; its complement if the photo could not be read.</summary>
    private static int[] RowsOf(string folder, string path, IReadOnlyList<PhotoLine> photos)
    {
        Dictionary<string, int> rows = [];
        foreach ((int row, string name) in FeatureFile.ReadNames(path).Index())
        {
            rows[name] = row;
        }

        HashSet<int> missing = [.. FeatureFile.ReadMissing(path)];
        return
        [
            .. photos.Select(photo => !rows.TryGetValue(photo.Photo, out int row)
                ? throw new DataException(
                    $"{path}: lacks {photo.Photo}, which the dataset has; compute the features again: showtell "
                    + $"features {folder} --backbone net.onnx")
                : missing.Contains(row) ? ~row
                : row),
        ];
    }
}
