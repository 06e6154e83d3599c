using ShowTell.Interop;
using Xunit;

namespace ShowTell.Tests.Vision;

/// <summary>What tests of backbones need from outside; each skips the test where it is absent.</summary>
internal static class BackboneData
{
    public const int Size = 224;

    /// <summary>The path of the SqueezeNet file.</summary>
    public static string SqueezeNet => TestData.Shared("data", "squeezenet1_1", "squeezenet1_1_features.onnx");

    /// <summary>Skips the test without ONNX Runtime.</summary>
    public static void RequireOnnxRuntime()
    {
        try
        {
            _ = OnnxRuntimeLibrary.Environment;
        }
        catch (NativeLibraryMissingException exception)
        {
            Assert.Skip(exception.Message);
        }
    }

    /// <summary>The first photos by name, 224 x 224, as RGB bytes.</summary>
    public static byte[][] Photos(int count)
    {
        string folder = TestData.Shared("data", "flickr8k", "images");
        using TemporaryFolder temporary = TestData.Temporary();
        TestData.RunPython(
            ["PIL"],
            """
            import os, sys
            from PIL import Image
            with open(sys.argv[2], 'wb') as out:
                for name in sorted(os.listdir(sys.argv[1]))[:int(sys.argv[3])]:
                    image = Image.open(os.path.join(sys.argv[1], name)).convert('RGB')
                    assert image.size == (224, 224), name
                    out.write(image.tobytes())
            """,
            folder, temporary.File("pixels"), $"{count}");
        return [.. File.ReadAllBytes(temporary.File("pixels")).Chunk(Size * Size * 3)];
    }
}
