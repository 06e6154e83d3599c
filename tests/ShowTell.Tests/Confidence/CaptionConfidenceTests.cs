using System.Text;
using ShowTell.Confidence;
using ShowTell.Data;
using ShowTell.Decoding;
using ShowTell.Evaluation;
using ShowTell.Metrics;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.ModelFiles;
using ShowTell.Tests.Numerics;
using Xunit;

namespace ShowTell.Tests.Confidence;

/// <summary>A confidence that is fitted to the captions of a small trained model.</summary>
[Collection(WorkersCollection.Name)]
public sealed class CaptionConfidenceTests : IClassFixture<CaptionConfidenceTests.Trained>
{
    private readonly Trained _trained;

    public CaptionConfidenceTests(Trained trained) => _trained = trained;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Captions_of_kinds_that_the_model_knows_are_surer_than_others()
    {
        Assert.Null(_trained.Fitted.Problem);
        Calibration calibration = _trained.Fitted.Calibration!;
        Assert.Equal(120, calibration.Count);
        Assert.InRange(calibration.Auroc, 0.8, 1);
        Assert.InRange(calibration.CalibrationError, 0, 0.1);
        for (int kind = 0; kind < ClusterDataset.Kinds; kind++)
        {
            double confidence = Assess(ClusterDataset.Features(kind, new SeededRandom(99)))[0].Confidence;
            (double min, double max) = kind < ClusterDataset.SureKinds ? (0.7, 1.0) : (0, 0.6);
            Assert.InRange(confidence, min, max);
        }
    }

    [Fact]
    public void Images_unlike_all_training_images_are_no_photos()
    {
        var random = new SeededRandom(5);
        int flagged = Enumerable.Range(0, 300).Count(i => !Assess(
            ClusterDataset.Features(i % ClusterDataset.Kinds, random))[0].IsPhoto);
        Assert.InRange(flagged, 0, 30);
        float[] strange = ClusterDataset.Features(0, random);
        Array.ForEach(Enumerable.Range(0, strange.Length).ToArray(), i => strange[i] += i % 2 == 0 ? 3 : -3);
        CaptionAssessment assessed = Assess(strange)[0];
        Assert.False(assessed.IsPhoto);
        Assert.InRange(assessed.PhotoScore, 1.5, 100);
    }

    [Fact]
    public void The_nearest_photos_are_of_the_same_kind_and_their_captions_agree_with_its()
    {
        TrainingIndex index = _trained.Confidence.Index;
        Assert.Equal(240, index.Count);
        NearestPhotos nearest = index.Find(_trained.Model, ClusterDataset.Features(2, new SeededRandom(7)));
        Assert.Equal(TrainingIndex.NeighborCount, nearest.Photos.Count);

        // There are 40 of each kind.
        Assert.All(nearest.Photos.Take(30), photo => Assert.Equal(2, photo % ClusterDataset.Kinds));
        Assert.Equal(1, nearest.Weights.Sum(), 1e-9);
        Assert.Equal(nearest.Weights.OrderDescending(), nearest.Weights);
        Assert.InRange(nearest.Similarity, 0.8, 1);

        double Consensus(string caption)
        {
            int[] ids = new int[10];
            _trained.Vocabulary.Encode(caption, ids);
            return index.Consensus(nearest, ids, _trained.Vocabulary);
        }

        double right = Consensus("the small cat sleeps inside"), part = Consensus("the small cat runs on grass");
        Assert.InRange(right, 0.9, 1.01);
        Assert.InRange(part, 0.2, right - 0.2);
        Assert.InRange(Consensus("two men ride blue bikes"), 0, 0.05);
        Assert.Equal(0, Consensus(""));
    }

    [Fact]
    public void A_beam_is_ranked_by_confidence_and_its_scores_are_the_confidences()
    {
        var features = new Matrix<float>(2, ClusterDataset.Features(0, new SeededRandom(1)).Length);
        ClusterDataset.Features(1, new SeededRandom(11)).CopyTo(features.Row(0));
        ClusterDataset.Features(5, new SeededRandom(12)).CopyTo(features.Row(1));
        var inference = new InferenceModel<float>(_trained.Model);
        var options = new DecodingOptions { Beam = 4, Captions = 4, MaxLength = 8 };
        DecodedCaption[][] plain = CaptionGenerator.Generate(inference, features, options);
        DecodedCaption[][] ranked = CaptionGenerator.Generate(
            inference, features, options with { Ranking = _trained.Bundle.Ranking });
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.Equal(
                plain[i].Select(caption => string.Join(' ', caption.Ids)).Order(),
                ranked[i].Select(caption => string.Join(' ', caption.Ids)).Order());
            double[] confidences = [.. _trained.Confidence.Assess(
                _trained.Model, _trained.Vocabulary, features.Row(i), ranked[i]).Select(one => one.Confidence)];
            Assert.Equal(confidences, ranked[i].Select(caption => caption.Score));
            Assert.Equal(confidences.OrderDescending(), confidences);
            DecodedCaption best = CaptionGenerator.Generate(
                inference, features, options with { Ranking = _trained.Bundle.Ranking, Captions = 1 })[i].Single();
            Assert.Equal(ranked[i][0].Ids, best.Ids);
        }

