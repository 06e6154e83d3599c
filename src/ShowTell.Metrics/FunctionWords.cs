using System.Collections.Frozen;

namespace ShowTell.Metrics;

/// <summary>
/// English words that build sentences rather than name things: articles, prepositions, conjunctions, pronouns,
/// auxiliary verbs. METEOR weighs them less, and a caption that ends in one of them is usually incomplete ("a man
/// standing in front of a").
/// </summary>
public static class FunctionWords
{
    private static readonly FrozenSet<string> s_words = """
        a an the this that these those some any no every each either neither both all another such
        of in on at by for from to with without into onto over under above below between among through during before
        after behind beside beneath near next across along around against about off out up down inside outside toward
        towards upon within per via like as than
        and or but nor so yet if while because although though since until unless when where whether
        i you he she it we they me him her us them my your his its our their mine yours hers ours theirs
        myself himself herself itself themselves who whom whose which what there here
        is are was were be been being am has have had having do does did doing will would can could shall should may
        might must not n't 's 're 've 'll 'd 'm
        """
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .ToFrozenSet(StringComparer.Ordinal);

    // Function words that end good captions: "a man looks up", "a dog runs around", "a woman with a child next to her".
    // Only 0.2% of the val2014 captions of COCO end in another one.
    private static readonly FrozenSet<string> s_goodEndings = """
        it them him her us you me mine yours his hers ours theirs this that these those some any all another both each
        here there myself himself herself itself themselves
        on up by down around out inside outside off above behind in below over about through near along beneath under
        across not
        """
        .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Whether a lower-case word is a function word.</summary>
    public static bool Contains(string word) => s_words.Contains(word);

    /// <summary>
    /// Whether a caption that ends in this lower-case word is incomplete: "a", "of", "with". Function words that also
    /// end complete captions ("looks up", "next to him") do not count.
    /// </summary>
    public static bool LeavesCaptionOpen(string word) => s_words.Contains(word) && !s_goodEndings.Contains(word);
}
