using ShowTell.Data;
using ShowTell.Diagnostics;
using ShowTell.ModelFiles;
using ShowTell.Numerics;
using ShowTell.Tests.Training;
using Xunit;

namespace ShowTell.Tests.Captioning;

public sealed class ModelDoctorTests
{
    [Fact]
    public void A_healthy_model_is_healthy()
    {
        IReadOnlyList<Finding> findings = Patient.Examine(Patient.Healthy, Patient.Dataset());
        string[] aboutPhotos = ["network", "reference photos", "dataset photos"];
        Assert.All(
            findings.Where(finding => !aboutPhotos.Contains(finding.Name)), finding => finding.Is(FindingLevel.Good));
        Assert.Equal(10, findings.Count - aboutPhotos.Length);
        findings.Of("network").Is(FindingLevel.Warning, "no photos", "made");
        Assert.InRange(findings.Of("captions").Values["distinct"], 12, Patient.ValidationImages);
        Assert.Equal(0, findings.Of("features").Values["relativeError"]);
    }

    [Fact]
    public void Without_a_dataset_the_model_alone_is_examined()
    {
        IReadOnlyList<Finding> findings = Patient.Examine(Patient.Healthy, null);
        Assert.Equal(
            ["weights", "reference captions", "network", "reference photos", "dataset"],
            findings.Select(finding => finding.Name));
        findings.Of("dataset").Is(FindingLevel.Skipped);
        Assert.NotNull(findings.Of("dataset").Advice);
    }

    [Fact]
    public void A_model_that_does_not_look_at_images_says_one_caption()
    {
        ModelBundle blind = Patient.With(parameters => parameters.WProj.Span.Clear());
        IReadOnlyList<Finding> findings = Patient.Examine(blind, Patient.Dataset());
        findings.Of("weights").Is(FindingLevel.Problem, "zeros", "W_proj");
        findings.Of("reference captions").Is(FindingLevel.Problem, "The model says \"", "whatever it sees");
        Assert.Equal(
            1, findings.Of("captions").Is(FindingLevel.Problem, "1 different", "100.0%").Values["mostFrequentShare"]);
    }

    [Fact]
    public void Diverged_weights_are_found()
    {
        ModelBundle diverged = Patient.With(parameters => parameters.WVocab.Span[0] = 1e6f);
        Finding finding = Patient.Examine(diverged, null).Of("weights").Is(FindingLevel.Problem, "diverged", "W_vocab");
        Assert.InRange(finding.Values["W_vocab"], 1e4, 1e6);
    }

    [Theory]
    [InlineData("times 255", "255 times too large")]
    [InlineData("negative half", "sign is turned")]
    [InlineData("rows", "another order than the names", "8 of the vectors at other images")]
    [InlineData("columns", "the same numbers in another order")]
    [InlineData("standardised", "another scale and shift")]
    [InlineData("others", "they are others")]
    public void Features_that_are_off_are_told_how(string how, params string[] said)
    {
        Finding finding = Patient.Examine(
            Patient.Healthy, Patient.Dataset(features => Spoil(features, how))).Of("features");
        finding.Is(FindingLevel.Problem, said);
        Assert.True(finding.Values["relativeError"] > 0.1);
    }

    [Fact]
    public void Features_as_half_precision_stores_them_are_the_same()
    {
        static Matrix<float> Halve(Matrix<float> features) =>
            new(features.Rows, features.Columns, [.. features.Span.ToArray().Select(value => (float)(Half)value)]);
        Finding finding = Patient.Examine(Patient.Healthy, Patient.Dataset(Halve)).Of("features").Is(FindingLevel.Good);
        Assert.InRange(finding.Values["relativeError"], 1e-6, 1e-3);
    }

    [Theory]
    [InlineData("", FindingLevel.Good, "same scale")]
    [InlineData("times 255", FindingLevel.Problem, "off in scale")]
    [InlineData("times 1/255", FindingLevel.Problem, "times smaller")]
    [InlineData("times 2", FindingLevel.Warning, "differ in scale")]
    [InlineData("zeros", FindingLevel.Warning, "are zero")]
    public void Features_of_other_images_are_judged_as_a_whole(string how, FindingLevel level, string said)
    {
        CaptionDataset others = Patient.Dataset(
            how.Length > 0 ? features => Spoil(features, how) : null, names: "picture");
        Finding finding = Patient.Examine(Patient.Healthy, others).Of("features").Is(level, "None of the images", said);
        Assert.Equal(Patient.ValidationImages, finding.Values["images"]);
    }

    /// <summary>Where features differ much in size, which ones are large tells those of another network.</summary>
    [Fact]
    public void Features_in_another_order_are_told_by_their_profile()
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

