using System.Text.Json;
using ShowTell.Backbones;

namespace ShowTell.Tests.Backbones;

/// <summary>
/// Narrow VGGs that PyTorch exported, and what it computes by them: <c>tests/golden/backbone.py</c> wrote both.
/// </summary>
internal static class GoldenNetworks
{
    /// <summary>Width and height of the photos.</summary>
    public const int Size = 20;

    /// <summary>Photos in the tensor <c>x</c>.</summary>
    public const int Batch = 5;

    /// <summary>The grid of the last pooling: 5 x 5 regions of 8 features.</summary>
    public const string Grid = "/vgg/features/features.9/MaxPool_output_0";

    private static readonly Lazy<Dictionary<string, float[]>> s_tensors = new(() =>
        JsonSerializer.Deserialize<Dictionary<string, float[]>>(
            File.ReadAllBytes(TestData.Golden("backbone", "tensors.json")))!);

    /// <summary>The network that takes any number of photos.</summary>
    public static string Any { get; } = TestData.Golden("backbone", "any.onnx");

    /// <summary>The network that takes two photos at once.</summary>
    public static string Two { get; } = TestData.Golden("backbone", "two.onnx");

    public static BackbonePreprocessing Preprocessing { get; } =
        BackbonePreprocessing.Torchvision with { Size = Size, ShorterSide = Size };

    /// <summary>The numbers of a tensor: of the input <c>x</c>, or of the results.</summary>
    public static float[] Tensor(string name) => s_tensors.Value[name];
}
