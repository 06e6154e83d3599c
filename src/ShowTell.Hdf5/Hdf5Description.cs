using System.Text.Json;
using System.Text.Json.Serialization;
using ShowTell.Files;

namespace ShowTell.Hdf5;

/// <summary>What <see cref="Hdf5Worker"/> tells of a tensor.</summary>
/// <param name="Name">As in <see cref="TensorInfo"/>.</param>
/// <param name="Shape">As in <see cref="TensorInfo"/>.</param>
/// <param name="Type">As in <see cref="TensorInfo"/>.</param>
/// <param name="BigEndian">Whether the first byte of a number is its most significant one.</param>
/// <param name="Offset">Where in the file the elements lie in one piece, as numbers; -1 if they do not.</param>
/// <param name="Problem">Why the elements cannot be read; null if they can.</param>
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
