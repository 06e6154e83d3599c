using ShowTell.Models;

namespace ShowTell.Decoding;

/// <summary>Which tokens may follow a hypothesis.</summary>
internal sealed class TokenConstraints
{
    private readonly int[] _banned;
    private readonly int _minLength;
    private readonly int _noRepeat;

    /// <summary>Creates the constraints of decoding options for a model.</summary>
    /// <exception cref="ArgumentException">A word of the options is outside the vocabulary, or a marker.</exception>
    public TokenConstraints(DecodingOptions options, CaptioningOptions model)
    {
        RequireWords(options.RequiredWords, model, nameof(options.RequiredWords));
        RequireWords(options.BannedWords, model, nameof(options.BannedWords));
        _banned = [.. options.BannedWords, model.NullId, model.StartId];
        (_minLength, _noRepeat, EndId) = (options.MinLength, options.NoRepeatNGram, model.EndId);
        MaxLength = options.MaxLength ?? DecodingOptions.DefaultMaxLength;
    }

    public int EndId { get; }

    public int MaxLength { get; }

    /// <summary>Sets the scores of words that may not come next to negative infinity.</summary>
    /// <param name="ids">The words so far.</param>
    /// <param name="scores">The scores of all words, V.</param>
    public void Apply<T>(ReadOnlySpan<int> ids, Span<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (ids.Length + 1 == MaxLength)
        {
            T end = scores[EndId];
            scores.Fill(T.NegativeInfinity);
            scores[EndId] = end;
        }

        if (ids.Length + 1 < _minLength)
        {
            scores[EndId] = T.NegativeInfinity;
        }

        foreach (int word in _banned)
        {
            scores[word] = T.NegativeInfinity;
        }

        if (_noRepeat > 0)
        {
            BanRepeats(ids, scores);
        }
    }

    /// <summary>Bans each word that followed an earlier occurrence of the last n - 1 words.</summary>
    private void BanRepeats<T>(ReadOnlySpan<int> ids, Span<T> scores)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int before = _noRepeat - 1;
        for (int i = before; i < ids.Length; i++)
        {
            if (ids.Slice(i - before, before).SequenceEqual(ids[^before..]))
            {
                scores[ids[i]] = T.NegativeInfinity;
            }
        }
    }

    private static void RequireWords(IReadOnlyList<int> words, CaptioningOptions model, string name)
    {
        foreach (int word in words)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)word, (uint)model.VocabularySize, name);
            if (word == model.EndId || (name == nameof(DecodingOptions.RequiredWords)
                && (word == model.NullId || word == model.StartId)))
            {
                throw new ArgumentException($"{word} is a marker, not a word.", name);
            }
        }
    }
}
