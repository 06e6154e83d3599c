using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using ShowTell.Interop;

namespace ShowTell.Data;

/// <summary>Reads datasets of strings, within limits of number and size that no header can lift.</summary>
internal static unsafe class Hdf5Strings
{
    /// <summary>Most bytes of a dataset's strings, and of the heaps that they lie in.</summary>
    public const long MaxBytes = 128L << 20;

    private const int MaxCount = 1 << 22;

    /// <summary>UTF-8 that refuses what is none.</summary>
    public static UTF8Encoding Utf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string[] Read(Hdf5Dataset dataset, Hdf5File file, Hdf5Handle handle)
    {
        BigInteger count = dataset.Info.ElementCount;
        if (count > MaxCount)
        {
            throw new DataException($"{dataset.Described}: holds {count} strings; {MaxCount} are the limit.");
        }

        if (count.IsZero)
        {
            return [];
        }

        using var scope = Hdf5Library.Enter();
        using Hdf5Handle type = Hdf5Native.H5Dget_type(handle);
        return Hdf5Native.H5Tis_variable_str(type) > 0
            ? ReadVariable(dataset, file, handle, (int)count)
            : ReadFixed(dataset, handle, type, (int)count);
    }

    private static string[] ReadVariable(Hdf5Dataset dataset, Hdf5File file, Hdf5Handle handle, int count)
    {
        var heaps = new Hdf5Heaps(dataset, file);
        byte[] references = ReadBytes(dataset, handle, Hdf5Types.StringReference, count * Hdf5Types.ReferenceSize);
        var strings = new string[count];
        long bytes = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> reference = references.AsSpan(i * Hdf5Types.ReferenceSize, Hdf5Types.ReferenceSize);
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

    private static string[] ReadFixed(Hdf5Dataset dataset, Hdf5Handle handle, Hdf5Handle type, int count)
    {
        BigInteger bytes = (BigInteger)count * Hdf5Native.H5Tget_size(type);
        RequireBytes(dataset, bytes);
        byte[] elements = ReadBytes(dataset, handle, type.DangerousGetHandle(), (int)bytes);
        int width = elements.Length / count;
        int padding = Hdf5Native.H5Tget_strpad(type);
        var strings = new string[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> element = elements.AsSpan(i * width, width);
            strings[i] = Decode(dataset, i, padding switch
            {
                Hdf5Native.PadNullTerminated => UpToNull(element),
                Hdf5Native.PadSpaces => element.TrimEnd((byte)' '),
                _ => element.TrimEnd((byte)0),
            });
        }

        return strings;
    }

    private static byte[] ReadBytes(Hdf5Dataset dataset, Hdf5Handle handle, nint type, int bytes)
    {
        var elements = new byte[bytes];
        fixed (byte* buffer = elements)
        {
            Hdf5Handle all = Hdf5Handle.Default;
            if (Hdf5Native.H5Dread(handle, type, all, all, Hdf5Handle.Default, buffer) < 0)
            {
                throw Hdf5Library.Failure($"{dataset.Described}: cannot be read");
            }
        }

        return elements;
    }

    private static void RequireBytes(Hdf5Dataset dataset, BigInteger bytes)
    {
        if (bytes > MaxBytes)
        {
            throw new DataException(
                $"{dataset.Described}: its strings take more than {MaxBytes} bytes, which are the limit.");
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
        catch (DecoderFallbackException exception)
        {
            throw new DataException($"{dataset.Described}: string {index} is no UTF-8.", exception);
        }
    }
}
