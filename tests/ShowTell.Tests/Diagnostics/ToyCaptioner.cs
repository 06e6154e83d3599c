using ShowTell.Data;
using ShowTell.Diagnostics;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Training;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests.Diagnostics;

/// <summary>
/// A small trained captioner and its dataset, for tests that break one of them.
/// </summary>
internal static class ToyCaptioner
{
    public const int TrainImages = 48;
    public const int ValidationImages = 24;
    public const int FeatureSize = 7;

    private const int Width = 6;

    private static readonly string[] s_nouns = ["cat", "dog", "bird", "horse"];
    private static readonly string[] s_verbs = ["runs", "sleeps", "eats"];

    private static readonly Lazy<ModelBundle> s_trained = new(() =>
    {
        using CaptionDataset dataset = Dataset();
        return Train(dataset, epochs: 40);
    });

    public static Vocabulary Vocabulary { get; } =
        new(
        [
            Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, "a", "one", .. s_nouns, .. s_verbs,
        ]);

    /// <summary>A model that learned its captions without overfitting.</summary>
    public static ModelBundle Trained => s_trained.Value;

    /// <summary>The same model with other weights.</summary>
    public static ModelBundle With(Action<CaptioningParameters<float>> change)
    {
        var parameters = new CaptioningParameters<float>(Trained.Model.Options);
        parameters.CopyFrom(Trained.Model.Parameters);
        change(parameters);
        return Trained with { Model = new CaptioningModel<float>(Trained.Model.Options, parameters) };
    }

    /// <summary>Images of animals that do something; their features say which and what, with some noise.</summary>
    public static CaptionDataset Dataset(
        Func<Matrix<float>, Matrix<float>>? features = null, Vocabulary? vocabulary = null, string names = "photo") =>
        new("animals", vocabulary ?? Vocabulary,
            Split("train", TrainImages, features, vocabulary ?? Vocabulary, names),
            Split("val", ValidationImages, features, vocabulary ?? Vocabulary, names))
        {
            FeatureKind = "made",
        };

    public static ModelBundle Train(CaptionDataset dataset, int epochs)
    {
        var solver = new CaptioningSolver(
            ToyDataset.Model(dataset, hiddenSize: 24), dataset, SolverOptions.Exercises with
            {
                Epochs = epochs, BatchSize = 8, LearningRate = 1e-2, LearningRateDecay = 1,
            });
        Assert.True(solver.Run());
        return new ModelBundle(solver.Model, dataset.Vocabulary, dataset.Features, new TrainingRecord
        {
            Dataset = dataset.Origin,
            WordVocabulary = dataset.Vocabulary.Fingerprint,
            TrainCaptions = dataset.Train.Count,
            CaptionWidth = dataset.Train.CaptionWidth,
            Epoch = epochs,
            UpdateRule = "adam",
            LearningRate = 1e-2,
            LearningRateDecay = 1,
            BatchSize = 8,
            Seed = 231,
        })
        {
            Reference = ReferenceFeatures.Of(dataset.Train),
        };
    }

    public static IReadOnlyList<Finding> Diagnose(
        ModelBundle bundle, CaptionDataset? dataset, DiagnosisOptions? options = null)
    {
        using (dataset)
        {
            return ModelDiagnosis.Run(bundle, dataset, options, cancellation: TestContext.Current.CancellationToken);
        }
    }

    public static Finding Of(this IReadOnlyList<Finding> findings, string name) => Assert.Single(
        findings, finding => finding.Name == name);

    /// <summary>Checks a finding's level and some of its text; advice stands with all that is not good.</summary>
    public static Finding Is(this Finding finding, FindingLevel level, params string[] said)
    {
        Assert.True(level == finding.Level, $"{finding.Name} is {finding.Level}: {finding.Text}");
        Assert.All(said, text => Assert.Contains(text, finding.Text, StringComparison.Ordinal));
        Assert.True(
            level is FindingLevel.Skipped || level == FindingLevel.Good == finding.Advice is null, finding.Name);
        return finding;
    }

    private static CaptionSplit Split(
        string name, int count, Func<Matrix<float>, Matrix<float>>? change, Vocabulary vocabulary, string names)
    {
        Matrix<float> features = Matrix.Normal<float>(new SeededRandom((ulong)count), count, FeatureSize, 0.1);
        var ids = new int[2 * count * Width];
        for (int i = 0; i < count; i++)
        {
            (int noun, int verb) = (i % 4, i % 3);
            features[i, noun]++;
            features[i, 4 + verb]++;
            vocabulary.Encode($"a {s_nouns[noun]} {s_verbs[verb]}", ids.AsSpan(2 * i * Width, Width));
            vocabulary.Encode($"one {s_nouns[noun]} {s_verbs[verb]}", ids.AsSpan(((2 * i) + 1) * Width, Width));
        }

        return new CaptionSplit(
            name, ids, Width, [.. Enumerable.Range(0, 2 * count).Select(i => i / 2)],
            new MemoryFeatures(change?.Invoke(features) ?? features), vocabulary.Count,
            imageNames: [.. Enumerable.Range(0, count).Select(i => $"{names}-{name}-{i}.jpg")]);
    }
}
