using ShowTell.Data;
using ShowTell.Datasets;
using ShowTell.Datasets.Scenes;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Training;

/// <summary>The exercises' sanity check: a model overfits fifty captions.</summary>
public sealed class OverfitTests
{
    private static readonly SceneOptions Fifty = new() { TrainScenes = 50, ValidationScenes = 1, FeatureSize = 50 };

    [Theory]
    [InlineData(CellKind.Rnn, 0.95, 0.2)]
    [InlineData(CellKind.Lstm, 0.995, 0.3)]
    public void A_model_overfits_fifty_captions_of_scenes(CellKind cell, double decay, double maxLoss)
    {
        using CaptionDataset scenes = SceneDataset.Generate(Fifty).Captions;
        CaptionSplit all = scenes.Train;
        int[] first = [.. Enumerable.Range(0, all.ImageCount).Select(image => all.CaptionsOf(image).First())];
        using var dataset = new CaptionDataset(
            "scenes",
            scenes.Vocabulary,
            new CaptionSplit(
                "train", [.. first.SelectMany(caption => all.Caption(caption).ToArray())], all.CaptionWidth,
                [.. Enumerable.Range(0, first.Length)], all.Features, scenes.Vocabulary.Count),
            scenes.Validation) { FeatureKind = scenes.FeatureKind };
        AssertOverfits(dataset, cell, decay, maxLoss);
    }

    [Fact]
    public void A_model_overfits_fifty_captions_of_photos()
    {
        string folder = TestData.Shared("data", "flickr8k-cs231n");
        using CaptionDataset dataset = DatasetFolder.Load(folder, new DatasetOptions { MaxTrain = 50 });
        AssertOverfits(dataset, CellKind.Lstm, 0.995, 0.3);
    }

    private static void AssertOverfits(CaptionDataset dataset, CellKind cell, double decay, double maxLoss)
    {
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
        var solver = new CaptioningSolver(model, dataset, SolverOptions.Exercises with
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
        Assert.InRange(solver.LossHistory[^1], 0, maxLoss);

        var features = new Matrix<float>(train.Count, dataset.FeatureSize);
        train.ReadFeatures(train.ImageIndices, features);
        string[] sampled = dataset.Vocabulary.DecodeBatch(model.DecodeGreedily(features), 30);
        string[] expected = dataset.Vocabulary.DecodeBatch(train.Captions, train.CaptionWidth);
        int right = sampled.Zip(expected).Count(pair => pair.First == pair.Second);
        Assert.True(right >= 45, $"{right} of {expected.Length} captions were reproduced.");
    }
}
