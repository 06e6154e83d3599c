using System.Buffers;

namespace ShowTell.Files;

/// <summary>Parts of streams.</summary>
internal static class StreamPart
{
    /// <summary>Copies a part of a stream.</summary>
    /// <exception cref="IOException">The source is too short, or a stream fails.</exception>
    public static void Copy(Stream source, long position, long length, Stream target)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        source.Position = position;
        while (length > 0)
        {
            int count = (int)Math.Min(length, buffer.Length);
            source.ReadExactly(buffer, 0, count);
            target.Write(buffer, 0, count);
            length -= count;
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }
}
