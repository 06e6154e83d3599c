using ShowTell.Data;
using ShowTell.Numerics;
using Xunit;

namespace ShowTell.Tests.Data;

public sealed class CaptionDatasetTests
{
    [Fact]
    public void Splits_are_found_by_name()
    {
        using CaptionDataset dataset = MakeDataset("a dog");
        Assert.Same(dataset.Train, dataset.Split("train"));
        Assert.Same(dataset.Validation, dataset.Split("val"));
        Assert.Equal(2, dataset.FeatureSize);
        Assert.Contains(
            "it has train and val", Assert.Throws<DataException>(() => dataset.Split("test")).Message);
    }

    [Fact]
    public void Fewer_training_captions_leave_validation_as_it_is()
    {
        using CaptionDataset dataset = MakeDataset("a dog");
        CaptionDataset fewer = dataset.WithMaxTrain(2, new SeededRandom(1));
        Assert.Equal(2, fewer.Train.Count);
        Assert.Same(dataset.Validation, fewer.Validation);
        Assert.Same(dataset.Train, dataset.WithMaxTrain(5, new SeededRandom(1)).Train);
    }

    [Fact]
    public void Character_captions_spell_the_same_words()
    {
        using CaptionDataset dataset = MakeDataset("a bird", "runs a dog runs");
        CaptionDataset characters = dataset.WithCharacterTokens();
        Assert.Equal(TokenKind.Character, characters.Vocabulary.Kind);
        Assert.Equal(dataset.Origin, characters.Origin);
        Assert.Equal(SmallDataset.Captions, Decode(characters, characters.Train));

        // The bird is unknown to the words and stays so; all captions have room.
        Assert.Equal(["a <UNK>", "runs a dog runs"], Decode(characters, characters.Validation));
        Assert.Equal("runs a dog runs".Length + 2, characters.Train.CaptionWidth);
        Assert.Equal(characters.Train.CaptionWidth, characters.Validation.CaptionWidth);
        Assert.Equal(dataset.Train.ImageIndices, characters.Train.ImageIndices);
        Assert.Same(dataset.Train.Features, characters.Train.Features);
    }

    /// <summary>Were the vocabulary made of validation's captions too, they would leak into training.</summary>
    [Fact]
    public void The_character_vocabulary_is_of_the_training_captions()
    {
        using CaptionDataset dataset = MakeDataset("a dog");
        using CaptionDataset onlyCats = MakeDataset(
            new("train", SmallDataset.Encode(["a cat"], 6), 6, [0], SmallDataset.Features(), 8), dataset.Train);
        CaptionDataset characters = onlyCats.WithCharacterTokens();
        Assert.Equal(["<NULL>", "<START>", "<END>", "<UNK>", " ", "a", "c", "t"], characters.Vocabulary.Tokens);
        Assert.Equal("a <UNK><UNK><UNK>", Decode(characters, characters.Validation)[0]);
    }

    [Fact]
    public void Disposing_closes_the_features_of_both_splits()
    {
        var train = new ClosingFeatures();
        var validation = new ClosingFeatures();
        MakeDataset(SmallDataset.Split(train), SmallDataset.Split(validation)).Dispose();
        Assert.True(train.IsClosed && validation.IsClosed);
    }

    private static string[] Decode(CaptionDataset dataset, CaptionSplit split) =>
        dataset.Vocabulary.DecodeBatch(split.Captions, split.CaptionWidth);

    private static CaptionDataset MakeDataset(params string[] validation) => MakeDataset(
        SmallDataset.Split(),
        new(
            "val", SmallDataset.Encode(validation, 7), 7, new int[validation.Length], SmallDataset.Features(),
            SmallDataset.Vocabulary.Count));

    private static CaptionDataset MakeDataset(CaptionSplit train, CaptionSplit validation) =>
        new("made", SmallDataset.Vocabulary, train, validation) { FeatureKind = "made" };

    private sealed class ClosingFeatures : IFeatureSource
    {
        public bool IsClosed { get; private set; }

        public int Rows => 3;

        public int Columns => 2;

        public string Origin => "closing";

        public void Read(ReadOnlySpan<int> rows, MatrixSpan<float> destination) => destination.Clear();

        public void Dispose() => IsClosed = true;
    }
}
