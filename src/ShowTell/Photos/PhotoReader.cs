using System.Runtime.CompilerServices;
using ShowTell.Files;

namespace ShowTell.Photos;

/// <summary>
/// Reads photos: JPEG, PNG, WebP, GIF and BMP, of an animation the first frame, rotated upright by their EXIF
/// orientation, transparent pixels blended with white. The format is detected from the first bytes, not from the file
/// name. Thread-safe.
/// </summary>
/// <remarks>
/// <para>A file that ends before its pixels do is rejected. Its end marker may be missing, and any bytes may follow its
/// pixels. Corruption within the pixel data is often undetectable: such a photo may be read with wrong colors.</para>
/// <para>Pixels equal those that Pillow decodes: gamma and color profiles are ignored.</para>
/// <para>Memory stays within the limits for any input and over all threads: photos that do not fit next to those being
/// read wait.</para>
/// </remarks>
/// <param name="limits">Limits on photos; null for the defaults of <see cref="PhotoLimits"/>.</param>
public sealed class PhotoReader(PhotoLimits? limits = null)
{
    // Holds most files whole, and the header of nearly all others.
    private const int HeadBytes = 1 << 20;

    private readonly PhotoLimits _limits = limits ?? new PhotoLimits();

    /// <summary>
    /// If set, JPEGs are decoded at the smallest scale (in eighths) that keeps both sides of the upright photo at least
    /// this long, which is faster; smaller photos keep their size. Null by default.
    /// </summary>
    public PhotoSize? MinSize { get; init; }

    /// <summary>If set, is applied to each photo, before other large photos may take memory. Null by default.</summary>
    public Func<Photo, Photo>? Resize { get; init; }

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="PhotoException">The file does not exist, is of another format, is damaged, or exceeds the
    /// limits. The message names the file.</exception>
    public Photo Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            if (SpecialFile.KindOf(path) is string kind)
            {
                throw new PhotoException($"{path}: is {kind}, not a file. Remove it, or name the photo itself.");
            }

            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Read(stream, path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Bytes of a name that are not UTF-8 have been replaced, so that the file cannot be named anymore.
            throw new PhotoException(
                path.Contains('\uFFFD', StringComparison.Ordinal)
                    ? $"{path}: its name is not valid UTF-8. Rename it."
                    : $"{path}: there is no such file.",
                error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new PhotoException($"{path}: cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Reads a stream from its current position to its end.</summary>
    /// <param name="stream">The bytes of a file.</param>
    /// <param name="name">The name for error messages.</param>
    /// <inheritdoc cref="Read(string)"/>
    public Photo Read(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        long expected = stream.CanSeek ? stream.Length - stream.Position : _limits.MaxFileBytes;
        if (expected > _limits.MaxFileBytes)
        {
            throw TooLong(name);
        }

        // One byte more than expected, to detect the end.
        byte[] head = GC.AllocateUninitializedArray<byte>((int)Math.Min(expected, HeadBytes) + 1);
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (length < head.Length)
        {
            return Read(head.AsSpan(0, length), name);
        }

        // A header that is longer than the head may announce any size.
        PhotoHeader? header = PhotoFormat.Of(head, name).ReadHeader(head, out _);
        long bytes = header?.RequiredBytes(expected, name, MinSize, _limits) ?? _limits.MaxMemoryBytes;
        using var memory = new PhotoMemory(bytes, _limits.MaxMemoryBytes);
        return ReadRest(head, header, stream, name);
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">The name for error messages.</param>
    /// <inheritdoc cref="Read(string)"/>
    public Photo Read(ReadOnlySpan<byte> file, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (file.Length > _limits.MaxFileBytes)
        {
            throw TooLong(name);
        }

        PhotoHeader header = PhotoFormat.Of(file, name).ReadHeader(file, name);
        long bytes = header.RequiredBytes(file.Length, name, MinSize, _limits);
        using var memory = new PhotoMemory(bytes, _limits.MaxMemoryBytes);
        return ReadCopy(file, header, name);
    }

    // Methods that hold arrays are not inlined, so that the arrays are garbage when their memory is released.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Photo ReadCopy(ReadOnlySpan<byte> file, PhotoHeader header, string name)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(file.Length + PhotoFormat.Padding);
        file.CopyTo(copy);
        return Decode(copy, file.Length, header, name);
    }

    /// <summary>Reads what follows the head; the header is null, or lacks its orientation, if it continues there.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Photo ReadRest(byte[] head, PhotoHeader? header, Stream stream, string name)
    {
        long expected = stream.CanSeek ? head.Length + stream.Length - stream.Position : _limits.MaxFileBytes;
        int capacity = (int)Math.Min(expected, _limits.MaxFileBytes) + 1;
        byte[] file = GC.AllocateUninitializedArray<byte>(capacity + PhotoFormat.Padding);
        head.CopyTo(file);
        int length = head.Length + stream.ReadAtLeast(
            file.AsSpan(head.Length, capacity - head.Length), capacity - head.Length, throwOnEndOfStream: false);
        if (length == capacity)
        {
            throw TooLong(name);
        }

        if (header is null or { Orientation: 0 })
        {
            header = PhotoFormat.Of(head, name).ReadHeader(file.AsSpan(0, length), name);
            header.RequiredBytes(length, name, MinSize, _limits);
        }

        return Decode(file, length, header, name);
    }

    private Photo Decode(byte[] file, int length, PhotoHeader header, string name)
    {
        Photo photo = PhotoDecoder.Decode(file, length, header, name, MinSize, _limits);
        return Resize is null ? photo : Resize(photo);
    }

    private PhotoException TooLong(string name) =>
        new($"{name}: is longer than the limit of {_limits.MaxFileBytes} bytes for a photo. Make it smaller.");
}
