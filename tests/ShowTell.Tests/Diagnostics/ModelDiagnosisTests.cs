using ShowTell.Data;
using ShowTell.Diagnostics;
using ShowTell.ModelFiles;
using ShowTell.Numerics;
using ShowTell.Tests.Training;
using Xunit;

namespace ShowTell.Tests.Diagnostics;

public sealed class ModelDiagnosisTests
{
    [Fact]
    public void A_good_model_has_only_good_findings()
    {
        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(ToyCaptioner.Trained, ToyCaptioner.Dataset());
        string[] others = ["training", "network", "reference photos", "dataset photos"];
        Assert.All(
            findings.Where(finding => !others.Contains(finding.Name)), finding => finding.Is(FindingLevel.Good));
        Assert.Equal(10, findings.Count - others.Length);
        findings.Of("network").Is(FindingLevel.Warning, "no photos", "made");
        Assert.InRange(findings.Of("captions").Values["distinct"], 12, ToyCaptioner.ValidationImages);
        Assert.Equal(0, findings.Of("features").Values["relativeError"]);
    }

    [Fact]
    public void Without_a_dataset_only_the_model_is_checked()
    {
        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(ToyCaptioner.Trained, null);
        Assert.Equal(
            ["weights", "training", "reference captions", "network", "reference photos", "dataset"],
            findings.Select(finding => finding.Name));
        findings.Of("dataset").Is(FindingLevel.Skipped);
        Assert.NotNull(findings.Of("dataset").Advice);
    }

    [Fact]
    public void A_model_that_ignores_features_generates_one_caption()
    {
        ModelBundle blind = ToyCaptioner.With(parameters => parameters.WProj.Span.Clear());
        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(blind, ToyCaptioner.Dataset());
        findings.Of("weights").Is(FindingLevel.Problem, "zeros", "W_proj");
        findings.Of("reference captions").Is(FindingLevel.Problem, "for all features");
        Assert.Equal(
            1, findings.Of("captions").Is(FindingLevel.Problem, "1 distinct", "100.0%").Values["mostFrequentShare"]);
    }

    [Fact]
    public void Diverged_weights_are_found()
    {
        ModelBundle diverged = ToyCaptioner.With(parameters => parameters.WVocab.Span[0] = 1e6f);
        Finding finding = ToyCaptioner.Diagnose(
            diverged, null).Of("weights").Is(FindingLevel.Problem, "diverged", "W_vocab");
        Assert.InRange(finding.Values["W_vocab"], 1e4, 1e6);
    }

    [Theory]
    [InlineData("times 255", "255 times too large")]
    [InlineData("negative half", "sign is flipped")]
    [InlineData("rows", "another order than the image names", "8 of the vectors at other images")]
    [InlineData("columns", "the same numbers in another order")]
    [InlineData("standardized", "another scale and shift")]
    [InlineData("others", "they are unrelated")]
    public void Wrong_features_are_explained(string how, params string[] expected)
    {
        Finding finding = ToyCaptioner.Diagnose(
            ToyCaptioner.Trained, ToyCaptioner.Dataset(features => Corrupt(features, how))).Of("features");
        finding.Is(FindingLevel.Problem, expected);
        Assert.True(finding.Values["relativeError"] > 0.1);
    }

    [Fact]
    public void Features_as_half_precision_stores_them_are_the_same()
    {
        static Matrix<float> Halve(Matrix<float> features) =>
            new(features.Rows, features.Columns, [.. features.Span.ToArray().Select(value => (float)(Half)value)]);
        Finding finding = ToyCaptioner.Diagnose(
            ToyCaptioner.Trained, ToyCaptioner.Dataset(Halve)).Of("features").Is(FindingLevel.Good);
        Assert.InRange(finding.Values["relativeError"], 1e-6, 1e-3);
    }

