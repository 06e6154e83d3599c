using System.Text.Json.Serialization;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>What <see cref="Hdf5Worker"/> tells of a tensor, as <see cref="Hdf5Tensor"/> has it.</summary>
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
