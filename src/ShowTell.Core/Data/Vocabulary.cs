using System.Security.Cryptography;

namespace ShowTell.Data;

/// <summary>What one token of a caption is.</summary>
public enum TokenKind
{
    /// <summary>A word; captions are words with spaces between them.</summary>
    Word,

    /// <summary>A character, the space included.</summary>
    Character,
}

/// <summary>
/// The tokens that captions are made of, each with its id, four markers among them: <c>&lt;NULL&gt;</c> fills a caption
/// up to its width, <c>&lt;START&gt;</c> opens it, <c>&lt;END&gt;</c> closes it, <c>&lt;UNK&gt;</c> stands for whatever
/// the vocabulary lacks. Immutable.
/// </summary>
public sealed class Vocabulary
{
    /// <summary>Fills a caption up to its width.</summary>
    public const string Null = "<NULL>";

    /// <summary>Opens a caption.</summary>
    public const string Start = "<START>";

    /// <summary>Closes a caption.</summary>
    public const string End = "<END>";

    /// <summary>Stands for a token that the vocabulary lacks.</summary>
    public const string Unknown = "<UNK>";

    private readonly string[] _tokens;
    private readonly Dictionary<string, int> _ids;

    /// <summary>Makes a vocabulary from its tokens in the order of their ids.</summary>
    /// <exception cref="DataException">A token is empty or stands twice, or one of the four
    /// markers is missing.</exception>
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

    /// <summary>Number of tokens, V.</summary>
    public int Count => _tokens.Length;

    /// <summary>All tokens in the order of their ids.</summary>
    public IReadOnlyList<string> Tokens => _tokens;

    /// <summary>Id of <see cref="Null"/>.</summary>
    public int NullId { get; }

    /// <summary>Id of <see cref="Start"/>.</summary>
    public int StartId { get; }

    /// <summary>Id of <see cref="End"/>.</summary>
    public int EndId { get; }

    /// <summary>Id of <see cref="Unknown"/>.</summary>
    public int UnknownId { get; }

    /// <summary>SHA-256 of kind and tokens, in hexadecimal: equal for equal vocabularies.</summary>
    public string Fingerprint =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{Kind}\n{string.Join('\n', _tokens)}")));

    /// <summary>
    /// The vocabulary of all characters that occur in the captions, in ordinal order behind the markers.
    /// </summary>
    public static Vocabulary OfCharacters(IEnumerable<string> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        IEnumerable<string> characters = captions
            .SelectMany(SplitCharacters)
            .Where(character => character != Unknown)
            .Distinct()
            .Order(StringComparer.Ordinal);
        return new Vocabulary([Null, Start, End, Unknown, .. characters], TokenKind.Character);
    }

    /// <summary>
    /// The vocabulary of all words of the captions, the most frequent first, equally frequent ones in ordinal order.
    /// </summary>
    /// <param name="captions">Captions, words with spaces between them; a marker among them is no word.</param>
    /// <param name="minimumCount">How often a word must occur to be part of the vocabulary.</param>
    public static Vocabulary OfWords(IEnumerable<string> captions, int minimumCount = 1)
    {
        ArgumentNullException.ThrowIfNull(captions);
        return OfCounts(
            captions.SelectMany(caption => caption.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .CountBy(word => word, StringComparer.Ordinal),
            minimumCount);
    }

    /// <summary>The same of words with their counts, of the most frequent ones.</summary>
    internal static Vocabulary OfCounts(
        IEnumerable<KeyValuePair<string, int>> counts, int minimumCount, int? mostWords = null)
    {
        IEnumerable<string> words = counts
            .Where(pair => pair.Value >= minimumCount && !IsMarker(pair.Key))
            .OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Take(mostWords ?? int.MaxValue)
            .Select(pair => pair.Key);
        return new Vocabulary([Null, Start, End, Unknown, .. words]);
    }

    internal static bool IsMarker(string word) => word is Null or Start or End or Unknown;

    /// <summary>Id of a token, or that of <see cref="Unknown"/>.</summary>
    public int IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : UnknownId;

    /// <summary>
    /// Writes a caption as ids: start marker, tokens, end marker, then null markers up to the width of
    /// <paramref name="ids"/>. Tokens beyond the width are left out; the end marker never is.
    /// </summary>
    /// <exception cref="ArgumentException"><paramref name="ids"/> has no room for the two markers.</exception>
    public void Encode(string caption, Span<int> ids)
    {
        ArgumentNullException.ThrowIfNull(caption);
        if (ids.Length < 2)
        {
            throw new ArgumentException("A caption takes two ids at least, for its start and its end.", nameof(ids));
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

    /// <summary>Writes captions as ids, <paramref name="width"/> each.</summary>
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
    /// The tokens of a caption without its start and end. An <see cref="Unknown"/> is one token even among characters.
    /// </summary>
    public IEnumerable<string> Split(string caption)
    {
        ArgumentNullException.ThrowIfNull(caption);
        return Kind == TokenKind.Word
            ? caption.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            : SplitCharacters(caption);
    }

    /// <summary>
    /// Reads a caption from ids: <see cref="Null"/> is dropped, and what follows the first <see cref="End"/> too.
    /// </summary>
    /// <param name="ids">Ids of one caption.</param>
    /// <param name="keepMarkers">
    /// Whether the start and end markers are part of the result, as in the exercise's <c>decode_captions</c>.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">An id is no token of this vocabulary.</exception>
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

    /// <summary>Reads a batch of captions, <paramref name="width"/> ids each.</summary>
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
        // A character beyond U+FFFF is two UTF-16 units, neither of which could be stored alone.
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
