using System.Buffers;
using System.Security.Cryptography;

namespace ShowTell.Datasets.Import;

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
            hash.AppendData(path is null ? [] : CaptionFile.Read(path, SHA256.HashData));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>
/// How the text of a caption becomes words, by default as for the CS231n exercises: lower case, no ASCII punctuation,
/// split at white space.
/// </summary>
/// <param name="KeepCase">Whether upper-case letters stay.</param>
/// <param name="KeepPunctuation">Whether punctuation stays, as part of the word that it stands at.</param>
public sealed record CaptionNormalization(bool KeepCase = false, bool KeepPunctuation = false)
{
    private static readonly SearchValues<char> s_punctuation =
        SearchValues.Create("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~");

    /// <summary>The words of a caption.</summary>
    public string[] Words(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        string text = KeepPunctuation || !caption.AsSpan().ContainsAny(s_punctuation)
            ? caption
            : string.Concat(caption.Where(letter => !s_punctuation.Contains(letter)));
        return (KeepCase ? text : text.ToLowerInvariant()).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    }
}
