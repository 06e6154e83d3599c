using System.Buffers;

namespace ShowTell.Data.Import;

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
