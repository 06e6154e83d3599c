using System.Security.Cryptography;

namespace ShowTell.Data;

/// <summary>The kind of a caption's tokens.</summary>
public enum TokenKind
{
    /// <summary>Words, separated by spaces.</summary>
    Word,

    /// <summary>Characters, spaces included.</summary>
    Character,
}

/// <summary>
/// The tokens of captions and their ids, four markers included: <c>&lt;NULL&gt;</c> pads a caption,
/// <c>&lt;START&gt;</c> opens it, <c>&lt;END&gt;</c> closes it, <c>&lt;UNK&gt;</c> stands for unknown tokens.
/// Immutable.
/// </summary>
public sealed class Vocabulary
{
    /// <summary>Pads a caption to its width.</summary>
    public const string Null = "<NULL>";

    /// <summary>Opens a caption.</summary>
    public const string Start = "<START>";

    /// <summary>Closes a caption.</summary>
    public const string End = "<END>";

    /// <summary>Stands for a token outside the vocabulary.</summary>
    public const string Unknown = "<UNK>";

    /// <summary>The maximum length of a token in UTF-16 characters.</summary>
    public const int MaxTokenLength = 256;

    private readonly string[] _tokens;
    private readonly Dictionary<string, int> _ids;

    /// <summary>Creates a vocabulary from its tokens in the order of their ids.</summary>
    /// <exception cref="DataException">A token is empty, duplicate, longer than <see cref="MaxTokenLength"/> or has a
    /// control character, or a marker is missing.</exception>
    public Vocabulary(IEnumerable<string> tokens, TokenKind kind = TokenKind.Word)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        _tokens = [.. tokens];
        Kind = kind;
        _ids = new Dictionary<string, int>(_tokens.Length, StringComparer.Ordinal);
        for (int id = 0; id < _tokens.Length; id++)
        {
            if (string.IsNullOrEmpty(_tokens[id]))
            {
                throw new DataException($"The vocabulary's token {id} is empty.");
            }

            if (!IsPossible(_tokens[id]))
            {
                throw new DataException(
                    $"The vocabulary's token {id}, \"{Escape(_tokens[id])}\", has a control character or more than "
                    + $"{MaxTokenLength} characters.");
            }

            if (!_ids.TryAdd(_tokens[id], id))
            {
                throw new DataException(
                    $"The vocabulary holds \"{_tokens[id]}\" twice, as {_ids[_tokens[id]]} and as {id}.");
            }
        }

