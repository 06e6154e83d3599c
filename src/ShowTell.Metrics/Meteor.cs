using System.Numerics;

namespace ShowTell.Metrics;

/// <summary>
/// METEOR (Denkowski and Lavie, "Meteor Universal: Language Specific Translation Evaluation for Any Target Language",
/// WMT 2014) with the parameters of version 1.5 for English, and without its table of paraphrases: words match if they
/// are equal (weight 1), synonyms by WordNet (0.8), or have the same stem (0.6).
/// <code>
/// P = matched weight / weight of the candidate,  R = matched weight / weight of the reference
/// F = P R / (alpha P + (1 - alpha) R),  METEOR = (1 - gamma (chunks / matches)^beta) F
/// alpha = 0.85, beta = 0.2, gamma = 0.6, delta = 0.75
/// </code>
/// A content word weighs delta, a function word 1 - delta. A caption is scored against its best reference; a corpus
/// score is the score of the summed counts. As in METEOR 1.5, a caption that matches whole, in one chunk, has no
/// fragmentation penalty by itself, but its chunk counts in a corpus. Immutable and thread-safe.
/// </summary>
/// <param name="words">The word ids of the captions; words added later cannot be scored.</param>
public sealed class Meteor(WordIds words)
{
    private const double Alpha = 0.85;
    private const double Beta = 0.2;
    private const double Gamma = 0.6;
    private const double Delta = 0.75;

    private const double StemWeight = 0.6;
    private const double SynonymWeight = 0.8;

    private readonly MeteorLexicon _lexicon = new(words);

    /// <summary>A caption's counts against the reference that gives it the highest score.</summary>
    /// <param name="candidate">Word ids of the caption to score.</param>
    /// <param name="references">Word ids of its references, at least one.</param>
    public MeteorCounts Count(ReadOnlySpan<int> candidate, IReadOnlyList<int[]> references)
    {
        ScoredImage.RequireReferences(references);

        (MeteorCounts best, double bestScore) = (default, -1);
        foreach (int[] reference in references)
        {
            MeteorCounts counts = Count(candidate, reference);
            double score = Score(counts);
            if (score > bestScore)
            {
                (best, bestScore) = (counts, score);
            }
        }

        return best;
    }

    /// <summary>METEOR of the counts of one caption, or of the summed counts of a corpus, in [0, 1].</summary>
    public static double Score(MeteorCounts counts)
    {
        if (counts.Matches == 0)
        {
            return 0;
        }

        double precision = counts.CandidateMatched / counts.CandidateWeight;
        double recall = counts.ReferenceMatched / counts.ReferenceWeight;
        double mean = precision * recall / ((Alpha * precision) + ((1 - Alpha) * recall));
        return counts.IsWhole ? mean : (1 - (Gamma * Math.Pow(counts.Chunks / counts.Matches, Beta))) * mean;
    }

    private MeteorCounts Count(ReadOnlySpan<int> candidate, ReadOnlySpan<int> reference)
    {
        MeteorAlignment alignment = MeteorAlignment.Best(candidate, reference, _lexicon);
        (double candidateMatched, double referenceMatched) = (0, 0);
        for (int i = 0; i < candidate.Length; i++)
        {
            if (alignment.ReferenceOf(i) is int j and >= 0)
            {
                double weight = WeightOf(_lexicon.Compare(candidate[i], reference[j]));
                candidateMatched += weight * WeightOf(candidate[i]);
                referenceMatched += weight * WeightOf(reference[j]);
            }
        }

        return new MeteorCounts(
            WeightOf(candidate), WeightOf(reference), candidateMatched, referenceMatched, alignment.Matches,
            alignment.Chunks)
        {
            IsWhole = alignment.Chunks == 1
                && alignment.Matches == candidate.Length
                && alignment.Matches == reference.Length,
        };
    }

    private double WeightOf(ReadOnlySpan<int> caption)
    {
        double sum = 0;
        foreach (int word in caption)
        {
            sum += WeightOf(word);
        }

        return sum;
    }

    private double WeightOf(int word) => _lexicon.IsFunctionWord(word) ? 1 - Delta : Delta;

    private static double WeightOf(WordMatch match) => match switch
    {
        WordMatch.Exact => 1,
        WordMatch.Synonym => SynonymWeight,
        WordMatch.Stem => StemWeight,
        _ => 0,
    };
}

/// <summary>METEOR's counts for a caption and a reference, or their sum over captions.</summary>
/// <param name="CandidateWeight">Total weight of the candidate's words: 0.75 per content word, 0.25 per function word.
/// </param>
/// <param name="ReferenceWeight">The same for the reference.</param>
/// <param name="CandidateMatched">The weight of the candidate's matched words, times the weight of the match.</param>
/// <param name="ReferenceMatched">The same for the reference.</param>
/// <param name="Matches">Matched pairs of words.</param>
/// <param name="Chunks">Runs of matches that are contiguous and in the same order in both captions.</param>
public readonly record struct MeteorCounts(
    double CandidateWeight,
    double ReferenceWeight,
    double CandidateMatched,
    double ReferenceMatched,
    double Matches,
    double Chunks) : IAdditionOperators<MeteorCounts, MeteorCounts, MeteorCounts>
{
    /// <summary>Whether every word is matched, in one chunk.</summary>
    internal bool IsWhole { get; init; }

    /// <summary>The sum of two counts.</summary>
    public static MeteorCounts operator +(MeteorCounts left, MeteorCounts right) => left.Add(right);

    /// <summary>The sum of two counts.</summary>
    public MeteorCounts Add(MeteorCounts other) => new(
        CandidateWeight + other.CandidateWeight,
        ReferenceWeight + other.ReferenceWeight,
        CandidateMatched + other.CandidateMatched,
        ReferenceMatched + other.ReferenceMatched,
        Matches + other.Matches,
        Chunks + other.Chunks);
}
