using System.Text.Json.Serialization;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>The description of a tensor that <see cref="Hdf5Worker"/> passes to its parent process.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Type">Its element type.</param>
/// <param name="BigEndian">Whether its elements are big-endian.</param>
/// <param name="Offset">The offset of its contiguous elements in the file; -1 if they are copied.</param>
/// <param name="Problem">Why it cannot be read; null if it can.</param>
internal sealed partial record Hdf5Description(
    string Name, long[] Shape, string Type, bool BigEndian, long Offset, string? Problem)
{
    [JsonIgnore]
    public TensorInfo Info { get; } = new(Name, Shape, Type);

    public static string ToJson(IEnumerable<Hdf5Description> tensors) =>
        JsonSerializer.Serialize([.. tensors], Json.Default.Hdf5DescriptionArray);

    public static Hdf5Description[] Parse(string json) =>
        JsonSerializer.Deserialize(json, Json.Default.Hdf5DescriptionArray)!;

    [JsonSerializable(typeof(Hdf5Description[]))]
    private sealed partial class Json : JsonSerializerContext;
}
