namespace ShowTell.Vision;

/// <summary>
/// Reads photos: JPEG (baseline, progressive, grey, CMYK; upright by its EXIF orientation) and PNG (all kinds, put on
/// white). What a file is, its first bytes tell, not its name. Safe to use from several threads at once.
/// </summary>
/// <remarks>
/// A damaged file is refused, not guessed: all that libturbojpeg only warns of is an error here, for it fills what is
/// missing with grey. Whatever the bytes are, the memory taken stays within the limits.
/// </remarks>
/// <param name="limits">How large photos may be; by default as <see cref="PhotoLimits"/> has it.</param>
public sealed class PhotoReader(PhotoLimits? limits = null)
{
    /// <summary>The limits that photos are held to.</summary>
    public PhotoLimits Limits { get; } = limits ?? new PhotoLimits();

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="atLeast">If given, a JPEG is decoded scaled down to the smallest size that is not below it in width
    /// nor in height (seen upright), which is faster; a photo that is smaller than that stays as it is.</param>
    /// <exception cref="PhotoException">There is no such file, it is neither JPEG nor PNG, damaged, or beyond the
    /// limits. The message names the file.</exception>
    /// <exception cref="NativeLibraryMissingException">libturbojpeg or libpng is not on this machine.</exception>
    public Photo Read(string path, PhotoSize? atLeast = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Read(stream, path, atLeast);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PhotoException($"{path}: there is no such file.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PhotoException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads a stream from where it is to its end.</summary>
    /// <param name="stream">The bytes of a file.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="atLeast">As in <see cref="Read(string, PhotoSize?)"/>.</param>
    /// <inheritdoc cref="Read(string, PhotoSize?)"/>
    public Photo Read(Stream stream, string name, PhotoSize? atLeast = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        long expected = stream.CanSeek ? stream.Length - stream.Position : 0;
        if (expected > Limits.FileBytes)
        {
            throw TooLong(name);
        }

        // One byte more than expected, so that the end shows without another array.
        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)Math.Max(expected, 4096) + 1);
        int length = 0;
        for (int read; (read = stream.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += read;
            if (length > Limits.FileBytes)
            {
                throw TooLong(name);
            }

            if (length == bytes.Length)
            {
                Array.Resize(ref bytes, (int)Math.Min(2L * length, (long)Limits.FileBytes + 1));
            }
        }

        return Read(bytes.AsSpan(0, length), name, atLeast);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="file">The bytes. They must not change meanwhile.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="atLeast">As in <see cref="Read(string, PhotoSize?)"/>.</param>
    /// <inheritdoc cref="Read(string, PhotoSize?)"/>
    public Photo Read(ReadOnlySpan<byte> file, string name, PhotoSize? atLeast = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (file.Length > Limits.FileBytes)
        {
            throw TooLong(name);
        }

        if (PhotoJpeg.IsJpeg(file))
        {
            return PhotoJpeg.Decode(file, name, atLeast, Limits);
        }

        if (PhotoPng.IsPng(file))
        {
            return PhotoPng.Decode(file, name, Limits);
        }

        string found = file.IsEmpty ? "is empty"
            : $"begins with the bytes {Convert.ToHexString(file[..Math.Min(8, file.Length)])}";
        throw new PhotoException($"{name}: {found}, but a photo must be a JPEG or PNG file. Save it as one of them.");
    }

    private PhotoException TooLong(string name) =>
        new($"{name}: is longer than the {Limits.FileBytes} bytes that a photo's file may have. Make it smaller.");
}
