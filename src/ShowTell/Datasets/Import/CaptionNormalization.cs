using System.Buffers;

namespace ShowTell.Datasets.Import;

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
