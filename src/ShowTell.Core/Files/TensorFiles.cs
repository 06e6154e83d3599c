using Microsoft.Win32.SafeHandles;

namespace ShowTell.Files;

/// <summary>What tensor files of all formats share.</summary>
internal static class TensorFiles
{
    private const int ListedInMessages = 12;

    /// <summary>
    /// Opens a file and reads its header; <paramref name="damaged"/> begins the message for a damaged file.
    /// </summary>
    /// <exception cref="DataException">The file is missing or damaged.</exception>
    public static (SafeFileHandle Handle, T Header) Open<T>(string path, string damaged, Func<SafeFileHandle, T> read)
    {
        SafeFileHandle? handle = null;
        try
        {
            handle = File.OpenHandle(
                path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.RandomAccess);
            return (handle, read(handle));
        }
        catch (Exception error)
        {
            handle?.Dispose();
            string? problem = error switch
            {
                FileNotFoundException or DirectoryNotFoundException => "no such file.",
                IOException or UnauthorizedAccessException => $"cannot be read: {error.Message}",
                FormatException or JsonException or InvalidOperationException => $"{damaged}: {error.Message}.",
                _ => null,
            };
            if (problem is null)
            {
                throw;
            }

            throw new DataException($"{path}: {problem}", error);
        }
    }

    /// <summary>Reads bytes.</summary>
    /// <exception cref="DataException">The file is truncated or cannot be read.</exception>
    public static void ReadBytes(string file, SafeFileHandle handle, long offset, Span<byte> bytes)
    {
        try
        {
            for (int done = 0; done < bytes.Length;)
            {
                int read = RandomAccess.Read(handle, bytes[done..], offset + done);
                done += read > 0 ? read : throw new DataException(
                    $"{file}: ends at byte {RandomAccess.GetLength(handle)}, before its tensors do: it is truncated.");
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{file}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Finds a tensor.</summary>
    /// <exception cref="DataException">There is no such tensor.</exception>
    public static TensorInfo Require(this ITensorFile file, string name) =>
        file.Find(name) ?? throw Missing(file, name);

    /// <summary>Checks that elements are numbers.</summary>
    public static void RequireNumbers(ITensorFile file, TensorInfo info) =>
        RequireType(file, info, info.IsNumber, "numbers");

    /// <summary>Checks the type of elements.</summary>
    public static void RequireType(ITensorFile file, TensorInfo info, bool isExpected, string expected)
    {
        if (!isExpected)
        {
            throw new DataException($"{file.Path}: {info}: must hold {expected}.");
        }
    }

    /// <summary>Checks the number of dimensions, and that rows fit into arrays.</summary>
    /// <exception cref="DataException">The tensor has another number of dimensions, or is too large.</exception>
    public static void RequireRank(ITensorFile file, TensorInfo info, params ReadOnlySpan<int> ranks)
    {
        if (!ranks.Contains(info.Shape.Count))
        {
            throw new DataException(
                $"{file.Path}: {info}: has {info.Shape.Count} dimensions, but must have "
                + $"{string.Join(" or ", ranks.ToArray())}.");
        }

        if (info.Shape.Any(length => length > int.MaxValue) || info.RowLength > int.MaxValue)
        {
            throw new DataException($"{file.Path}: {info}: has a dimension or row longer than {int.MaxValue}.");
        }
    }

    /// <summary>Reads a single string; null if it is missing.</summary>
    /// <exception cref="DataException">There are several, or they cannot be read.</exception>
    public static string? ReadString(this ITensorFile file, string name)
    {
        if (file.Find(name) is not TensorInfo info)
        {
            return null;
        }

        string[] strings = file.ReadStrings(name);
        return strings.Length == 1
            ? strings[0]
            : throw new DataException($"{file.Path}: {info}: must hold one string.");
    }

    /// <summary>The exception for a missing tensor, which lists those that exist.</summary>
    public static DataException Missing(ITensorFile file, string name)
    {
        IReadOnlyList<TensorInfo> tensors = file.Tensors;
        string listed = string.Join(", ", tensors.Take(ListedInMessages));
        string more = tensors.Count > ListedInMessages ? $" and {tensors.Count - ListedInMessages} more" : "";
        return new DataException(
            $"{file.Path}: has no tensor \"{name}\"; it holds "
            + $"{(tensors.Count > 0 ? listed + more : "nothing")}.");
    }
}
