namespace ShowTell.Metrics;

/// <summary>
/// Which words of two captions belong together: each word in one pair at most, as many pairs as possible, then as few
/// chunks as possible, then as little moved as possible. Found by a beam search along the candidate, as METEOR does.
/// </summary>
internal sealed class MeteorAlignment
{
    private const int BeamWidth = 40;

    // No caption is as long; what is longer would take minutes.
    private const int MostWords = 256;

    private readonly MeteorAlignment? _before;
    private readonly int _reference;
    private readonly int _position;
    private readonly int _moved;

    private MeteorAlignment(MeteorAlignment? before, int reference, int candidate)
    {
        (_before, _reference, _position) = (before, reference, candidate);
        Matches = before?.Matches ?? 0;
        Chunks = before?.Chunks ?? 0;
        _moved = before?._moved ?? 0;
        if (reference >= 0)
        {
            Matches++;
            Chunks += before is { _reference: >= 0 } && before._reference + 1 == reference ? 0 : 1;
            _moved += Math.Abs(candidate - reference);
        }
    }

    /// <summary>Pairs of words.</summary>
    public int Matches { get; }

    /// <summary>Runs of pairs that stand side by side, in the same order, in both captions.</summary>
    public int Chunks { get; }

    /// <summary>The best alignment of two captions.</summary>
    public static MeteorAlignment Best(
        ReadOnlySpan<int> candidate, ReadOnlySpan<int> reference, MeteorLexicon lexicon)
    {
        candidate = candidate[..Math.Min(candidate.Length, MostWords)];
        reference = reference[..Math.Min(reference.Length, MostWords)];
        var options = new List<int>[candidate.Length];
        var wanted = new int[reference.Length];
        for (int i = 0; i < candidate.Length; i++)
        {
            options[i] = [];
            for (int j = 0; j < reference.Length; j++)
            {
                if (lexicon.Compare(candidate[i], reference[j]) != WordMatch.None)
                {
                    options[i].Add(j);
                    wanted[j]++;
                }
            }
        }

        List<MeteorAlignment> beam = [new(null, -1, -1)];
        for (int i = 0; i < candidate.Length; i++)
        {
            beam = Extend(beam, i, options[i], wanted);
        }

        return beam[0];
    }

    /// <summary>The place in the reference of a word's partner; -1 without one.</summary>
    public int ReferenceOf(int candidate)
    {
        MeteorAlignment? step = this;
        while (step is not null && step._position != candidate)
        {
            step = step._before;
        }

        return step?._reference ?? -1;
    }

    private static List<MeteorAlignment> Extend(List<MeteorAlignment> beam, int i, List<int> options, int[] wanted)
    {
        // A word goes without a partner only if it has none, or if another word may want its partner.
        bool mayGoWithout = options.Count == 0 || options.Exists(j => wanted[j] > 1);
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

            if (mayGoWithout)
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
            step = step._before;
        }

        return step is not null;
    }

    private int CompareTo(MeteorAlignment other) =>
        (-Matches, Chunks, _moved).CompareTo((-other.Matches, other.Chunks, other._moved));
}
