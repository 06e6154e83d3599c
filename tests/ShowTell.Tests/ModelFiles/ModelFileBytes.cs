using System.Buffers.Binary;
using System.Text.Json.Nodes;
using ShowTell.Fuzz;

namespace ShowTell.Tests.ModelFiles;

/// <summary>Model files with forged contents whose checksums are right.</summary>
internal static class ModelFileBytes
{
    /// <summary>Where a tensor's bytes are.</summary>
    public static Range RangeOf(byte[] file, string tensor)
    {
        int start = DataStart(file);
        JsonNode offsets = JsonNode.Parse(file.AsSpan(8, start - 8))![tensor]!["data_offsets"]!;
        return (start + offsets[0]!.GetValue<int>())..(start + offsets[1]!.GetValue<int>());
    }

    /// <summary>Computes all checksums again.</summary>
    public static byte[] Reseal(byte[] file) => FuzzChecksums.RepairModel(file);

    private static int DataStart(byte[] file) => 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(file);
}
