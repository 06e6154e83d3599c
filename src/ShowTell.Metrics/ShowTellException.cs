namespace ShowTell;

/// <summary>
/// Something outside the program is not as it must be: a file, a library, an option. The message is one line, fit to be
/// shown to a person: it names the thing, what was expected and what was found. (Mistakes of the calling code throw
/// <see cref="ArgumentException"/> and its kin instead.)
/// </summary>
public class ShowTellException : Exception
{
    /// <summary>Makes the exception with its one-line message.</summary>
    public ShowTellException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

/// <summary>
/// Data cannot be read or is not valid: missing, truncated, of the wrong type or shape, out of range, not finite.
/// </summary>
public sealed class DataException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>A file is no model file, is damaged, or holds a model this version cannot use.</summary>
public sealed class ModelFileException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>Two good things do not belong together, such as a model and a dataset with another vocabulary.</summary>
public sealed class IncompatibleException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>A native library that a call needs is not on this machine.</summary>
public sealed class NativeLibraryMissingException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>Training cannot go on: the loss or a gradient is no longer a finite number.</summary>
public sealed class TrainingDivergedException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);

/// <summary>
/// A photo cannot be read: it is no JPEG or PNG file, is damaged or cut short, or is larger than the limits allow.
/// </summary>
public sealed class PhotoException(string message, Exception? innerException = null)
    : ShowTellException(message, innerException);
