namespace ShowTell;

/// <summary>
/// The base class of errors outside the calling code: in a file, a library, an option. The message is one line for the
/// user: what, what was expected, what was found. (Bugs in the calling code throw <see cref="ArgumentException"/> and
/// the like.)
/// </summary>
public class ShowTellException : Exception
{
    /// <summary>Beyond it, a message quotes more of a file than anyone reads.</summary>
    private const int MaxLength = 4000;

    /// <summary>Creates the exception with its one-line message. Messages quote files: control characters become �,
    /// and what is beyond 4,000 characters is cut.</summary>
    public ShowTellException(string message, Exception? innerException = null)
        : base(OneLine(message), innerException)
    {
    }

    private static string OneLine(string message)
    {
        string line = message?.Length > MaxLength ? message[..MaxLength] + "..." : message ?? "";
        return line.Any(char.IsControl)
            ? string.Concat(line.Select(letter => char.IsControl(letter) ? '\uFFFD' : letter))
            : line;
    }
}

/// <summary>
/// Data cannot be read or is invalid: missing, truncated, of the wrong type or shape, out of range, not finite.
/// </summary>
public sealed class DataException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>A file is not a model file, is damaged, or contains a model that this version cannot use.</summary>
public sealed class ModelFileException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>Two valid inputs are incompatible, such as a model and a dataset with another vocabulary.</summary>
public sealed class IncompatibleException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>A required native library is missing on this machine.</summary>
public sealed class NativeLibraryMissingException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>Training diverged: the loss or a gradient is not finite.</summary>
public sealed class TrainingDivergedException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>
/// A photo cannot be read: its format is not supported, it is damaged or truncated, or exceeds the limits.
/// </summary>
public sealed class PhotoException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);
