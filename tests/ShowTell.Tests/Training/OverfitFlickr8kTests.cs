using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Hdf5;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>The exercises' own proof that all is wired up: fifty captions of real photos, learned by heart.</summary>
public sealed class OverfitFlickr8kTests
{
    [Theory]
    [InlineData(CellKind.Rnn, 0.95, 0.2)]
    [InlineData(CellKind.Lstm, 0.995, 0.3)]
    public void Fifty_captions_are_learned_by_heart(CellKind cell, double decay, double mostLoss)
    {
        string folder = TestData.Shared("data", "flickr8k-cs231n");
        using CaptionDataset dataset = Cs231nFolder.Load(folder, new DatasetOptions { MaxTrain = 50 });
        CaptionSplit train = dataset.Train;
        var options = new CaptioningOptions
        {
            Cell = cell,
            FeatureSize = dataset.FeatureSize,
            VocabularySize = dataset.Vocabulary.Count,
            HiddenSize = 512,
            WordVectorSize = 256,
            NullId = dataset.Vocabulary.NullId,
            StartId = dataset.Vocabulary.StartId,
            EndId = dataset.Vocabulary.EndId,
        };
        var model = new CaptioningModel<float>(options, new SeededRandom(231));
        var solver = new CaptioningSolver(model, dataset, new SolverOptions
        {
            UpdateRule = UpdateRule.Adam,
            LearningRate = 5e-3,
            LearningRateDecay = decay,
            BatchSize = 25,
            Epochs = 50,
            ValidationCaptions = 0,
        });
        solver.Run();
        Assert.Equal(100, solver.LossHistory.Count);
        Assert.InRange(solver.LossHistory[^1], 0, mostLoss);

        var features = new Matrix<float>(train.Count, dataset.FeatureSize);
        train.ReadFeatures(train.ImageIndices, features);
        string[] sampled = dataset.Vocabulary.DecodeBatch(model.Sample(features), 30);
        string[] expected = dataset.Vocabulary.DecodeBatch(train.Captions, train.CaptionWidth);
        int right = sampled.Zip(expected).Count(pair => pair.First == pair.Second);
        Assert.True(right >= 45, $"{right} of {expected.Length} captions came back word for word.");
    }
}
