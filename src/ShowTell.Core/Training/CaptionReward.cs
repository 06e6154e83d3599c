using ShowTell.Data;
using ShowTell.Metrics;

namespace ShowTell.Training;

/// <summary>
/// The reward of a caption: its CIDEr-D against the true captions of its image, with the document frequencies of all
/// training captions. The end marker counts as a word; otherwise captions degenerate to end in "with a" (Luo, "A Better
/// Variant of Self-Critical Sequence Training", 2020). Unknown words are never rewarded. Immutable and thread-safe.
/// </summary>
public sealed class CaptionReward
{
    private readonly Vocabulary _vocabulary;
    private readonly Cider _cider;
    private readonly Dictionary<int, CiderVector[]> _references;

    /// <summary>Prepares the reference captions.</summary>
    /// <param name="split">The split with the reference captions.</param>
    /// <param name="vocabulary">Their vocabulary.</param>
    public CaptionReward(CaptionSplit split, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(split);
        ArgumentNullException.ThrowIfNull(vocabulary);
        _vocabulary = vocabulary;
        _cider = new Cider(DocumentFrequencies.Of(
            new WordIds(vocabulary.Tokens),
            split.CaptionedImages().Select(image =>
                (IReadOnlyList<int[]>)[.. split.CaptionsOf(image).Select(caption =>
                    WordsOf(split.Caption(caption)))])));
        _references = split.CaptionedImages().ToDictionary(
            image => image,
            image => (CiderVector[])[.. split.CaptionsOf(image).Select(i => _cider.Vector(WordsOf(split.Caption(i))))]);
    }

    /// <summary>The reward of a caption, in [0, 10].</summary>
    /// <param name="image">An image with captions.</param>
    /// <param name="caption">The ids of the caption; null tokens may follow the end marker.</param>
    public double Of(int image, ReadOnlySpan<int> caption)
    {
        int[] words = WordsOf(caption);

        // No reference contains the start token.
        words.AsSpan().Replace(_vocabulary.UnknownId, _vocabulary.StartId);
        return _cider.Score(words, _references[image]);
    }

    /// <summary>
    /// The advantage of each caption of an image: its reward minus the mean of the others. They sum to 0.
    /// </summary>
    /// <param name="rewards">The rewards of at least two captions of one image.</param>
    /// <param name="advantages">Receives the advantages.</param>
    public static void Advantages(ReadOnlySpan<double> rewards, Span<double> advantages)
    {
        double sum = 0;
        foreach (double reward in rewards)
        {
            sum += reward;
        }

        for (int k = 0; k < rewards.Length; k++)
        {
            advantages[k] = rewards[k] - ((sum - rewards[k]) / (rewards.Length - 1));
        }
    }

    /// <summary>The ids of a padded caption through its end marker, without null and start markers.</summary>
    internal static int[] WordsOf(ReadOnlySpan<int> caption, Vocabulary vocabulary)
    {
        var words = new List<int>(caption.Length);
        foreach (int id in caption)
        {
            if (id != vocabulary.NullId && id != vocabulary.StartId)
            {
                words.Add(id);
            }

            if (id == vocabulary.EndId)
            {
                break;
            }
        }

        return [.. words];
    }

    private int[] WordsOf(ReadOnlySpan<int> caption) => WordsOf(caption, _vocabulary);
}
