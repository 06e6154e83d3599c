using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using ShowTell.Data;

namespace ShowTell.Backbones;

/// <summary>
/// How photos become features: the network by its hash, the tensor, the preprocessing, and what is done to the features
/// afterwards. Features mean the same only where all of it is the same (<see cref="Fingerprint"/>). Immutable.
/// </summary>
public sealed partial record PhotoPipeline : IPhotoPipeline
{
    private static readonly RecipeJson s_json = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    });

    /// <summary>File name of the network, by which it is looked for; another name makes no other features.</summary>
    public required string Network { get; init; }

    /// <summary>SHA-256 of the network's file, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Name of the tensor that gives the features.</summary>
    public required string Output { get; init; }

    /// <summary>Whether there are features for each place of a grid, instead of one vector a photo.</summary>
    public required bool IsGrid { get; init; }

    /// <summary>Side of the grid that the network's is averaged down to; 0 where it is the network's own.</summary>
    public int GridSide { get; init; }

    /// <summary>How photos become the network's input.</summary>
    public required BackbonePreprocessing Preprocessing { get; init; }

    /// <summary>What is done to the features of each place; null for nothing.</summary>
    public FeatureTransform? Transform { get; init; }

    /// <summary>SHA-256 of all that decides the features, 64 lower-case hexadecimal digits.</summary>
    public string Fingerprint()
    {
        string all = (this with { Network = "" }).ToJson() + Transform?.Fingerprint();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    /// <summary>The recipe as one line of JSON, but for the transform.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new Fields(Network, Sha256, Output, IsGrid, Preprocessing.ToEntries(), GridSide), s_json.Fields);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="origin">Where the text stands, for messages.</param>
    /// <param name="json">The text.</param>
    /// <param name="transform">The transform, which stands elsewhere.</param>
    /// <exception cref="ModelFileException">The text is no recipe.</exception>
    public static PhotoPipeline FromJson(string origin, string json, FeatureTransform? transform)
    {
        try
        {
            Fields fields = JsonSerializer.Deserialize(json, s_json.Fields) ?? throw new JsonException("It is null.");
            if (fields.Sha256.Length != 64 || !fields.Sha256.All(char.IsAsciiHexDigitLower))
            {
                throw new JsonException("The SHA-256 of the network is not 64 hexadecimal digits.");
            }

            if (fields.GridSide < 0 || (fields.GridSide > 0 && !fields.Grid))
            {
                throw new JsonException($"A side of {fields.GridSide} is none of a grid.");
            }

            return new PhotoPipeline
            {
                Network = fields.Network,
                Sha256 = fields.Sha256,
                Output = fields.Output,
                IsGrid = fields.Grid,
                GridSide = fields.GridSide,
                Preprocessing = new BackbonePreprocessingReader(origin, fields.Preprocessing).Read(),
                Transform = transform,
            };
        }
        catch (JsonException error)
        {
            throw new ModelFileException($"{origin}: its recipe of features is damaged: {error.Message}", error);
        }
    }

    /// <summary>
    /// The first thing in which features by another recipe differ from those by this one, as a sentence's end such as
    /// <c>channel_order RGB where BGR was expected</c>; null where they mean the same.
    /// </summary>
    public string? DifferenceOf(IPhotoPipeline other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return DifferenceOf((PhotoPipeline)other);
    }

    private string? DifferenceOf(PhotoPipeline other)
    {
        if (other.Sha256 != Sha256)
        {
            return $"the network {other.Network} ({other.Sha256[..12]}) where {Network} ({Sha256[..12]}) was expected";
        }

        if ((other.Output, other.IsGrid, other.GridSide) != (Output, IsGrid, GridSide))
        {
            return $"{Tensor(other)} where {Tensor(this)} was expected";
        }

        IReadOnlyDictionary<string, string> expected = Preprocessing.ToEntries();
        foreach ((string name, string value) in other.Preprocessing.ToEntries())
        {
            if (value != expected[name])
            {
                return $"{name} {value} where {expected[name]} was expected";
            }
        }

        return other.Fingerprint() == Fingerprint()
            ? null
            : $"{Describe(other.Transform)} where {Describe(Transform)} were expected";
    }

    /// <inheritdoc/>
    public bool Equals(PhotoPipeline? other) => other is not null && Fingerprint() == other.Fingerprint();

    /// <inheritdoc/>
    public override int GetHashCode() => Sha256.GetHashCode(StringComparison.Ordinal);

    /// <summary>In a few words, such as <c>pooled of net.onnx (0a1b2c3d4e5f), standardised</c>.</summary>
    public override string ToString() =>
        $"{Output} of {Network} ({Sha256[..12]}){(IsGrid ? ", place by place" : "")}"
        + Transform switch
        {
            null => "",
            { Components: null } => ", standardised",
            { Components: var components } => $", {components.Rows} principal components",
        };

    private static string Tensor(PhotoPipeline recipe) =>
        $"the tensor {recipe.Output}" + recipe switch
        {
            { IsGrid: false } => "",
            { GridSide: 0 } => ", place by place,",
            { GridSide: int side } => FormattableString.Invariant($", averaged to {side} x {side} places,"),
        };

    private static string Describe(FeatureTransform? transform) => transform switch
    {
        null => "features as the network gives them",
        { Components: null } => $"standardised features ({transform.Fingerprint()[..12]})",
        { Components: var components } => $"{components.Rows} principal components ({transform.Fingerprint()[..12]})",
    };

    // Left out where the grid is the network's own: such recipes have the fingerprint that they always had.
    private sealed record Fields(
        string Network,
        string Sha256,
        string Output,
        bool Grid,
        IReadOnlyDictionary<string, string> Preprocessing,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int GridSide = 0);

    [JsonSerializable(typeof(Fields))]
    private sealed partial class RecipeJson : JsonSerializerContext;
}
