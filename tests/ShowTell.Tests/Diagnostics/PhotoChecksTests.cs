using ShowTell.Backbones;
using ShowTell.Data;
using ShowTell.Diagnostics;
using ShowTell.ModelFiles;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Backbones;
using Xunit;

namespace ShowTell.Tests.Diagnostics;

/// <summary>Features of photos made correctly and with common errors.</summary>
public sealed class PhotoChecksTests : IDisposable
{
    private const int Photos = 12;

    private static readonly Vocabulary s_vocabulary =
        new([Vocabulary.Null, Vocabulary.Start, Vocabulary.End, Vocabulary.Unknown, "a", "photo"]);

    /// <summary>As Caffe backbones take photos.</summary>
    private static readonly BackbonePreprocessing s_preprocessing =
        BackbonePreprocessing.Caffe with { Size = 32, ShorterSide = 32 };

    private readonly TemporaryFolder _folder = TestData.Temporary();

    public PhotoChecksTests()
    {
        File.WriteAllBytes(Network, TinyNetwork.Bytes());
        DrawnPhotos.Save(Folder, Photos);
    }

    private static string[] Names { get; } = [.. Enumerable.Range(0, Photos).Select(number => $"{number:000}.jpg")];

    private string Network => _folder.File("tiny.onnx");

    private string Folder => _folder.File("photos");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Correct_features_are_good()
    {
        using PhotoEncoder encoder = Encoder();
        Matrix<float> features = Encode(encoder);
        IReadOnlyList<Finding> findings = Examine(Bundle(encoder.Pipeline, features), features, Options());
        findings.Of("network").Is(FindingLevel.Good, "tiny.onnx", "given");
        findings.Of("reference photos").Is(FindingLevel.Good, "8 photos");
        Finding dataset = findings.Of("dataset photos").Is(FindingLevel.Good, "8 photos");
        Assert.InRange(dataset.Values["relativeError"], 0, 1e-3);
    }

    [Theory]
    [InlineData("RGB", "channels as RGB where the backbone takes BGR")]
    [InlineData("reversed mean", "the mean of the channels in reverse order")]
    [InlineData("range", "values from 0 to 1 where the backbone takes 0 to 255")]
    [InlineData("mean", "the mean left out")]
    public void The_error_with_which_features_were_made_is_named(string error, string expected)
    {
        using PhotoEncoder right = Encoder();
        BackbonePreprocessing preprocessing = right.Pipeline.Preprocessing;
        BackboneChannels mean = preprocessing.Mean;
        using PhotoEncoder wrong = Encoder(error switch
        {
            "RGB" => preprocessing with { BlueFirst = false },
            "reversed mean" => preprocessing with { Mean = new(mean.Third, mean.Second, mean.First) },
            "range" => preprocessing with { MaxValue = 1 },
            _ => preprocessing with { Mean = default },
        });
        Matrix<float> good = Encode(right), bad = Encode(wrong);

        // The dataset's features are wrong, then those that the model was trained on.
        Finding finding = Examine(Bundle(right.Pipeline, good), bad, Options()).Of("dataset photos");
        finding.Is(FindingLevel.Problem, "The dataset's features were made with " + expected);
        Assert.InRange(finding.Values["mistakeError"], 0, 1e-3);
        Assert.True(finding.Values["relativeError"] > 0.01, finding.Text);
        IReadOnlyList<Finding> findings = Examine(Bundle(right.Pipeline, bad), bad, Options());
        findings.Of("reference photos").Is(
            FindingLevel.Problem, "The features that the model was trained on were made with " + expected);
        findings.Of("features").Is(FindingLevel.Good);
    }

    [Fact]
    public void Missing_and_other_standardization_is_detected()
    {
        using PhotoEncoder plain = Encoder(), swapped = Encoder(s_preprocessing with { BlueFirst = false });
        Matrix<float> raw = Encode(plain), bad = Encode(swapped);
        var transform = new FeatureTransform(
            [.. Enumerable.Range(0, raw.Columns).Select(i => 0.5f + (i % 3))],
            [.. Enumerable.Range(0, raw.Columns).Select(i => 1f + (i % 5))]);
        PhotoPipeline recipe = plain.Pipeline with { Transform = transform };
        var standardized = new Matrix<float>(raw.Rows, raw.Columns);
        transform.Apply(raw, standardized);

        Finding finding = Examine(Bundle(recipe, standardized), raw, Options()).Of("dataset photos");
        finding.Is(FindingLevel.Problem, "neither standardized nor reduced");

        var otherwise = new Matrix<float>(raw.Rows, raw.Columns);
        new FeatureTransform(
            [.. Enumerable.Repeat(5f, raw.Columns)], [.. Enumerable.Repeat(0.1f, raw.Columns)]).Apply(bad, otherwise);
        finding = Examine(Bundle(recipe, standardized), otherwise, Options()).Of("dataset photos");
        finding.Is(
            FindingLevel.Problem, "channels as RGB where the backbone takes BGR",
            "then standardized with other numbers");
    }