        NullId = IdOfMarker(Null);
        StartId = IdOfMarker(Start);
        EndId = IdOfMarker(End);
        UnknownId = IdOfMarker(Unknown);
    }

    /// <summary>Whether tokens are words or characters.</summary>
    public TokenKind Kind { get; }

    /// <summary>V, the number of tokens.</summary>
    public int Count => _tokens.Length;

    /// <summary>All tokens in the order of their ids.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>The id of <see cref="Null"/>.</summary>
    public int NullId { get; }

    /// <summary>The id of <see cref="Start"/>.</summary>
    public int StartId { get; }

    /// <summary>The id of <see cref="End"/>.</summary>
    public int EndId { get; }

    /// <summary>The id of <see cref="Unknown"/>.</summary>
    public int UnknownId { get; }

    /// <summary>SHA-256 of kind and tokens, in lower-case hexadecimal.</summary>
    public string Fingerprint =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Kind}\n{string.Join('\n', _tokens)}")));

    /// <summary>
    /// The vocabulary of all characters in the captions but control characters: the markers, then the characters in
    /// ordinal order.
    /// </summary>
    public static Vocabulary OfCharacters(IEnumerable<string> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        IEnumerable<string> characters = captions
            .SelectMany(SplitCharacters)
            .Where(character => character != Unknown && IsPossible(character))
            .Distinct()
            .Order(StringComparer.Ordinal);
        return new Vocabulary([Null, Start, End, Unknown, .. characters], TokenKind.Character);
    }

    /// <summary>The vocabulary of all words in the captions, by descending frequency, ties in ordinal order.</summary>
    /// <param name="captions">Captions, words separated by spaces; markers among them are ignored.</param>
    /// <param name="minCount">The minimum number of occurrences of a word; by default 1.</param>
    public static Vocabulary OfWords(IEnumerable<string> captions, int minCount = 1)
    {
        ArgumentNullException.ThrowIfNull(captions);
        return OfCounts(
            captions.SelectMany(caption => caption.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .CountBy(word => word, StringComparer.Ordinal),
            minCount);
    }

    /// <summary>The vocabulary of the most frequent of these words.</summary>
    internal static Vocabulary OfCounts(
        IEnumerable<KeyValuePair<string, int>> counts,
        int minCount,
        int? maxWords = null,
        TokenKind kind = TokenKind.Word)
    {
        IEnumerable<string> words = counts
            .Where(pair => pair.Value >= minCount && !IsMarker(pair.Key) && IsPossible(pair.Key))
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Take(maxWords ?? int.MaxValue)
            .Select(pair => pair.Key);
        return new Vocabulary([Null, Start, End, Unknown, .. words], kind);
    }

    private static bool IsPossible(string token) => token.Length <= MaxTokenLength && !token.Any(char.IsControl);

    /// <summary>The start of a token that is not fit to be shown.</summary>
    private static string Escape(string token)
    {
        const int shown = 40;
        string start = string.Concat(token.Take(shown).Select(
            letter => char.IsControl(letter) ? $"\\u{(int)letter:x4}" : $"{letter}"));
        return token.Length > shown ? start + "..." : start;
    }

    internal static bool IsMarker(string word) => word is Null or Start or End or Unknown;

    /// <summary>The id of a token, or that of <see cref="Unknown"/>.</summary>
    public int IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : UnknownId;

    /// <summary>
    /// Encodes a caption as ids: start marker, tokens, end marker, null markers to fill <paramref name="ids"/>. Excess
    /// tokens are dropped; the end marker is always there.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="ids"/> has fewer than two elements.</exception>
    public void Encode(string caption, Span<int> ids)
    {
        ArgumentNullException.ThrowIfNull(caption);
        if (ids.Length < 2)
        {
            throw new ArgumentException("A caption needs at least two ids, for its start and its end.", nameof(ids));
        }

        ids.Fill(NullId);
        ids[0] = StartId;
        int length = 1;
        foreach (string token in Split(caption).Take(ids.Length - 2))
        {
            ids[length++] = IdOf(token);
        }

        ids[length] = EndId;
    }

    /// <summary>Encodes captions, <paramref name="width"/> ids each.</summary>
    internal int[] EncodeBatch(IReadOnlyList<string> captions, int width)
    {
        var ids = new int[captions.Count * width];
        for (int i = 0; i < captions.Count; i++)
        {
            Encode(captions[i], ids.AsSpan(i * width, width));
        }

        return ids;
    }

    /// <summary>
    /// The tokens of a caption without markers. An <see cref="Unknown"/> is one token even among characters.
    /// </summary>
    public IEnumerable<string> Split(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return Kind == TokenKind.Word
            ? caption.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : SplitCharacters(caption);
    }

    /// <summary>The share of <see cref="Unknown"/> among the tokens of captions, other markers left out.</summary>
    /// <param name="ids">The ids of any number of captions.</param>
    public double UnknownShare(ReadOnlySpan<int> ids)
    {
        int tokens = 0, unknown = 0;
        foreach (int id in ids)
        {
            tokens += id == NullId || id == StartId || id == EndId ? 0 : 1;
            unknown += id == UnknownId ? 1 : 0;
        }

        return (double)unknown / Math.Max(tokens, 1);
    }

    /// <summary>
    /// Decodes a caption, without <see cref="Null"/> tokens and anything after the first <see cref="End"/>.
    /// </summary>
    /// <param name="ids">The ids of one caption.</param>
    /// <param name="keepMarkers">Whether to keep the start and end markers, as the exercise's
    /// <c>decode_captions</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in [0, V).</exception>
    public string Decode(ReadOnlySpan<int> ids, bool keepMarkers = false)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)id, (uint)Count, nameof(ids));
            bool isBoundary = id == StartId || id == EndId;
            if (id != NullId && (keepMarkers || !isBoundary))
            {
                tokens.Add(_tokens[id]);
            }

            if (id == EndId)
            {
                break;
            }
        }

        return string.Join(Kind == TokenKind.Word ? " " : "", tokens);
    }

    /// <summary>Decodes a batch of captions, <paramref name="width"/> ids each.</summary>
    public string[] DecodeBatch(ReadOnlySpan<int> ids, int width, bool keepMarkers = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        var captions = new string[ids.Length / width];
        for (int i = 0; i < captions.Length; i++)
        {
            captions[i] = Decode(ids.Slice(i * width, width), keepMarkers);
        }

        return captions;
    }

    private static IEnumerable<string> SplitCharacters(string caption)
    {
        // Keep surrogate pairs together: neither half could be stored alone.
        for (int i = 0; i < caption.Length; i++)
        {
            bool isUnknown = string.CompareOrdinal(caption, i, Unknown, 0, Unknown.Length) == 0;
            int length = isUnknown ? Unknown.Length : char.IsSurrogatePair(caption, i) ? 2 : 1;
            yield return caption.Substring(i, length);
            i += length - 1;
        }
    }

    private int IdOfMarker(string marker) => _ids.TryGetValue(marker, out int id)
        ? id
        : throw new DataException($"The vocabulary of {_tokens.Length} tokens lacks the marker {marker}.");
}
