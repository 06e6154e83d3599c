using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Diagnostics;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Vision;
using Xunit;

namespace ShowTell.Tests.Captioning;

/// <summary>Features of photos, made rightly and with the usual mistakes.</summary>
public sealed class DoctorPhotosTests : IDisposable
{
    private const int Photos = 12;

    private static readonly Vocabulary s_vocabulary =
        new([Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, "a", "photo"]);

    /// <summary>As Caffe's networks take photos.</summary>
    private static readonly BackbonePreprocessing s_preprocessing =
        BackbonePreprocessing.Caffe with { Size = 32, ShorterSide = 32 };

    private readonly TemporaryFolder _folder = TestData.Temporary();

    public DoctorPhotosTests()
    {
        File.WriteAllBytes(Network, TinyNetwork.Bytes());
        DrawnPhotos.Save(Folder, Photos);
    }

    private static string[] Names { get; } = [.. Enumerable.Range(0, Photos).Select(number => $"{number:000}.jpg")];

    private string Network => _folder.File("tiny.onnx");

    private string Folder => _folder.File("photos");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Features_made_rightly_are_good()
    {
        using PhotoEncoder encoder = Encoder();
        Matrix<float> features = Encode(encoder);
        IReadOnlyList<Finding> findings = Examine(Bundle(encoder.Recipe, features), features, Options());
        findings.Of("network").Is(FindingLevel.Good, "tiny.onnx", "given");
        findings.Of("reference photos").Is(FindingLevel.Good, "8 photos");
        Finding dataset = findings.Of("dataset photos").Is(FindingLevel.Good, "8 photos");
        Assert.InRange(dataset.Values["relativeError"], 0, 1e-3);
    }

    [Theory]
    [InlineData("RGB", "channels as RGB where the network takes BGR")]
    [InlineData("reversed mean", "the mean of the channels in reverse order")]
    [InlineData("range", "values from 0 to 1 where the network takes 0 to 255")]
    [InlineData("mean", "the mean left out")]
    public void The_mistake_with_which_features_were_made_is_named(string mistake, string said)
    {
        using PhotoEncoder right = Encoder();
        BackbonePreprocessing preprocessing = right.Recipe.Preprocessing;
        BackboneChannels mean = preprocessing.Mean;
        using PhotoEncoder wrong = Encoder(mistake switch
        {
            "RGB" => preprocessing with { BlueFirst = false },
            "reversed mean" => preprocessing with { Mean = new(mean.Third, mean.Second, mean.First) },
            "range" => preprocessing with { ValueMaximum = 1 },
            _ => preprocessing with { Mean = default },
        });
        Matrix<float> good = Encode(right), bad = Encode(wrong);

        // The dataset's features are wrong, then those that the model was trained on.
        Finding finding = Examine(Bundle(right.Recipe, good), bad, Options()).Of("dataset photos");
        finding.Is(FindingLevel.Problem, "The dataset's features were made with " + said);
        Assert.InRange(finding.Values["mistakeError"], 0, 1e-3);
        Assert.True(finding.Values["relativeError"] > 0.01, finding.Text);
        IReadOnlyList<Finding> findings = Examine(Bundle(right.Recipe, bad), bad, Options());
        findings.Of("reference photos").Is(
            FindingLevel.Problem, "The features that the model was trained on were made with " + said);
        findings.Of("features").Is(FindingLevel.Good);
    }

    [Fact]
    public void Features_that_were_not_standardised_are_told_and_so_are_those_standardised_otherwise()
    {
        using PhotoEncoder plain = Encoder(), swapped = Encoder(s_preprocessing with { BlueFirst = false });
        Matrix<float> raw = Encode(plain), bad = Encode(swapped);
        var transform = new FeatureTransform(
            [.. Enumerable.Range(0, raw.Columns).Select(i => 0.5f + (i % 3))],
            [.. Enumerable.Range(0, raw.Columns).Select(i => 1f + (i % 5))]);
        PhotoPipeline recipe = plain.Recipe with { Transform = transform };
        var standardised = new Matrix<float>(raw.Rows, raw.Columns);
        transform.Apply(raw, standardised);

        Finding finding = Examine(Bundle(recipe, standardised), raw, Options()).Of("dataset photos");
        finding.Is(FindingLevel.Problem, "neither standardised nor reduced");

        var otherwise = new Matrix<float>(raw.Rows, raw.Columns);
        new FeatureTransform(
            [.. Enumerable.Repeat(5f, raw.Columns)], [.. Enumerable.Repeat(0.1f, raw.Columns)]).Apply(bad, otherwise);
        finding = Examine(Bundle(recipe, standardised), otherwise, Options()).Of("dataset photos");
        finding.Is(
            FindingLevel.Problem, "channels as RGB where the network takes BGR",
            "then standardised with other numbers");
    }

