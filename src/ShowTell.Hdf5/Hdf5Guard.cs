using System.Reflection;
using Microsoft.Win32.SafeHandles;

namespace ShowTell.Hdf5;

/// <summary>The one way to PureHDF: every call goes through <see cref="Run{T}"/>.</summary>
internal sealed class Hdf5Guard(string path, SafeFileHandle handle, GuardedStream stream)
{
    /// <summary>The file's path, for messages.</summary>
    public string Path { get; } = path;

    /// <summary>The file.</summary>
    public SafeFileHandle Handle { get; } = handle;

    /// <summary>The file as PureHDF sees it.</summary>
    public GuardedStream Stream { get; } = stream;

    /// <summary>Bytes of the file.</summary>
    public long Length { get; } = RandomAccess.GetLength(handle);

    /// <summary>Calls PureHDF.</summary>
    /// <param name="subject">What is read, as the beginning of a message: the path, or the path and a tensor.</param>
    /// <param name="call">The call.</param>
    /// <param name="neededBytes">Memory that it is known to need.</param>
    /// <exception cref="DataException">The call failed, whatever the reason.</exception>
    public T Run<T>(string subject, Func<T> call, long neededBytes = 0)
    {
        try
        {
            Stream.Begin(neededBytes);
            T result = call();
            Stream.End();
            return result;
        }
        catch (Exception error) when (error is not DataException)
        {
            throw new DataException($"{subject}: cannot be read, the file is damaged or holds what is not read: "
                + $"{Describe(error)}.", error);
        }
    }

    private static string Describe(Exception error)
    {
        while (error is TargetInvocationException && error.InnerException is not null)
        {
            error = error.InnerException;
        }

        string text = error switch
        {
            OutOfMemoryException => "its structure asks for an absurd amount of memory",
            InsufficientExecutionStackException => "its structure does not come to an end",
            _ => (error.InnerException ?? error).Message,
        };
        return text.ReplaceLineEndings(" ").TrimEnd('.');
    }
}