        Finding same = FeatureLikeness.Of(Profiled(8, false, 1), Profiled(50, false, 2));
        Finding other = FeatureLikeness.Of(Profiled(8, false, 1), Profiled(50, true, 2));
        Assert.Equal((FindingLevel.Good, FindingLevel.Problem), (same.Level, other.Level));
        Assert.Contains("not the same ones are large", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_words_in_another_order_are_told()
    {
        string[] tokens = [.. Patient.Vocabulary.Tokens];
        (tokens[6], tokens[9]) = (tokens[9], tokens[6]);
        IReadOnlyList<Finding> findings = Patient.Examine(
            Patient.Healthy, Patient.Dataset(vocabulary: new Vocabulary(tokens)));
        findings.Of("vocabulary").Is(
            FindingLevel.Problem, "same 13 words in another order",
            "6 is \"cat\" in the model and \"horse\" in the dataset");

        // What the captions say is still known to the model.
        findings.Of("unknown words").Is(FindingLevel.Good);
        findings.Of("overfitting").Is(FindingLevel.Good);
    }

    [Fact]
    public void Another_vocabulary_is_told_word_by_word()
    {
        string[] tokens = [.. Patient.Vocabulary.Tokens.Where(token => token is not ("runs" or "eats")), "zebra"];
        IReadOnlyList<Finding> findings = Patient.Examine(
            Patient.Healthy, Patient.Dataset(vocabulary: new Vocabulary(tokens)));
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
    public void A_model_that_says_unknown_words_is_told()
    {
        ModelBundle unsure = Patient.With(parameters => parameters.BVocab.Span[Patient.Vocabulary.UnknownId] = 100);
        Finding finding = Patient.Examine(
            unsure, Patient.Dataset()).Of("unknown words said").Is(FindingLevel.Warning, "100.0%");
        Assert.Equal(1, finding.Values["share"]);
    }

    [Fact]
    public void Captions_learned_by_heart_are_told()
    {
        ModelBundle bundle;
        using (CaptionDataset toys = ToyDataset.Make())
        {
            bundle = Patient.Train(toys, epochs: 200);
        }

        IReadOnlyList<Finding> findings = Patient.Examine(bundle, ToyDataset.Make());
        Finding finding = findings.Of("overfitting");
        Assert.True(finding.Level is FindingLevel.Warning or FindingLevel.Problem, finding.Text);
        Assert.True(finding.Values["gap"] > 1 && finding.Values["train"] < 0.2, finding.Text);
    }

    [Fact]
    public void Features_of_another_size_leave_the_rest_to_be_checked()
    {
        static Matrix<float> Widen(Matrix<float> features) => new(features.Rows, 9);
        IReadOnlyList<Finding> findings = Patient.Examine(Patient.Healthy, Patient.Dataset(Widen));
        findings.Of("kind of features").Is(FindingLevel.Problem, "7 features", "9");
        findings.Of("vocabulary").Is(FindingLevel.Good);
        findings.Of("unknown words").Is(FindingLevel.Good);
        Assert.All(
            ["features", "captions", "unknown words said", "overfitting", "free running"],
            name => findings.Of(name).Is(FindingLevel.Skipped, "9 features an image", "takes 7"));
    }

    [Fact]
    public void Features_of_another_kind_are_told()
    {
        var bundle = Patient.Healthy with { Features = new("photos by someone else", Patient.FeatureSize) };
        Patient.Examine(bundle, Patient.Dataset()).Of(
            "kind of features").Is(FindingLevel.Problem, "photos by someone else", "made", "animals");
    }

    [Fact]
    public void Features_that_are_no_numbers_are_a_problem_and_stop_nothing()
    {
        IReadOnlyList<Finding> findings = Patient.Examine(
            Patient.Healthy, Patient.Dataset(features => Spoil(features, "NaN")));
        Assert.Contains("NaN", findings.Of("features").Text, StringComparison.Ordinal);
        Assert.Equal(FindingLevel.Problem, findings.Of("captions").Level);
        findings.Of("unknown words").Is(FindingLevel.Good);
    }

    [Fact]
    public void Captions_of_characters_are_examined_too()
    {
        ModelBundle bundle;
        using (CaptionDataset words = Patient.Dataset(), characters = words.WithCharacterTokens())
        {
            bundle = Patient.Train(characters, epochs: 15);
            bundle = bundle with { Training = bundle.Training with { WordVocabulary = words.Vocabulary.Fingerprint } };
        }

        IReadOnlyList<Finding> findings = Patient.Examine(bundle, Patient.Dataset());
        findings.Of("vocabulary").Is(FindingLevel.Good);
        findings.Of("unknown words").Is(FindingLevel.Good, "0.0% of the characters");
        findings.Of("overfitting").Is(FindingLevel.Good);
        findings.Of("free running").Is(FindingLevel.Good);
    }

    [Fact]
    public void Progress_names_every_check_and_cancelling_ends_it()
    {
        using CaptionDataset dataset = Patient.Dataset();
        using var cancellation = new CancellationTokenSource();
        var names = new List<string>();
        IReadOnlyList<Finding> findings = ModelDoctor.Examine(
            Patient.Healthy, dataset, progress: names.Add, cancellation: cancellation.Token);
        Assert.Equal(findings.Select(finding => finding.Name), names);

        names.Clear();
        Assert.Throws<OperationCanceledException>(() => ModelDoctor.Examine(
            Patient.Healthy,
            dataset,
            progress: name =>
            {
                names.Add(name);
                cancellation.Cancel();
            },
            cancellation: cancellation.Token));
        Assert.Single(names);
    }

    private static Matrix<float> Spoil(Matrix<float> features, string how)
    {
        int rows = features.Rows, columns = features.Columns;
        var spoiled = new Matrix<float>(rows, columns);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                spoiled[i, j] = how switch
                {
                    "times 255" => 255 * features[i, j],
                    "times 1/255" => features[i, j] / 255,
                    "times 2" => 2 * features[i, j],
                    "negative half" => -features[i, j] / 2,
                    "rows" => features[(i + 5) % rows, j],
                    "columns" => features[i, (j + 2) % columns],
                    "standardised" => (features[i, j] - (0.1f * j)) * (1 + j),
                    "others" => (float)Math.Sin((i * columns) + j),
                    "zeros" => j < 4 ? 0 : features[i, j],
                    "NaN" => float.NaN,
                    _ => throw new ArgumentOutOfRangeException(nameof(how), how, null),
                };
            }
        }

        return spoiled;
    }
}
