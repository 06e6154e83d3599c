using System.Text.Json;
using Xunit;

namespace ShowTell.Tests;

/// <summary>Where Python is present, the scripts still write what the golden files hold.</summary>
public sealed class GoldenFileTests
{
    [Theory]
    [InlineData("attention_lstm", "torch")]
    [InlineData("caption_scores", "json")]
    [InlineData("captioning_model", "numpy")]
    [InlineData("feature_transform", "numpy")]
    [InlineData("gru", "torch")]
    [InlineData("optimizers", "numpy")]
    [InlineData("paired_comparison", "numpy")]
    [InlineData("transformer", "torch")]
    public void A_script_writes_its_file_again(string name, params string[] modules)
    {
        using TemporaryFolder folder = TestData.Temporary();
        TestData.RunPythonFile(modules, TestData.Golden($"{name}.py"), folder.File("again.json"));
        AssertSame(GoldenFile.Read(name), GoldenFile.Parse(folder.File("again.json")), name);
    }

    private static void AssertSame(JsonElement expected, JsonElement actual, string path)
    {
        Assert.True(expected.ValueKind == actual.ValueKind, path);
        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                Assert.Equal(
                    expected.EnumerateObject().Select(member => member.Name),
                    actual.EnumerateObject().Select(member => member.Name));
                foreach (JsonProperty member in expected.EnumerateObject())
                {
                    AssertSame(member.Value, actual.GetProperty(member.Name), $"{path}.{member.Name}");
                }

                break;
            case JsonValueKind.Array:
                Assert.Equal(expected.GetArrayLength(), actual.GetArrayLength());
                for (int i = 0; i < expected.GetArrayLength(); i++)
                {
                    AssertSame(expected[i], actual[i], $"{path}[{i}]");
                }

                break;
            case JsonValueKind.Number:
                (double x, double y) = (expected.GetDouble(), actual.GetDouble());
                Assert.True(Math.Abs(x - y) <= 1e-12 + (1e-9 * Math.Abs(x)), $"{path} is {y:R}; the file holds {x:R}.");
                break;
            default:
                Assert.True(expected.GetRawText() == actual.GetRawText(), path);
                break;
        }
    }
}
