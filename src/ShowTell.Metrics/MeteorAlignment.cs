namespace ShowTell.Metrics;

/// <summary>
/// An alignment of the words of two captions: each word has at most one partner. The best alignment has the most
/// matches, then the fewest chunks, then the smallest shifts of position; as in METEOR it is found by a beam search
/// along the candidate. An instance is one step of a path of that search.
/// </summary>
internal sealed class MeteorAlignment
{
    private const int BeamWidth = 40;

    // Longer captions are cut: aligning them would take minutes.
    private const int MaxWords = 256;

    private readonly MeteorAlignment? _previous;
    private readonly int _reference;
    private readonly int _position;
    private readonly int _shift;

    private MeteorAlignment(MeteorAlignment? previous, int reference, int candidate)
    {
        (_previous, _reference, _position) = (previous, reference, candidate);
        Matches = previous?.Matches ?? 0;
        Chunks = previous?.Chunks ?? 0;
        _shift = previous?._shift ?? 0;
        if (reference >= 0)
        {
            Matches++;
            Chunks += previous is { _reference: >= 0 } && previous._reference + 1 == reference ? 0 : 1;
            _shift += Math.Abs(candidate - reference);
        }
    }

    /// <summary>Matched pairs of words.</summary>
    public int Matches { get; }

    /// <summary>Runs of matches that are contiguous and in the same order in both captions.</summary>
    public int Chunks { get; }

    /// <summary>The best alignment of two captions.</summary>
    public static MeteorAlignment Best(ReadOnlySpan<int> candidate, ReadOnlySpan<int> reference, MeteorLexicon lexicon)
    {
        candidate = candidate[..Math.Min(candidate.Length, MaxWords)];
        reference = reference[..Math.Min(reference.Length, MaxWords)];
        var options = new List<int>[candidate.Length];
        var uses = new int[reference.Length];
        for (int i = 0; i < candidate.Length; i++)
        {
            options[i] = [];
            for (int j = 0; j < reference.Length; j++)
            {
                if (lexicon.Compare(candidate[i], reference[j]) != WordMatch.None)
                {
                    options[i].Add(j);
                    uses[j]++;
                }
            }
        }

        List<MeteorAlignment> beam = [new(null, -1, -1)];
        for (int i = 0; i < candidate.Length; i++)
        {
            beam = Extend(beam, i, options[i], uses);
        }

        return beam[0];
    }

    /// <summary>The index in the reference of a candidate word's partner; -1 if it has none.</summary>
    public int ReferenceOf(int candidate)
    {
        MeteorAlignment? step = this;
        while (step is not null && step._position != candidate)
        {
            step = step._previous;
        }

        return step?._reference ?? -1;
    }

    private static List<MeteorAlignment> Extend(List<MeteorAlignment> beam, int i, List<int> options, int[] uses)
    {
        // A word stays unmatched only if nothing matches it, or if its partner also matches another word.
        bool mayStayUnmatched = options.Count == 0 || options.Exists(j => uses[j] > 1);
        var next = new List<MeteorAlignment>(beam.Count * (options.Count + 1));
        foreach (MeteorAlignment path in beam)
        {
            foreach (int j in options)
            {
                if (!path.Uses(j))
                {
                    next.Add(new MeteorAlignment(path, j, i));
                }
            }

            if (mayStayUnmatched)
            {
                next.Add(new MeteorAlignment(path, -1, i));
            }
        }

        if (next.Count > 1)
        {
            next.Sort((left, right) => left.CompareTo(right));
        }

        return next.Count > BeamWidth ? next.GetRange(0, BeamWidth) : next;
    }

    private bool Uses(int reference)
    {
        MeteorAlignment? step = this;
        while (step is not null && step._reference != reference)
        {
            step = step._previous;
        }

        return step is not null;
    }

    private int CompareTo(MeteorAlignment other) =>
        (-Matches, Chunks, _shift).CompareTo((-other.Matches, other.Chunks, other._shift));
}
