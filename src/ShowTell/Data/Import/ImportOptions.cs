using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ShowTell.Data.Import;

/// <summary>What <see cref="DatasetImport"/> makes a dataset of, and how.</summary>
public sealed record ImportOptions
{
    /// <summary>A caption file of any <see cref="CaptionFileKind"/>.</summary>
    public required string Captions { get; init; }

    /// <summary>The folder of the photos.</summary>
    public required string Photos { get; init; }

    /// <summary>
    /// A file with the name of a train photo a line; null, the default, for the caption file's own splits or a draw.
    /// </summary>
    public string? TrainList { get; init; }

    /// <summary>The same for validation photos; both lists are given, or neither.</summary>
    public string? ValidationList { get; init; }

    /// <summary>
    /// The share of photos drawn for validation where neither lists nor the caption file split them, in (0, 1); 0.1 by
    /// default.
    /// </summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>Seed of that draw; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>How often a word must occur in train captions to get into the vocabulary; 5 by default.</summary>
    public int MinimumCount { get; init; } = 5;

    /// <summary>The most words of the vocabulary, its four markers not counted; null, the default, for all.</summary>
    public int? VocabularyWords { get; init; }

    /// <summary>The most words of a caption; longer ones are left out. 15 by default.</summary>
    public int MaxWords { get; init; } = 15;

    /// <summary>How captions become words.</summary>
    public CaptionNormalization Normalization { get; init; } = new();

    /// <summary>
    /// SHA-256 of these options and of what the caption file and the lists hold, 64 lower-case hexadecimal digits: the
    /// same for what imports the same dataset, as long as no photo comes or goes.
    /// </summary>
    /// <exception cref="DataException">A file cannot be read.</exception>
    public string Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ImportOptions general = this with { Captions = "", TrainList = null, ValidationList = null, Photos = "" };
        hash.AppendData(Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{general}\n{Path.GetFullPath(Photos)}\n")));
        foreach (string? path in new[] { Captions, TrainList, ValidationList })
        {
            hash.AppendData(path is null ? [] : HashOf(path));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static byte[] HashOf(string path)
    {
        using FileStream stream = CaptionFile.Open(path);
        try
        {
            return SHA256.HashData(stream);
        }
        catch (IOException error)
        {
            throw new DataException($"{path}: cannot be read: {error.Message}", error);
        }
    }
}