    [Theory]
    [InlineData("", FindingLevel.Good, "same scale")]
    [InlineData("times 255", FindingLevel.Problem, "off in scale")]
    [InlineData("times 1/255", FindingLevel.Problem, "times smaller")]
    [InlineData("times 2", FindingLevel.Warning, "differ in scale")]
    [InlineData("zeros", FindingLevel.Warning, "are zero")]
    public void Features_of_other_images_are_compared_as_a_whole(string how, FindingLevel level, string expected)
    {
        CaptionDataset others = ToyCaptioner.Dataset(
            how.Length > 0 ? features => Corrupt(features, how) : null, names: "picture");
        Finding finding = ToyCaptioner.Diagnose(
            ToyCaptioner.Trained, others).Of("features").Is(level, "none of the images", expected);
        Assert.Equal(ToyCaptioner.ValidationImages, finding.Values["images"]);
    }

    /// <summary>If features differ much in scale, the profile of their scales tells backbones apart.</summary>
    [Fact]
    public void Features_in_another_order_are_detected_by_their_profile()
    {
        static Matrix<float> Profiled(int rows, bool reversed, ulong seed)
        {
            Matrix<float> features = Matrix.Normal<float>(new SeededRandom(seed), rows, 64);
            for (int i = 0; i < features.Length; i++)
            {
                int column = i % 64;
                features.Span[i] *= 1f / (1 + (reversed ? 63 - column : column));
            }

            return features;
        }

        Finding same = ModelChecks.CompareStatistics(Profiled(8, false, 1), Profiled(50, false, 2));
        Finding other = ModelChecks.CompareStatistics(Profiled(8, false, 1), Profiled(50, true, 2));
        Assert.Equal((FindingLevel.Good, FindingLevel.Problem), (same.Level, other.Level));
        Assert.Contains("other features are large", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_words_in_another_order_are_detected()
    {
        string[] tokens = [.. ToyCaptioner.Vocabulary.Tokens];
        (tokens[6], tokens[9]) = (tokens[9], tokens[6]);
        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(
            ToyCaptioner.Trained, ToyCaptioner.Dataset(vocabulary: new Vocabulary(tokens)));
        findings.Of("vocabulary").Is(
            FindingLevel.Problem, "same 13 words in another order",
            "6 is \"cat\" in the model and \"horse\" in the dataset");

        // What the captions say is still known to the model.
        findings.Of("unknown words").Is(FindingLevel.Good);
        findings.Of("overfitting").Is(FindingLevel.Good);
    }

    [Fact]
    public void Another_vocabulary_is_reported_word_by_word()
    {
        string[] tokens = [.. ToyCaptioner.Vocabulary.Tokens.Where(token => token is not ("runs" or "eats")), "zebra"];
        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(
            ToyCaptioner.Trained, ToyCaptioner.Dataset(vocabulary: new Vocabulary(tokens)));
        Finding finding = findings.Of("vocabulary").Is(
            FindingLevel.Problem, "13 words in the model and 12", "2 (runs, eats) only in the model",
            "1 (zebra) only in the dataset");
        Assert.Equal((2, 1), ((int)finding.Values["onlyInModel"], (int)finding.Values["onlyInDataset"]));

        // Two verbs of three are unknown, and a verb is every third word.
        Finding unknown = findings.Of("unknown words").Is(FindingLevel.Warning, "22.2%");
        Assert.Contains("--min-count", unknown.Advice, StringComparison.Ordinal);
        Assert.Equal(2 / 9.0, unknown.Values["train"], 1e-9);
    }

    [Fact]
    public void A_model_that_generates_unknown_words_is_detected()
    {
        ModelBundle unsure = ToyCaptioner.With(parameters =>
            parameters.BVocab.Span[ToyCaptioner.Vocabulary.UnknownId] = 100);
        Finding finding = ToyCaptioner.Diagnose(
            unsure, ToyCaptioner.Dataset()).Of("unknown words said").Is(FindingLevel.Warning, "100.0%");
        Assert.Equal(1, finding.Values["share"]);
    }

    [Fact]
    public void Overfitting_is_detected()
    {
        ModelBundle bundle;
        using (CaptionDataset toys = ToyDataset.Make())
        {
            bundle = ToyCaptioner.Train(toys, epochs: 200);
        }

        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(bundle, ToyDataset.Make());
        Finding finding = findings.Of("overfitting");
        Assert.True(finding.Level is FindingLevel.Warning or FindingLevel.Problem, finding.Text);
        Assert.True(finding.Values["gap"] > 1 && finding.Values["train"] < 0.2, finding.Text);
    }

    [Fact]
    public void Features_of_another_size_do_not_stop_the_other_checks()
    {
        static Matrix<float> Widen(Matrix<float> features) => new(features.Rows, 9);
        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(ToyCaptioner.Trained, ToyCaptioner.Dataset(Widen));
        findings.Of("kind of features").Is(FindingLevel.Problem, "7 features", "9");
        findings.Of("vocabulary").Is(FindingLevel.Good);
        findings.Of("unknown words").Is(FindingLevel.Good);
        Assert.All(
            ["features", "captions", "unknown words said", "overfitting", "free running"],
            name => findings.Of(name).Is(FindingLevel.Skipped, "9 features per image", "takes 7"));
    }

    [Fact]
    public void Features_of_another_kind_are_detected()
    {
        var bundle = ToyCaptioner.Trained with { Features = new("photos by someone else", ToyCaptioner.FeatureSize) };
        ToyCaptioner.Diagnose(bundle, ToyCaptioner.Dataset()).Of(
            "kind of features").Is(FindingLevel.Problem, "photos by someone else", "made", "animals");
    }

    [Fact]
    public void NaN_features_are_a_problem_and_do_not_stop_the_other_checks()
    {
        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(
            ToyCaptioner.Trained, ToyCaptioner.Dataset(features => Corrupt(features, "NaN")));
        Assert.Contains("NaN", findings.Of("features").Text, StringComparison.Ordinal);
        Assert.Equal(FindingLevel.Problem, findings.Of("captions").Level);
        findings.Of("unknown words").Is(FindingLevel.Good);
    }

    [Fact]
    public void Character_models_are_checked_too()
    {
        ModelBundle bundle;
        using (CaptionDataset words = ToyCaptioner.Dataset(), characters = words.WithCharacterTokens())
        {
            bundle = ToyCaptioner.Train(characters, epochs: 15);
            bundle = bundle with { Training = bundle.Training with { WordVocabulary = words.Vocabulary.Fingerprint } };
        }

        IReadOnlyList<Finding> findings = ToyCaptioner.Diagnose(bundle, ToyCaptioner.Dataset());
        findings.Of("vocabulary").Is(FindingLevel.Good);
        findings.Of("unknown words").Is(FindingLevel.Good, "0.0% of the characters");
        findings.Of("overfitting").Is(FindingLevel.Good);
        findings.Of("free running").Is(FindingLevel.Good);
    }

    [Fact]
    public void Progress_names_every_check_and_cancellation_stops_them()
    {
        using CaptionDataset dataset = ToyCaptioner.Dataset();
        using var cancellation = new CancellationTokenSource();
        var names = new List<string>();
        IReadOnlyList<Finding> findings = ModelDiagnosis.Run(
            ToyCaptioner.Trained, dataset, progress: names.Add, cancellation: cancellation.Token);
        Assert.Equal(findings.Select(finding => finding.Name), names);

        names.Clear();
        Assert.Throws<OperationCanceledException>(() => ModelDiagnosis.Run(
            ToyCaptioner.Trained,
            dataset,
            progress: name =>
            {
                names.Add(name);
                cancellation.Cancel();
            },
            cancellation: cancellation.Token));
        Assert.Single(names);
    }

    private static Matrix<float> Corrupt(Matrix<float> features, string how)
    {
        int rows = features.Rows, columns = features.Columns;
        var corrupt = new Matrix<float>(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                corrupt[i, j] = how switch
                {
                    "times 255" => 255 * features[i, j],
                    "times 1/255" => features[i, j] / 255,
                    "times 2" => 2 * features[i, j],
                    "negative half" => -features[i, j] / 2,
                    "rows" => features[(i + 5) % rows, j],
                    "columns" => features[i, (j + 2) % columns],
                    "standardized" => (features[i, j] - (0.1f * j)) * (1 + j),
                    "others" => (float)Math.Sin((i * columns) + j),
                    "zeros" => j < 4 ? 0 : features[i, j],
                    "NaN" => float.NaN,
                    _ => throw new ArgumentOutOfRangeException(nameof(how), how, null),
                };
            }
        }

        return corrupt;
    }
}