    [Fact]
    public void What_nothing_explains_is_said_to_be_unexplained()
    {
        using PhotoEncoder encoder = Encoder();
        Matrix<float> good = Encode(encoder), noise = Matrix.Normal<float>(new SeededRandom(1), Photos, good.Columns);
        Examine(Bundle(encoder.Recipe, good), noise, Options()).Of(
            "dataset photos").Is(FindingLevel.Problem, "none of the usual mistakes");
    }

    [Fact]
    public void The_network_is_looked_for_in_and_beside_the_model_and_must_be_the_very_one()
    {
        using PhotoEncoder encoder = Encoder();
        Matrix<float> features = Encode(encoder);
        ModelBundle bundle = Bundle(encoder.Recipe, features);
        using TemporaryFolder folder = TestData.Temporary();
        var options = new DoctorOptions { ModelPath = folder.File("m.safetensors"), PhotoFolder = Folder };
        IReadOnlyList<Finding> findings = Examine(bundle, features, options);
        Finding missing = findings.Of("network").Is(FindingLevel.Warning, "neither in the model file nor beside it");
        Assert.Contains("--backbone", missing.Advice, StringComparison.Ordinal);
        findings.Of("reference photos").Is(FindingLevel.Skipped);
        findings.Of("dataset photos").Is(FindingLevel.Skipped);

        byte[] network = File.ReadAllBytes(Network);
        findings = Examine(bundle with { BackboneBytes = network }, features, options);
        findings.Of("network").Is(FindingLevel.Good, "in the model file");
        findings.Of("dataset photos").Is(FindingLevel.Good);
        Examine(bundle, features, options with { Backbone = Network, PhotoFolder = null })
            .Of("dataset photos").Is(FindingLevel.Skipped, "where the photos are");

        string beside = folder.File("tiny.onnx");
        File.WriteAllBytes(beside, network);
        Examine(bundle, features, options).Of("network").Is(FindingLevel.Good, "beside");
        network[^1] ^= 1;
        File.WriteAllBytes(beside, network);
        Examine(bundle, features, options).Of("network").Is(FindingLevel.Problem, "another network", beside);
    }

    [Fact]
    public void Names_that_lead_out_of_the_folder_of_photos_are_not_followed()
    {
        using PhotoEncoder encoder = Encoder();
        Matrix<float> features = Encode(encoder);
        using TemporaryFolder folder = TestData.Temporary();
        string below = Path.Combine(folder.Path, "below");
        Directory.CreateDirectory(below);
        File.Copy(Path.Combine(Folder, Names[0]), folder.File("secret.jpg"));
        string[] names = [.. Names.Select(_ => "../secret.jpg")];
        Examine(Bundle(encoder.Recipe, features), features, Options() with { PhotoFolder = below }, names)
            .Of("dataset photos").Is(FindingLevel.Skipped, below, "no photo");
    }

    private DoctorOptions Options() => new() { Backbone = Network, PhotoFolder = Folder };

    private PhotoEncoder Encoder(BackbonePreprocessing? preprocessing = null) => new(
        Backbone.Load(Network, new BackboneOptions { Preprocessing = preprocessing ?? s_preprocessing }));

    private Matrix<float> Encode(PhotoEncoder encoder)
    {
        string[] names = Names;
        var features = new Matrix<float>(names.Length, encoder.FeatureSize);
        for (int i = 0; i < names.Length; i++)
        {
            encoder.Encode(encoder.Read(Path.Combine(Folder, names[i]))).CopyTo(features.Row(i));
        }

        return features;
    }

    private static ModelBundle Bundle(PhotoPipeline recipe, Matrix<float> features)
    {
        var options = new CaptioningOptions
        {
            FeatureSize = features.Columns, VocabularySize = s_vocabulary.Count, WordVectorSize = 4, HiddenSize = 8,
        };
        using CaptionDataset dataset = Dataset(features, Names);
        return Patient.Healthy with
        {
            Model = new CaptioningModel<float>(options, new SeededRandom(1)),
            Vocabulary = s_vocabulary,
            Training = Patient.Healthy.Training with { WordVocabulary = s_vocabulary.Fingerprint },
            Features = FeaturesSpec.Of(recipe, features.Columns),
            Reference = ReferenceFeatures.Of(dataset.Train),
        };
    }

    private static IReadOnlyList<Finding> Examine(
        ModelBundle bundle, Matrix<float> features, DoctorOptions options, string[]? names = null) =>
        Patient.Examine(bundle, Dataset(features, names ?? Names), options);

    private static CaptionDataset Dataset(Matrix<float> features, string[] names)
    {
        CaptionSplit Split(string name)
        {
            var ids = new int[names.Length * 4];
            for (int i = 0; i < names.Length; i++)
            {
                s_vocabulary.Encode("a photo", ids.AsSpan(i * 4, 4));
            }

            return new CaptionSplit(
                name, ids, 4, [.. Enumerable.Range(0, names.Length)], new MemoryFeatures(features), s_vocabulary.Count,
                imageNames: names);
        }

        return new CaptionDataset("photos", s_vocabulary, Split("train"), Split("val"))
        {
            FeatureKind = "made elsewhere",
        };
    }
}
