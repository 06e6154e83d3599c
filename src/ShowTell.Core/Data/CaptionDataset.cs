namespace ShowTell.Data;

/// <summary>Captioned images to train on and to validate with, and the vocabulary of their captions.</summary>
public sealed class CaptionDataset(string origin, Vocabulary vocabulary, CaptionSplit train, CaptionSplit validation)
    : IDisposable
{
    /// <summary>Where the dataset comes from: a folder, or <c>scenes</c>.</summary>
    public string Origin { get; } = origin;

    /// <summary>
    /// What kind of features the images have: equal for features that mean the same, so that a model can tell whether
    /// they are those that it was trained on.
    /// </summary>
    public required string FeatureKind { get; init; }

    /// <summary>How the features were made of photos; null if unknown, or if there are no photos.</summary>
    public IPhotoPipeline? PhotoPipeline { get; init; }

    /// <summary>What the features are.</summary>
    public FeaturesSpec Features => new(FeatureKind, FeatureSize) { Photos = PhotoPipeline };

    /// <summary>The tokens of the captions.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>What models are trained on.</summary>
    public CaptionSplit Train { get; } = train;

    /// <summary>What models never train on.</summary>
    public CaptionSplit Validation { get; } = validation;

    /// <summary>Features of an image, D; of a grid, those of all places.</summary>
    public int FeatureSize => Train.Features.Columns;

    /// <summary>Places of an image's grid, P; 1 without a grid.</summary>
    public int Places => Train.Features.Places;

    /// <summary>The split of that name, <c>train</c> or <c>val</c>.</summary>
    /// <exception cref="ArgumentException">There is no such split.</exception>
    public CaptionSplit Split(string name) => name switch
    {
        "train" => Train,
        "val" => Validation,
        _ => throw new ArgumentException($"There is no split \"{name}\"; there are train and val.", nameof(name)),
    };

    /// <summary>The same dataset with at most <paramref name="count"/> training captions, drawn at random.</summary>
    public CaptionDataset WithMaxTrain(int count, SeededRandom random) =>
        With(Vocabulary, Train.Take(random, count), Validation);

    /// <summary>
    /// The same captions spelled in characters. The character vocabulary is built from the training captions alone;
    /// captions become as wide as the longest of either split needs.
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