    [Fact]
    public void Unrelated_features_are_not_explained()
    {
        using PhotoEncoder encoder = Encoder();
        Matrix<float> good = Encode(encoder), noise = Matrix.Normal<float>(new SeededRandom(1), Photos, good.Columns);
        Examine(Bundle(encoder.Pipeline, good), noise, Options()).Of(
            "dataset photos").Is(FindingLevel.Problem, "no common error");
    }

    [Fact]
    public void The_backbone_is_searched_in_and_next_to_the_model_and_its_hash_checked()
    {
        using PhotoEncoder encoder = Encoder();
        Matrix<float> features = Encode(encoder);
        ModelBundle bundle = Bundle(encoder.Pipeline, features);
        using TemporaryFolder folder = TestData.Temporary();
        var options = new DiagnosisOptions { ModelPath = folder.File("m.safetensors"), PhotoFolder = Folder };
        IReadOnlyList<Finding> findings = Examine(bundle, features, options);
        Finding missing = findings.Of("network").Is(FindingLevel.Warning, "neither in the model file nor next to it");
        Assert.Contains("--backbone", missing.Advice, StringComparison.Ordinal);
        findings.Of("reference photos").Is(FindingLevel.Skipped);
        findings.Of("dataset photos").Is(FindingLevel.Skipped);

        byte[] network = File.ReadAllBytes(Network);
        findings = Examine(bundle with { BackboneBytes = network }, features, options);
        findings.Of("network").Is(FindingLevel.Good, "in the model file");
        findings.Of("dataset photos").Is(FindingLevel.Good);
        Examine(bundle, features, options with { Backbone = Network, PhotoFolder = null })
            .Of("dataset photos").Is(FindingLevel.Skipped, "folder of the photos is unknown");

        string neighbor = folder.File("tiny.onnx");
        File.WriteAllBytes(neighbor, network);
        Examine(bundle, features, options).Of("network").Is(FindingLevel.Good, "next to");
        network[^1] ^= 1;
        File.WriteAllBytes(neighbor, network);
        Examine(bundle, features, options).Of("network").Is(FindingLevel.Problem, "another backbone", neighbor);
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
        Examine(Bundle(encoder.Pipeline, features), features, Options() with { PhotoFolder = below }, names)
            .Of("dataset photos").Is(FindingLevel.Skipped, below, "no readable photo");
    }

    private DiagnosisOptions Options() => new() { Backbone = Network, PhotoFolder = Folder };

    private PhotoEncoder Encoder(BackbonePreprocessing? preprocessing = null) => new(
        Backbone.Load(Network, new BackboneOptions { Preprocessing = preprocessing ?? s_preprocessing }));

    private Matrix<float> Encode(PhotoEncoder encoder)
    {
        string[] names = Names;
        var features = new Matrix<float>(names.Length, encoder.FeatureSize);
        for (int i = 0; i < names.Length; i++)
        {
            encoder.Encode(encoder.Reader.Read(Path.Combine(Folder, names[i]))).CopyTo(features.Row(i));
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
        return ToyCaptioner.Trained with
        {
            Model = new CaptioningModel<float>(options, new SeededRandom(1)),
            Vocabulary = s_vocabulary,
            Training = ToyCaptioner.Trained.Training with { WordVocabulary = s_vocabulary.Fingerprint },
            Features = FeaturesSpec.Of(recipe, features.Columns),
            Reference = ReferenceFeatures.Of(dataset.Train),
        };
    }

    private static IReadOnlyList<Finding> Examine(
        ModelBundle bundle, Matrix<float> features, DiagnosisOptions options, string[]? names = null) =>
        ToyCaptioner.Diagnose(bundle, Dataset(features, names ?? Names), options);

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
