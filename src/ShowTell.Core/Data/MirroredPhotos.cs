namespace ShowTell.Data;

/// <summary>
/// The mirror images of a split's photos, which make twice as many photos to train on: their features, and their
/// captions, in which left and right are swapped. Only English words are known.
/// </summary>
public sealed class MirroredPhotos : IDisposable
{
    private static readonly (string, string)[] s_pairs =
    [
        ("left", "right"), ("lefthand", "righthand"), ("lefthanded", "righthanded"), ("leftmost", "rightmost"),
        ("left-hand", "right-hand"), ("left-handed", "right-handed"), ("leftward", "rightward"),
        ("leftwards", "rightwards"),
    ];

    /// <summary>For each token, the one that takes its place.</summary>
    private readonly int[] _swapped;

    /// <summary>Creates mirror images.</summary>
    /// <param name="features">The features of the mirror image of each photo.</param>
    /// <param name="vocabulary">The words of the captions; a word whose opposite is not in it stays.</param>
    public MirroredPhotos(IFeatureSource features, Vocabulary vocabulary)
    {
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(vocabulary);
        Features = features;
        _swapped = [.. Enumerable.Range(0, vocabulary.Count)];
        foreach ((string one, string other) in s_pairs)
        {
            int left = vocabulary.IdOf(one), right = vocabulary.IdOf(other);
            if (left != vocabulary.UnknownId && right != vocabulary.UnknownId)
            {
                (_swapped[left], _swapped[right]) = (right, left);
            }
        }
    }

    /// <summary>The features of the mirror image of each photo.</summary>
    public IFeatureSource Features { get; }

    /// <summary>Swaps left and right in a caption, in place.</summary>
    /// <param name="caption">Token ids.</param>
    public void Swap(Span<int> caption)
    {
        foreach (ref int id in caption)
        {
            id = _swapped[id];
        }
    }

    /// <summary>The random choice between a photo, and, as likely, its mirror image.</summary>
    internal static bool IsChosen(ulong seed, int index) => (SeededRandom.BitsAt(seed, (ulong)index) & 1) != 0;

    /// <summary>Closes the features.</summary>
    public void Dispose() => Features.Dispose();
}
