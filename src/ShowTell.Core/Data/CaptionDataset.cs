namespace ShowTell.Data;

/// <summary>Captioned training, validation and test images, and the vocabulary of their captions.</summary>
public sealed class CaptionDataset(string origin, Vocabulary vocabulary, CaptionSplit train, CaptionSplit validation)
    : IDisposable
{
    /// <summary>Where the dataset comes from: a folder, or <c>scenes</c>.</summary>
    public string Origin { get; } = origin;

    /// <summary>Identifies the kind of features; equal for interchangeable features.</summary>
    public required string FeatureKind { get; init; }

    /// <summary>The pipeline from photos to features; null if unknown, or without photos.</summary>
    public IPhotoPipeline? PhotoPipeline { get; init; }

    /// <summary>The features spec.</summary>
    public FeaturesSpec Features => new(FeatureKind, FeatureSize) { Photos = PhotoPipeline };

    /// <summary>The vocabulary.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>The training split.</summary>
    public CaptionSplit Train { get; } = train;

    /// <summary>The validation split.</summary>
    public CaptionSplit Validation { get; } = validation;

    /// <summary>The test split; null if there is none.</summary>
    public CaptionSplit? Test { get; init; }

    /// <summary>All splits: train, val, and test if there is one.</summary>
    public IEnumerable<CaptionSplit> Splits => Test is null ? [Train, Validation] : [Train, Validation, Test];

    /// <summary>D, the features of an image, all regions included.</summary>
    public int FeatureSize => Train.Features.Columns;

    /// <summary>P, the regions of an image's feature grid; 1 without a grid.</summary>
    public int Regions => Train.Features.Regions;

    /// <summary>The split named <c>train</c>, <c>val</c> or <c>test</c>.</summary>
    /// <exception cref="DataException">There is no such split.</exception>
    public CaptionSplit Split(string name) => Splits.FirstOrDefault(split => split.Name == name)
        ?? throw new DataException(
            $"{Origin}: has no split \"{name}\"; it has {string.Join(" and ", Splits.Select(split => split.Name))}.");

    /// <summary>The same dataset with at most <paramref name="count"/> training captions, sampled at random.</summary>
    public CaptionDataset WithMaxTrain(int count, SeededRandom random) =>
        With(Vocabulary, Train.Take(random, count), Validation, Test);

    /// <summary>
    /// The same captions spelled in characters. The character vocabulary comes from the training captions only; the
    /// caption width is that of the longest caption of any split.
    /// </summary>
    public CaptionDataset WithCharacterTokens()
    {
        if (Vocabulary.Kind == TokenKind.Character)
        {
            return this;
        }

        string[][] captions =
            [.. Splits.Select(split => Vocabulary.DecodeBatch(split.Captions, split.CaptionWidth))];
        Vocabulary characters = Vocabulary.OfCharacters(captions[0]);
        int width = captions.SelectMany(all => all).Max(caption => characters.Split(caption).Count()) + 2;
        return With(characters, Respell(Train, captions[0]), Respell(Validation, captions[1]),
            Test is null ? null : Respell(Test, captions[2]));

        CaptionSplit Respell(CaptionSplit split, string[] captions) => new(
            split.Name, characters.EncodeBatch(captions, width), width, split.ImageIndices.ToArray(), split.Features,
            characters.Count, split.Urls, split.ImageNames);
    }

    /// <summary>Closes the features.</summary>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
        Test?.Dispose();
    }

    private CaptionDataset With(
        Vocabulary vocabulary, CaptionSplit train, CaptionSplit validation, CaptionSplit? test) =>
        new(Origin, vocabulary, train, validation)
        {
            FeatureKind = FeatureKind, PhotoPipeline = PhotoPipeline, Test = test,
        };
}
