using System.Runtime.CompilerServices;
using ShowTell.Data;
using ShowTell.Datasets.Scenes;
using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Training;
using Xunit;

namespace ShowTell.Tests;

/// <summary>What the README shows works as written.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public void The_example_of_the_library_captions_a_scene()
    {
        var written = new StringWriter();
        Run(written);
        Assert.NotEmpty(written.ToString().Trim());
    }

    [Fact]
    public void The_example_is_the_code_that_this_test_runs()
    {
        string readme = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "README.md"));
        string example = readme.Split("```csharp\n")[2].Split("```")[0];
        Assert.Contains(Unindented(example), Unindented(File.ReadAllText(ThisFile())));
    }

    [Fact]
    public void The_example_of_captions_is_code_that_a_test_runs()
    {
        string test = Path.Combine(TestData.RepositoryRoot, "tests/ShowTell.Tests/Captioning/CaptionerTests.cs");
        foreach (string page in new[] { "README.md", "docs/photos.md" })
        {
            string text = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, page));
            string example = text.Split("```csharp\n").Single(
                part => part.StartsWith("using var captioner", StringComparison.Ordinal))
                .Split("```")[0].Replace("\"model.safetensors\"", "model").Replace("\"photo.jpg\"", "photo");
            Assert.Contains(Unindented(example), Unindented(File.ReadAllText(test)));
        }
    }

    [Fact]
    public void The_example_of_photos_is_code_that_a_test_runs()
    {
        string page = File.ReadAllText(Path.Combine(TestData.RepositoryRoot, "docs", "photos.md"));
        string test = Path.Combine(TestData.RepositoryRoot, "tests/ShowTell.Tests/Backbones/PhotoFeaturesTests.cs");
        Assert.Contains(Unindented(page.Split("```csharp\n")[1].Split("```")[0]), Unindented(File.ReadAllText(test)));
    }

    [Fact]
    public void Files_that_the_README_and_the_docs_link_to_are_there()
    {
        string[] pages =
            ["README.md", .. Directory.EnumerateFiles(Path.Combine(TestData.RepositoryRoot, "docs"), "*.md")];
        foreach (string page in pages.Select(page => Path.Combine(TestData.RepositoryRoot, page)))
        {
            foreach (string link in LocalLinks(File.ReadAllText(page)))
            {
                string target = Path.Combine(Path.GetDirectoryName(page)!, link);
                Assert.True(Path.Exists(target), $"{page} links to {link}, which is not there.");
            }
        }
    }

    private static void Run(TextWriter Console)
    {
        CaptionDataset data = SceneDataset.Generate(new SceneOptions { TrainScenes = 500 }).Captions;
        var options = new CaptioningOptions { FeatureSize = data.FeatureSize, VocabularySize = data.Vocabulary.Count };
        var model = new CaptioningModel<float>(options with { HiddenSize = 64 }, new SeededRandom(231));
        new CaptioningSolver(model, data, new SolverOptions { Epochs = 2 }).Train();

        var features = new Matrix<float>(1, data.FeatureSize);
        data.Validation.ReadFeatures([0], features);
        Console.WriteLine(data.Vocabulary.Decode(model.Sample<float>(features)));
    }

    private static IEnumerable<string> LocalLinks(string markdown) =>
        markdown.Split("](").Skip(1)
            .Select(part => part.Split(')')[0].Split('#')[0])
            .Where(link => link.Length > 0 && !link.Contains("://", StringComparison.Ordinal));

    private static string Unindented(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim()));

    private static string ThisFile([CallerFilePath] string path = "") =>
        File.Exists(path) ? path : Path.Combine(TestData.RepositoryRoot, "tests/ShowTell.Tests/ReadmeTests.cs");
}
