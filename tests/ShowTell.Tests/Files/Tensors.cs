using ShowTell.Files;

namespace ShowTell.Tests.Files;

/// <summary>Files of tensors to test with.</summary>
internal static class Tensors
{
    /// <summary>Writes a file in the format of its extension.</summary>
    public static void Write(string path, Action<TensorFileContent> add)
    {
        var content = new TensorFileContent();
        add(content);
        TensorFormats.Write(path, content);
    }
}
