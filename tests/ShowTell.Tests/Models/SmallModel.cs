using System.Numerics;
using System.Text.Json;
using ShowTell.Data;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Data;
using ShowTell.Tests.Layers;
using Xunit;

namespace ShowTell.Tests.Models;

/// <summary>Models small enough to check every number, and inputs for them.</summary>
internal static class SmallModel
{
    public static CaptioningOptions Options(CellKind cell, int d = 4, int w = 5, int h = 6, int v = 8) =>
        new() { Cell = cell, FeatureSize = d, WordVectorSize = w, HiddenSize = h, VocabularySize = v };

    /// <summary>A model whose weights and biases are large enough to matter.</summary>
    public static CaptioningModel<T> Normal<T>(CaptioningOptions options, ulong seed = 231)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new SeededRandom(seed);
        var parameters = new CaptioningParameters<T>(options);
        foreach ((_, Matrix<T> value) in parameters.All)
        {
            value.CopyFrom(Matrix.Normal<T>(random, value.Rows, value.Columns, 0.7));
        }

        return new(options, parameters);
    }

    /// <summary>Checks loss and gradients against a golden file, for its weights and captions.</summary>
    public static void AssertGolden(JsonElement golden, CaptioningOptions options)
    {
        JsonElement given = golden.GetProperty("given"), expected = golden.GetProperty("expected");
        var model = new CaptioningModel<double>(options, new CaptioningParameters<double>(options));
        Assert.All(model.Parameters.All, parameter => parameter.Value.CopyFrom(
            given.GetProperty("parameters").Matrix(parameter.Name)));
        int[] captions = [.. given.GetProperty("captions").Numbers().Select(id => (int)id)];
        double[] features = given.GetProperty("features").Numbers();
        var gradients = new CaptioningParameters<double>(options);
        double loss = model.Loss(
            new Matrix<double>(features.Length / options.FeatureSize, options.FeatureSize, features), captions,
            gradients);
        Assert.Equal(expected.GetProperty("loss").GetDouble(), loss, 1e-11 * loss);
        Assert.All(gradients.All, gradient => LayerTests.AssertClose(
            expected.GetProperty("gradients").Matrix(gradient.Name), gradient.Value, 1e-9, 1e-11, gradient.Name));
    }

    /// <summary>Captions of random words, null tokens included, caption by caption.</summary>
    public static int[] Captions(SeededRandom random, int count, int width, int words) =>
        [.. Enumerable.Range(0, count * width).Select(_ => random.NextInt(words))];

    /// <summary>A model for <see cref="SmallDataset"/> with everything that its file holds.</summary>
    public static ModelBundle Bundle(CellKind cell = CellKind.Lstm, ulong seed = 1) => new(
        Normal<float>(Options(cell, d: 2, w: 3, h: 4, v: SmallDataset.Vocabulary.Count), seed),
        SmallDataset.Vocabulary,
        new FeaturesSpec("made", 2),
        new TrainingRecord
        {
            Dataset = "small \"données\"",
            WordVocabulary = SmallDataset.Vocabulary.Fingerprint,
            TrainCaptions = 5,
            CaptionWidth = 5,
            Epoch = 3,
            ValidationLoss = 0.1,
            UpdateRule = "adam",
            LearningRate = 5e-3,
            LearningRateDecay = 0.95,
            BatchSize = 25,
            Seed = ulong.MaxValue,
        });
}
