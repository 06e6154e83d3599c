namespace ShowTell.Files;

/// <summary>A file format for tensors.</summary>
public interface ITensorFormat
{
    /// <summary>The name for messages, such as <c>HDF5</c>.</summary>
    string Name { get; }

    /// <summary>The file extensions, in lower case with a dot; the first is the default.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file is missing, damaged, or of another format.</exception>
    ITensorFile Open(string path);

    /// <summary>Writes a new file. The same content gives the same bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">The content.</param>
    void Write(string path, TensorFileContent content);
}

/// <summary>The formats of tensor files, by file extension.</summary>
public static class TensorFormats
{
    private static volatile ITensorFormat[] s_formats = [new SafeTensorsFormat(), new NpyFormat()];

    /// <summary>Adds a format, unless it is already registered.</summary>
    public static void Register(ITensorFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        if (!s_formats.Any(known => known.Name == format.Name))
        {
            s_formats = [.. s_formats, format];
        }
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file is missing or damaged, or its extension is unknown.</exception>
    public static ITensorFile Open(string path) => Of(path).Open(path);

    /// <summary>Writes a file atomically.</summary>
    /// <exception cref="DataException">The extension is unknown.</exception>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public static void Write(string path, TensorFileContent content)
    {
        ITensorFormat format = Of(path);
        AtomicFile.WriteBeside(path, partial => format.Write(partial, content));
    }

    /// <summary>The format of a file.</summary>
    /// <exception cref="DataException">The extension is unknown.</exception>
    public static ITensorFormat Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return s_formats.FirstOrDefault(format => format.Extensions.Contains(extension))
            ?? throw new DataException(
                $"{path}: unknown extension; expected one of "
                + $"{string.Join(", ", s_formats.SelectMany(format => format.Extensions))}.");
    }
}
