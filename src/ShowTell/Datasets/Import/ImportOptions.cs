using System.Buffers;
using System.Security.Cryptography;

namespace ShowTell.Datasets.Import;

/// <summary>The options of <see cref="DatasetImport"/>. Their names are part of <see cref="Fingerprint"/>.</summary>
public sealed record ImportOptions
{
    /// <summary>A caption file of any <see cref="CaptionFileKind"/>.</summary>
    public required string Captions { get; init; }

    /// <summary>The photo folder.</summary>
    public required string Photos { get; init; }

    /// <summary>
    /// A file with the name of a train photo per line; null, the default, for the caption file's splits, or a random
    /// split if it has none.
    /// </summary>
    public string? TrainList { get; init; }

    /// <summary>The same for validation photos; give both lists or neither.</summary>
    public string? ValidationList { get; init; }

    /// <summary>The fraction of photos in the validation split of a random split, in (0, 1); 0.1 by default.</summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>The random seed of a random split; 231 by default.</summary>
    public ulong Seed { get; init; } = 231;

    /// <summary>The minimum number of occurrences in train captions of a word of the vocabulary; 5 by default.
    /// </summary>
    public int MinimumCount { get; init; } = 5;

    /// <summary>The maximum vocabulary size without the four markers; null, the default, for no limit.</summary>
    public int? VocabularyWords { get; init; }

    /// <summary>The maximum number of words of a caption, 15 by default; longer captions are left out.</summary>
    public int MaxWords { get; init; } = 15;

    /// <summary>How captions are normalized and split into words.</summary>
    public CaptionNormalization Normalization { get; init; } = new();

    /// <summary>
    /// The SHA-256 of these options and of the contents of the caption file and the lists, as 64 lower-case hexadecimal
    /// digits. Imports with equal fingerprints give the same dataset, unless photos were added or removed.
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
            hash.AppendData(path is null ? [] : InputFile.Read(path, SHA256.HashData));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>
/// How captions are split into words at white space, by default as for the CS231n exercises: in lower case, without
/// ASCII punctuation.
/// </summary>
/// <param name="KeepCase">Whether to keep upper-case letters.</param>
/// <param name="KeepPunctuation">Whether to keep punctuation, as part of the adjacent word.</param>
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
