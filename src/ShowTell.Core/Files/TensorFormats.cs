namespace ShowTell.Files;

/// <summary>A file format for tensors.</summary>
public interface ITensorFormat
{
    /// <summary>Its name for messages, such as <c>HDF5</c>.</summary>
    string Name { get; }

    /// <summary>Extensions of its files, in lower case with a dot; the first is the default.</summary>
    IReadOnlyList<string> Extensions { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file is missing, damaged, or of another format.</exception>
    ITensorFile Open(string path);

    /// <summary>Writes a file that is not there yet. The same content gives the same bytes.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What goes into it.</param>
    void Write(string path, TensorFileContent content);
}

/// <summary>The formats that files of tensors can have; a file's extension decides.</summary>
public static class TensorFormats
{
    private static volatile ITensorFormat[] s_formats = [new SafeTensorsFormat(), new NpyFormat()];

    /// <summary>Adds a format, unless it is there already.</summary>
    public static void Register(ITensorFormat format)
    {
        ArgumentNullException.ThrowIfNull(format);
        if (!s_formats.Any(known => known.Name == format.Name))
        {
            s_formats = [.. s_formats, format];
        }
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataException">The file is missing or damaged, or no format has its extension.</exception>
    public static ITensorFile Open(string path) => Of(path).Open(path);

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <exception cref="DataException">No format has its extension.</exception>
    /// <exception cref="ShowTellException">The file cannot be written.</exception>
    public static void Write(string path, TensorFileContent content)
    {
        ITensorFormat format = Of(path);
        AtomicFile.WriteBeside(path, partial => format.Write(partial, content));
    }

    /// <summary>The format of a file.</summary>
    /// <exception cref="DataException">No format has its extension.</exception>
    public static ITensorFormat Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return s_formats.FirstOrDefault(format => format.Extensions.Contains(extension))
            ?? throw new DataException(
                $"{path}: its extension must be that of a file of tensors: "
                + $"{string.Join(", ", s_formats.SelectMany(format => format.Extensions))}.");
    }
}
