using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json.Serialization;
using ShowTell.Data;

namespace ShowTell.Backbones;

/// <summary>
/// How photos become features: the backbone (by its SHA-256), its output tensor, the preprocessing, and the transform
/// of the features. Only features of equal pipelines are comparable (<see cref="Fingerprint"/>). Immutable.
/// </summary>
public sealed partial record PhotoPipeline : IPhotoPipeline
{
    private static readonly PipelineJson s_json = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters =
        {
            new JsonStringEnumConverter<OutputLayout>(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
            new JsonStringEnumConverter<ClassToken>(JsonNamingPolicy.CamelCase, allowIntegerValues: false),
        },
    });

    /// <summary>File name of the backbone, used to find it; does not affect equality.</summary>
    public required string BackboneFile { get; init; }

    /// <summary>SHA-256 of the backbone's file, 64 lower-case hexadecimal digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Name of the output tensor; names of several, separated by commas.</summary>
    public required string Output { get; init; }

    /// <summary>Whether there are features for each region of a grid, instead of one vector per photo.</summary>
    public required bool IsGrid { get; init; }

    /// <summary>Side to which the backbone's grid is averaged; 0 if it is the backbone's own.</summary>
    public int GridSide { get; init; }

    /// <summary>Where the output has its features.</summary>
    public OutputLayout Layout { get; init; }

    /// <summary>What became of the class token and its like.</summary>
    public ClassToken ClassToken { get; init; }

    /// <summary>How photos become the backbone's input.</summary>
    public required BackbonePreprocessing Preprocessing { get; init; }

    /// <summary>The transform of each region's features; null for none.</summary>
    public FeatureTransform? Transform { get; init; }

    /// <summary>SHA-256 of everything that determines the features, 64 lower-case hexadecimal digits.</summary>
    public string Fingerprint()
    {
        string all = (this with { BackboneFile = "" }).ToJson() + Transform?.Fingerprint();
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)));
    }

    /// <summary>The options by which a backbone computes these features.</summary>
    /// <param name="threads">Threads per run; 0 for one per processor.</param>
    public BackboneOptions ToBackboneOptions(int threads = 0) => new()
    {
        Output = Output,
        Grid = IsGrid,
        GridSide = GridSide,
        Layout = Layout,
        ClassToken = ClassToken,
        Sha256 = Sha256,
        Preprocessing = Preprocessing,
        Threads = threads,
    };

    /// <summary>The pipeline as one line of JSON, without the transform.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new Fields(BackboneFile, Sha256, Output, IsGrid, Preprocessing.ToEntries(), GridSide, Layout, ClassToken),
        s_json.Fields);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="origin">The source of the text, for error messages.</param>
    /// <param name="json">The text.</param>
    /// <param name="transform">The transform, which is stored separately; null for none.</param>
    /// <exception cref="ModelFileException">The text is not a valid pipeline.</exception>
    public static PhotoPipeline FromJson(string origin, string json, FeatureTransform? transform)
    {
        try
        {
            Fields fields = JsonSerializer.Deserialize(json, s_json.Fields) ?? throw new JsonException("It is null.");
            if (fields.Sha256.Length != 64 || !fields.Sha256.All(char.IsAsciiHexDigitLower))
            {
                throw new JsonException("The SHA-256 of the backbone is not 64 hexadecimal digits.");
            }

            if (fields.Preprocessing.Values.Contains(null))
            {
                throw new JsonException("The preprocessing has an entry that is null.");
            }

            if (fields.GridSide < 0 || (fields.GridSide > 0 && !fields.Grid))
            {
                throw new JsonException($"The grid side {fields.GridSide} is invalid.");
            }

            return new PhotoPipeline
            {
                BackboneFile = fields.Network,
                Sha256 = fields.Sha256,
                Output = fields.Output,
                IsGrid = fields.Grid,
                GridSide = fields.GridSide,
                Layout = fields.Layout,
                ClassToken = fields.ClassToken,
                Preprocessing = new BackbonePreprocessingReader(origin, fields.Preprocessing).Read(),
                Transform = transform,
            };
        }
        catch (JsonException error)
        {
            throw new ModelFileException($"{origin}: its photo pipeline is damaged: {error.Message}", error);
        }
    }

    /// <summary>
    /// The first difference of another pipeline from this one, as the end of a sentence, such as
    /// <c>channel_order RGB where BGR was expected</c>; null if they are equal.
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
            return $"the backbone {other.BackboneFile} ({other.Sha256[..12]}) where {BackboneFile} "
                + $"({Sha256[..12]}) was expected";
        }

        if ((other.Output, other.IsGrid, other.GridSide, other.Layout, other.ClassToken)
            != (Output, IsGrid, GridSide, Layout, ClassToken))
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

    /// <summary>A short description, such as <c>pooled of net.onnx (0a1b2c3d4e5f), standardized</c>.</summary>
    public override string ToString() =>
        $"{Output} of {BackboneFile} ({Sha256[..12]}){(IsGrid ? ", region by region" : "")}"
        + Transform switch
        {
            null => "",
            { Components: null } => ", standardized",
            { Components: var components } => $", {components.Rows} principal components",
        };

    private static string Tensor(PhotoPipeline pipeline) =>
        $"the tensor {pipeline.Output}"
        + pipeline switch
        {
            { IsGrid: false } => "",
            { GridSide: 0 } => ", region by region,",
            { GridSide: int side } => FormattableString.Invariant($", averaged to {side} x {side} regions,"),
        }
        + pipeline.Layout switch
        {
            OutputLayout.AsInput => "",
            OutputLayout.ChannelsFirst => " as NCHW",
            _ => " as NHWC",
        }
        + pipeline.ClassToken switch
        {
            ClassToken.Keep => "",
            ClassToken.Drop => " without the class token",
            _ => " (the class token alone)",
        };

    private static string Describe(FeatureTransform? transform) => transform switch
    {
        null => "features as the backbone computes them",
        { Components: null } => $"standardized features ({transform.Fingerprint()[..12]})",
        { Components: var components } => $"{components.Rows} principal components ({transform.Fingerprint()[..12]})",
    };

    // What has its default is omitted, so that the fingerprints of older pipelines stay the same.
    private sealed record Fields(
        string Network,
        string Sha256,
        string Output,
        bool Grid,
        IReadOnlyDictionary<string, string> Preprocessing,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int GridSide = 0,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        OutputLayout Layout = OutputLayout.AsInput,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        ClassToken ClassToken = ClassToken.Keep);

    [JsonSerializable(typeof(Fields))]
    private sealed partial class PipelineJson : JsonSerializerContext;
}
