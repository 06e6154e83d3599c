using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace ShowTell.Hdf5;

/// <summary>Reads datasets of strings, within limits of number and size that no header can lift.</summary>
internal static class Hdf5Strings
{
    /// <summary>Most bytes of a dataset's strings, and of the heaps that they lie in.</summary>
    public const long MaxBytes = 128L << 20;

    private const int MaxCount = 1 << 22;

    // Length, then address and number of an object in a heap.
    private const int ReferenceBytes = 16;

    /// <summary>UTF-8 that refuses what is not.</summary>
    public static UTF8Encoding Utf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads all strings of a dataset. Padding is left off.</summary>
    /// <exception cref="DataException">They are too many, too long, not UTF-8, or cannot be read.</exception>
    public static string[] Read(Hdf5Dataset dataset)
    {
        BigInteger count = dataset.Info.ElementCount;
        if (count > MaxCount)
        {
            throw new DataException($"{dataset.Subject}: holds {count} strings; {MaxCount} are the limit.");
        }

        if (count.IsZero)
        {
            return [];
        }

        if (dataset.Type.IsVariable && dataset.Type.Bytes != ReferenceBytes)
        {
            throw new DataException($"{dataset.Subject}: its strings are referred to in an unknown way.");
        }

        RequireBytes(dataset, count * (dataset.Type.IsVariable ? 1 : dataset.Type.Bytes));
        dataset.Locate();
        var elements = new byte[(int)count * dataset.Type.Bytes];
        dataset.ReadAll(elements);
        return dataset.Type.IsVariable ? Variable(dataset, elements) : Fixed(dataset, elements);
    }

    private static string[] Variable(Hdf5Dataset dataset, byte[] references)
    {
        var heaps = new Hdf5Heaps(dataset);
        var strings = new string[references.Length / ReferenceBytes];
        long bytes = 0;
        for (int i = 0; i < strings.Length; i++)
        {
            ReadOnlySpan<byte> reference = references.AsSpan(i * ReferenceBytes, ReferenceBytes);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(reference);
            bytes += length;
            RequireBytes(dataset, bytes);
            strings[i] = length == 0
                ? ""
                : Decode(dataset, i, UpToNull(heaps.Find(
                    BinaryPrimitives.ReadUInt64LittleEndian(reference[4..]),
                    BinaryPrimitives.ReadUInt32LittleEndian(reference[12..]),
                    length)));
        }

        return strings;
    }

    private static string[] Fixed(Hdf5Dataset dataset, byte[] elements)
    {
        int width = dataset.Type.Bytes;
        var strings = new string[elements.Length / width];
        for (int i = 0; i < strings.Length; i++)
        {
            ReadOnlySpan<byte> element = elements.AsSpan(i * width, width);
            strings[i] = Decode(dataset, i, dataset.Type.Padding switch
            {
                "NullTerminate" => UpToNull(element),
                "SpacePad" => element.TrimEnd((byte)' '),
                _ => element.TrimEnd((byte)0),
            });
        }

        return strings;
    }

    private static void RequireBytes(Hdf5Dataset dataset, BigInteger bytes)
    {
        if (bytes > MaxBytes)
        {
            throw new DataException(
                $"{dataset.Subject}: its strings take more than {MaxBytes} bytes, which are the limit.");
        }
    }

    private static ReadOnlySpan<byte> UpToNull(ReadOnlySpan<byte> bytes)
    {
        int length = bytes.IndexOf((byte)0);
        return length < 0 ? bytes : bytes[..length];
    }

    private static string Decode(Hdf5Dataset dataset, int index, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException error)
        {
            throw new DataException($"{dataset.Subject}: string {index} is not UTF-8.", error);
        }
    }
}
