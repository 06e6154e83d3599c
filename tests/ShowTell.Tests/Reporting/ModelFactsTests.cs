using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Reporting;
using ShowTell.Tests.Models;
using Xunit;

namespace ShowTell.Tests.Reporting;

public sealed class ModelFactsTests
{
    [Theory]
    [InlineData("rnn", "RNN")]
    [InlineData("gru, 3 layers", "GRU, 3 layers")]
    [InlineData("attention", "LSTM with attention over 2 regions")]
    [InlineData("additive attention", "LSTM with additive attention over 2 regions")]
    [InlineData("transformer, 3 layers, 3 heads", "transformer, 3 layers, 3 heads, attention over the image")]
    public void A_network_has_a_name(string variant, string expected) =>
        Assert.Equal(expected, ModelFacts.Architecture(ModelVariants.Options(variant)));

    [Fact]
    public void What_is_known_is_said_and_nothing_else()
    {
        ModelBundle bundle = SmallModel.Bundle();
        Dictionary<string, string> model = ModelFacts.OfModel(bundle).ToDictionary();
        Assert.Equal("LSTM", model["architecture"]);
        Assert.Equal("4", model["hidden state"]);
        Assert.Equal("made", model["features from"]);
        TrainingRecord record = bundle.Training with { ValidationLoss = null };
        Dictionary<string, string> plain = ModelFacts.OfTraining(record).ToDictionary();
        Assert.Equal(record.Dataset, plain["dataset"]);
        Assert.DoesNotContain("validation loss", plain.Keys);
        Assert.DoesNotContain("self-critical training", plain.Keys);
        Dictionary<string, string> refined = ModelFacts.OfTraining(record with
        {
            Regularization = new Regularization { Dropout = 0.5, LabelSmoothing = 0.1 },
            SelfCritical = new SelfCriticalRecord
            {
                Epoch = 2, LearningRate = 5e-5, BatchSize = 20, Samples = 5, Temperature = 0.6, CrossEntropyShare = 0.1,
                Seed = 3,
            },
        }).ToDictionary();
        Assert.Equal("dropout 0.5, label smoothing 0.1", refined["regularization"]);
        Assert.Equal(
            "5 samples per image at temperature 0.6, 20 images per step, learning rate 0.00005, 10% cross-entropy, "
                + "epoch 2, seed 3",
            refined["self-critical training"]);
    }
}
