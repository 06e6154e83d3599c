namespace ShowTell.Data;

/// <summary>Captioned training and validation images, and the vocabulary of their captions.</summary>
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

    /// <summary>D, the features of an image, all regions included.</summary>
    public int FeatureSize => Train.Features.Columns;

    /// <summary>P, the regions of an image's feature grid; 1 without a grid.</summary>
    public int Regions => Train.Features.Regions;

    /// <summary>The split named <c>train</c> or <c>val</c>.</summary>
    /// <exception cref="ArgumentException">There is no such split.</exception>
    public CaptionSplit Split(string name) => name switch
    {
        "train" => Train,
        "val" => Validation,
        _ => throw new ArgumentException($"There is no split \"{name}\"; there are train and val.", nameof(name)),
    };

    /// <summary>The same dataset with at most <paramref name="count"/> training captions, sampled at random.</summary>
    public CaptionDataset WithMaxTrain(int count, SeededRandom random) =>
        With(Vocabulary, Train.Take(random, count), Validation);

    /// <summary>
    /// The same captions spelled in characters. The character vocabulary comes from the training captions only; the
    /// caption width is that of the longest caption of either split.
    /// </summary>
    public CaptionDataset WithCharacterTokens()
    {
        string[] train = Vocabulary.DecodeBatch(Train.Captions, Train.CaptionWidth);
        string[] validation = Vocabulary.DecodeBatch(Validation.Captions, Validation.CaptionWidth);
        Vocabulary characters = Vocabulary.OfCharacters(train);
        int width = train.Concat(validation).Max(caption => characters.Split(caption).Count()) + 2;
        return With(characters, Respell(Train, train), Respell(Validation, validation));

        CaptionSplit Respell(CaptionSplit split, string[] captions) => new(
            split.Name, characters.EncodeBatch(captions, width), width, split.ImageIndices.ToArray(), split.Features,
            characters.Count, split.Urls, split.ImageNames);
    }

    /// <summary>Closes the features.</summary>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }

    private CaptionDataset With(Vocabulary vocabulary, CaptionSplit train, CaptionSplit validation) =>
        new(Origin, vocabulary, train, validation) { FeatureKind = FeatureKind, PhotoPipeline = PhotoPipeline };
}
