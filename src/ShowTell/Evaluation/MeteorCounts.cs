namespace ShowTell.Evaluation;

/// <summary>What METEOR counts of a caption and a reference; counts of captions add up.</summary>
public readonly record struct MeteorCounts
{
    /// <summary>The candidate's words, weighted: 0.75 for a content word, 0.25 for a function word.</summary>
    public required double CandidateWeight { get; init; }

    /// <summary>The same for the reference.</summary>
    public required double ReferenceWeight { get; init; }

    /// <summary>The candidate's words that have a match, weighted also by how they match.</summary>
    public required double CandidateMatched { get; init; }

    /// <summary>The same for the reference.</summary>
    public required double ReferenceMatched { get; init; }

    /// <summary>Pairs of words that match.</summary>
    public required double Matches { get; init; }

    /// <summary>Runs of pairs that stand in the same order, without gaps, in both captions.</summary>
    public required double Chunks { get; init; }

    /// <summary>Whether every word has its match, in the same order: nothing is scattered then.</summary>
    internal bool IsWhole { get; init; }

    /// <summary>The counts of all captions of both.</summary>
    public static MeteorCounts operator +(MeteorCounts left, MeteorCounts right) => left.Add(right);

    /// <summary>The counts of all captions of both.</summary>
    public MeteorCounts Add(MeteorCounts other) => new()
    {
        CandidateWeight = CandidateWeight + other.CandidateWeight,
        ReferenceWeight = ReferenceWeight + other.ReferenceWeight,
        CandidateMatched = CandidateMatched + other.CandidateMatched,
        ReferenceMatched = ReferenceMatched + other.ReferenceMatched,
        Matches = Matches + other.Matches,
        Chunks = Chunks + other.Chunks,
    };
}
