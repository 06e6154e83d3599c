using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace ShowTell.Cli.Output;

/// <summary>What a training run reads, in its record.</summary>
internal sealed record RunInputs
{
    /// <summary>The dataset: the full path of its folder, or <c>scenes</c>. Of photos, the one made of them.</summary>
    public required string Dataset { get; init; }

    /// <summary>The file of the dataset's features, where the run made it; null for the one that its options
    /// name.</summary>
    public string? Features { get; init; }

    /// <summary>The dataset's fingerprint.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>The fingerprint of the references by which epochs are compared; null if they are compared by
    /// loss.</summary>
    public string? References { get; init; }

    /// <summary>The SHA-256 of the model file that is refined; null for none.</summary>
    public string? OriginalSha256 { get; init; }

    /// <summary>All texts that are there.</summary>
    [JsonIgnore]
    public IEnumerable<string?> Texts =>
        [Dataset, Fingerprint, .. new[] { Features, References, OriginalSha256 }.OfType<string>()];

    public static RunInputs Of(string dataset, string? features, ReferenceCaptions? references) => new()
    {
        Dataset = Directory.Exists(dataset) ? Path.GetFullPath(dataset) : dataset,
        Features = features,
        References = references?.Fingerprint(),
    };

    /// <summary>The SHA-256 of a file.</summary>
    public static string HashOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>Refuses other data than those of an earlier run.</summary>
    /// <param name="recorded">Those of the earlier run.</param>
    /// <param name="environment">What the earlier run was computed with.</param>
    /// <exception cref="IncompatibleException">The dataset or the references differ.</exception>
    public void EnsureSameData(RunInputs recorded, RunEnvironment environment)
    {
        if (Fingerprint != recorded.Fingerprint)
        {
            throw new IncompatibleException(
                $"{Dataset}: is not the dataset of the run: the fingerprint of its vocabulary, captions and features "
                + $"is {Fingerprint}, that of the run's is {recorded.Fingerprint}. "
                + (Directory.Exists(Dataset)
                    ? "Name the run's dataset with --dataset."
                    : "Scenes are recomputed, and have the same bits with the same versions and vectors only: "
                        + environment.Describe(RunEnvironment.Current())));
        }

        if (References != recorded.References)
        {
            throw new IncompatibleException(
                $"{Dataset}: the reference captions by which epochs are compared are not those of the run: restore "
                + "them.");
        }
    }
}
