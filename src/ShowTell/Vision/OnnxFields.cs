using Google.Protobuf;
using ShowTell.Files;

namespace ShowTell.Vision;

/// <summary>A field of a protobuf message in a stream.</summary>
/// <param name="Tag">Its number and wire type.</param>
/// <param name="Start">Position of its tag.</param>
/// <param name="Content">Position of its content.</param>
/// <param name="End">Position behind it.</param>
internal readonly record struct OnnxField(uint Tag, long Start, long Content, long End);

/// <summary>The fields of a protobuf message in a stream, one after the other, without their contents.</summary>
internal static class OnnxFields
{
    /// <summary>The tag of a field that holds a message.</summary>
    public static uint Tag(int number) => WireFormat.MakeTag(number, WireFormat.WireType.LengthDelimited);

    /// <summary>The fields between two positions. The stream may be moved in between.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public static IEnumerable<OnnxField> Of(Stream stream, long start, long end)
    {
        while (start < end)
        {
            stream.Position = start;
            uint tag = (uint)ReadVarint(stream);
            ulong length = WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.LengthDelimited => ReadVarint(stream),
                WireFormat.WireType.Varint => 0 * ReadVarint(stream),
                WireFormat.WireType.Fixed32 => sizeof(uint),
                WireFormat.WireType.Fixed64 => sizeof(ulong),
                _ => throw new FormatException("a field of an unknown type"),
            };
            long content = stream.Position;
            if (content > end || length > (ulong)(end - content))
            {
                throw new FormatException("a field that goes beyond the end");
            }

            yield return new OnnxField(tag, start, content, start = content + (long)length);
        }
    }

    /// <summary>Writes the tag and the length of a field that holds a message.</summary>
    public static void WriteHeader(Stream target, uint tag, long length)
    {
        WriteVarint(target, tag);
        WriteVarint(target, (ulong)length);
    }

    /// <summary>Copies a whole field.</summary>
    public static void Copy(Stream source, OnnxField field, Stream target) =>
        StreamPart.Copy(source, field.Start, field.End - field.Start, target);

    private static ulong ReadVarint(Stream stream)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = stream.ReadByte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return next >= 0 ? value : throw new FormatException("a field that goes beyond the end");
            }
        }

        throw new FormatException("a number of more than 64 bits");
    }

    private static void WriteVarint(Stream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            stream.WriteByte((byte)(value | 0x80));
        }

        stream.WriteByte((byte)value);
    }
}
