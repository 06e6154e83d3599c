using System.Runtime.CompilerServices;

namespace ShowTell.Photos;

/// <summary>
/// Reads photos: JPEG (baseline, progressive, grey, CMYK; upright by its EXIF orientation) and PNG (all kinds, put on
/// white). What a file is, its first bytes tell, not its name. Safe to use from several threads at once.
/// </summary>
/// <remarks>
/// <para>A file that ends before its pixels do is refused. One that lacks only its end marker is read, as is one with
/// other bytes behind it. Bytes that were changed amid the pixels often cannot be told from others: such a photo may be
/// read with wrong colors in some places.</para>
/// <para>Pixels are those that Pillow gives: gamma and color profiles are ignored.</para>
/// <para>Whatever the bytes are, the memory taken stays within the limits, by all threads together: photos that do not
/// fit beside those being read wait for them.</para>
/// </remarks>
/// <param name="limits">How large photos may be; by default as <see cref="PhotoLimits"/> has it.</param>
public sealed class PhotoReader(PhotoLimits? limits = null)
{
    // Of most files this is all, and nearly all others tell their size in it.
    private const int HeadBytes = 1 << 20;

    /// <summary>The limits that photos are held to.</summary>
    public PhotoLimits Limits { get; } = limits ?? new PhotoLimits();

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="atLeast">If given, a JPEG is decoded scaled down to the smallest size that is not below it in width
    /// nor in height (seen upright), which is faster; a photo that is smaller than that stays as it is.</param>
    /// <param name="shrink">If given, makes a smaller photo of it before another large one may take memory.</param>
    /// <exception cref="PhotoException">There is no such file, it is neither JPEG nor PNG, damaged, or beyond the
    /// limits. The message names the file.</exception>
    public Photo Read(string path, PhotoSize? atLeast = null, Func<Photo, Photo>? shrink = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            return Read(stream, path, atLeast, shrink);
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

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="atLeast">As in <see cref="Read(string, PhotoSize?, Func{Photo, Photo}?)"/>.</param>
    /// <param name="shrink">As there.</param>
    /// <inheritdoc cref="Read(string, PhotoSize?, Func{Photo, Photo}?)"/>
    public Photo Read(
        ReadOnlySpan<byte> file, string name, PhotoSize? atLeast = null, Func<Photo, Photo>? shrink = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (file.Length > Limits.FileBytes)
        {
            throw TooLong(name);
        }

        using var memory = new PhotoMemory(Measure(file, file.Length, name, atLeast) ?? 0, Limits.MemoryBytes);
        return ReadCopy(file, name, atLeast, shrink);
    }

    // Methods that hold arrays are not inlined, so that the arrays end before their share of the memory does.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Photo ReadCopy(ReadOnlySpan<byte> file, string name, PhotoSize? atLeast, Func<Photo, Photo>? shrink)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(file.Length + PhotoDecoder.Room);
        file.CopyTo(copy);
        return Decode(copy, file.Length, name, atLeast, shrink);
    }

    /// <summary>Reads a stream from where it is to its end.</summary>
    /// <param name="stream">The bytes of a file.</param>
    /// <param name="name">What error messages call it.</param>
    /// <param name="atLeast">As in <see cref="Read(string, PhotoSize?, Func{Photo, Photo}?)"/>.</param>
    /// <param name="shrink">As there.</param>
    /// <inheritdoc cref="Read(string, PhotoSize?, Func{Photo, Photo}?)"/>
    public Photo Read(Stream stream, string name, PhotoSize? atLeast = null, Func<Photo, Photo>? shrink = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        long expected = stream.CanSeek ? stream.Length - stream.Position : Limits.FileBytes;
        if (expected > Limits.FileBytes)
        {
            throw TooLong(name);
        }

        // One byte more than expected, so that the end shows.
        byte[] head = GC.AllocateUninitializedArray<byte>((int)Math.Min(expected, HeadBytes) + 1);
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (length < head.Length)
        {
            return Read(head.AsSpan(0, length), name, atLeast, shrink);
        }

        // A header that does not end in the head may tell of anything.
        long bytes = Measure(head, expected, name, atLeast) ?? Limits.MemoryBytes;
        using var memory = new PhotoMemory(bytes, Limits.MemoryBytes);
        return ReadRest(head, stream, name, atLeast, shrink);
    }

    /// <summary>Reads what follows the head.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Photo ReadRest(byte[] head, Stream stream, string name, PhotoSize? atLeast, Func<Photo, Photo>? shrink)
    {
        long expected = stream.CanSeek ? head.Length + stream.Length - stream.Position : Limits.FileBytes;
        int capacity = (int)Math.Min(expected, Limits.FileBytes) + 1;
        byte[] file = GC.AllocateUninitializedArray<byte>(capacity + PhotoDecoder.Room);
        head.CopyTo(file);
        int length = head.Length + stream.ReadAtLeast(
            file.AsSpan(head.Length, capacity - head.Length), capacity - head.Length, throwOnEndOfStream: false);
        return length == capacity ? throw TooLong(name) : Decode(file, length, name, atLeast, shrink);
    }

    private Photo Decode(byte[] file, int length, string name, PhotoSize? atLeast, Func<Photo, Photo>? shrink)
    {
        Photo photo = PhotoDecoder.Decode(file, length, name, atLeast, Limits);
        return shrink is null ? photo : shrink(photo);
    }

    private long? Measure(ReadOnlySpan<byte> head, long length, string name, PhotoSize? atLeast)
    {
        if (PhotoHeader.FormatOf(head) is null)
        {
            string beginning = head.IsEmpty ? "is empty"
                : $"begins with the bytes {Convert.ToHexString(head[..Math.Min(8, head.Length)])}";
            throw new PhotoException(
                $"{name}: {beginning}, but a photo must be a JPEG or PNG file. Save it as one of them.");
        }

        PhotoHeader? header = PhotoHeader.Read(head, out _);
        return header?.Measure(length, name, header.Scaled(atLeast), Limits);
    }

    private PhotoException TooLong(string name) =>
        new($"{name}: is longer than the {Limits.FileBytes} bytes that a photo's file may have. Make it smaller.");
}