        // Greedy captions have no rivals.
        Assert.Equal(
            CaptionGenerator.Generate(inference, features)[0][0].Score,
            CaptionGenerator.Generate(
                inference, features, new DecodingOptions { Ranking = _trained.Bundle.Ranking })[0][0].Score);
    }

    [Fact]
    public void A_model_file_keeps_it_and_gives_the_same_confidences()
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("m.safetensors");
        _trained.Bundle.Save(path);
        ModelBundle loaded = ModelBundle.Load(path);
        Assert.NotNull(loaded.Confidence);
        loaded.Save(folder.File("again"));
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(folder.File("again")));
        float[] features = ClusterDataset.Features(3, new SeededRandom(4));
        Assert.Equal(Assess(features), Assess(features, loaded.Confidence));
        (_trained.Bundle with { Confidence = null }).Save(path);
        Assert.Null(ModelBundle.Load(path).Confidence);
    }

    [Theory]
    [InlineData("confidence.mean")]
    [InlineData("confidence.deviation")]
    [InlineData("confidence.components")]
    [InlineData("confidence.vectors")]
    [InlineData("confidence.starts")]
    [InlineData("confidence.hashes")]
    [InlineData("confidence.shares")]
    [InlineData("confidence.photo_mean")]
    [InlineData("confidence.photo_scale")]
    public void A_file_in_which_a_part_of_it_is_missing_is_refused(string tensor)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("m.safetensors");
        _trained.Bundle.Save(path);
        byte[] file = File.ReadAllBytes(path);
        int name = file.AsSpan().IndexOf(Encoding.UTF8.GetBytes($"\"{tensor}\"")) + 1;
        file[name + tensor.Length - 1] = (byte)'_';
        File.WriteAllBytes(path, ModelFileBytes.Reseal(file));
        Assert.StartsWith(path, Assert.Throws<ModelFileException>(() => ModelBundle.Load(path)).Message);
    }

    [Theory]
    [InlineData("confidence.starts", 0)]
    [InlineData("confidence.mean", 0xff)]
    [InlineData("confidence.photo_scale", 0xff)]
    public void Numbers_that_cannot_be_are_refused(string tensor, byte value)
    {
        using TemporaryFolder folder = TestData.Temporary();
        string path = folder.File("m.safetensors");
        _trained.Bundle.Save(path);
        byte[] file = File.ReadAllBytes(path);
        file.AsSpan(ModelFileBytes.RangeOf(file, tensor)).Fill(value);
        File.WriteAllBytes(path, ModelFileBytes.Reseal(file));
        Assert.StartsWith(path, Assert.Throws<ModelFileException>(() => ModelBundle.Load(path)).Message);
    }

    [Fact]
    public void Evaluation_compares_confidences_with_scores()
    {
        using CaptionDataset data = ClusterDataset.Make();
        ReferenceCaptions references = ReferenceCaptions.OfDataset(data.Validation, data.Vocabulary);
        var evaluation = new CaptionEvaluation(
            data.Validation, references, new DecodingOptions { Beam = 3, MaxLength = 7 });
        EvaluationResult result = evaluation.Evaluate(
            [_trained.Model], data.Vocabulary, new ScoringOptions(), cancellation: Token);
        EvaluatedConfidence confidence = evaluation.EvaluateConfidence(_trained.Bundle, result)!;
        Assert.InRange(confidence.Calibration.Auroc, 0.8, 1);
        Assert.InRange(confidence.NotPhotos, 0, 0.05);
        Assert.Equal(120, confidence.ByImage.Count);
        Assert.Equal(
            result.Scores.CiderD.PerImage.Average(score => score >= CaptionConfidence.GoodScore ? 1.0 : 0),
            confidence.Calibration.GoodFraction, 1e-12);
        Assert.Null(evaluation.EvaluateConfidence(_trained.Bundle with { Confidence = null }, result));
    }

    [Fact]
    public void Too_few_photos_or_captions_of_one_kind_give_none_and_say_why()
    {
        using CaptionDataset few = ClusterDataset.Make(train: 50);
        FittedConfidence fitted = Fit(_trained.Model, few);
        Assert.Null(fitted.Confidence);
        Assert.Contains("60 training photos", fitted.Problem, StringComparison.Ordinal);
        using CaptionDataset small = ClusterDataset.Make(validation: 8);
        Assert.Contains("of either kind", Fit(_trained.Model, small).Problem, StringComparison.Ordinal);
        using CaptionDataset characters = ClusterDataset.Make().WithCharacterTokens();
        Assert.Contains("characters", Fit(_trained.Model, characters).Problem, StringComparison.Ordinal);
    }

    private static FittedConfidence Fit(CaptioningModel<float> model, CaptionDataset data) => ConfidenceFit.Fit(
        model, data, ReferenceCaptions.OfDataset(data.Validation, data.Vocabulary), cancellation: Token);

    private CaptionAssessment[] Assess(float[] features, CaptionConfidence? confidence = null)
    {
        var row = new Matrix<float>(1, features.Length, features);
        DecodedCaption[] captions = CaptionGenerator.Generate(
            new InferenceModel<float>(_trained.Model), row, new DecodingOptions { Beam = 3, MaxLength = 7 })[0];
        return (confidence ?? _trained.Confidence).Assess(_trained.Model, _trained.Vocabulary, features, captions);
    }

    /// <summary>The model with its confidence.</summary>
    public sealed class Trained
    {
        public Trained()
        {
            using CaptionDataset data = ClusterDataset.Make();
            Model = ClusterDataset.Train(data);
            Fitted = Fit(Model, data);
            ModelBundle small = ShowTell.Tests.Models.SmallModel.Bundle();
            Bundle = new ModelBundle(
                Model, data.Vocabulary, data.Features,
                small.Training with { CaptionWidth = data.Train.CaptionWidth })
            {
                Confidence = Fitted.Confidence,
            };
        }

        public CaptioningModel<float> Model { get; }

        public FittedConfidence Fitted { get; }

        public CaptionConfidence Confidence => Fitted.Confidence!;

        public ModelBundle Bundle { get; }

        public Vocabulary Vocabulary => Bundle.Vocabulary;
    }
}
