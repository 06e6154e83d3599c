using System.Numerics;

namespace ShowTell.Metrics;

/// <summary>
/// METEOR (Denkowski and Lavie, "Meteor Universal: Language Specific Translation Evaluation for Any Target Language",
/// WMT 2014) with the parameters of version 1.5 for English, and without its table of paraphrases: words match if they
/// are equal (weight 1), have the same stem (0.6), or share a synset of WordNet (0.8).
/// <code>
/// P = matched weight / weight of the candidate,  R = matched weight / weight of the reference
/// F = P R / (alpha P + (1 - alpha) R),  METEOR = (1 - gamma (chunks / matches)^beta) F
/// alpha = 0.85, beta = 0.2, gamma = 0.6, delta = 0.75
/// </code>
/// A caption whose words all match, in one chunk, is not punished for that chunk; in the score of many captions, whose
/// counts are summed, METEOR 1.5 counts its chunk nevertheless, and so does this.
/// A content word weighs delta, a function word 1 - delta. A caption is scored by its best reference; the score of many
/// captions is that of their summed counts. Not thread-safe.
/// </summary>
/// <param name="words">What the captions' numbers mean.</param>
public sealed class Meteor(WordIds words)
{
    private const double Alpha = 0.85;
    private const double Beta = 0.2;
    private const double Gamma = 0.6;
    private const double Delta = 0.75;

    private const double StemWeight = 0.6;
    private const double SynonymWeight = 0.8;

    private readonly MeteorLexicon _lexicon = new(words);

    /// <summary>
    /// Looks the words up that were added since; scoring does not, so that threads can share the result.
    /// </summary>
    public void Prepare() => _lexicon.Prepare();

    /// <summary>The counts of a caption with the reference that gives it the best score.</summary>
    /// <param name="candidate">Numbers of the words of the caption to score.</param>
    /// <param name="references">The same for its references, one at least.</param>
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

    /// <summary>METEOR of one caption's counts, or of the sum of many, in [0, 1].</summary>
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
                double how = WeightOf(_lexicon.Compare(candidate[i], reference[j]));
                candidateMatched += how * WeightOf(candidate[i]);
                referenceMatched += how * WeightOf(reference[j]);
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

/// <summary>What METEOR counts of a caption and a reference; counts of captions add up.</summary>
/// <param name="CandidateWeight">The candidate's words, weighted: 0.75 for a content word, 0.25 for a function word.
/// </param>
/// <param name="ReferenceWeight">The same for the reference.</param>
/// <param name="CandidateMatched">The candidate's words that have a match, weighted also by how they match.</param>
/// <param name="ReferenceMatched">The same for the reference.</param>
/// <param name="Matches">Pairs of words that match.</param>
/// <param name="Chunks">Runs of pairs that stand in the same order, without gaps, in both captions.</param>
public readonly record struct MeteorCounts(
    double CandidateWeight,
    double ReferenceWeight,
    double CandidateMatched,
    double ReferenceMatched,
    double Matches,
    double Chunks) : IAdditionOperators<MeteorCounts, MeteorCounts, MeteorCounts>
{
    /// <summary>Whether every word has its match, in the same order: nothing is scattered then.</summary>
    internal bool IsWhole { get; init; }

    /// <summary>The counts of all captions of both.</summary>
    public static MeteorCounts operator +(MeteorCounts left, MeteorCounts right) => left.Add(right);

    /// <summary>The counts of all captions of both.</summary>
    public MeteorCounts Add(MeteorCounts other) => new(
        CandidateWeight + other.CandidateWeight,
        ReferenceWeight + other.ReferenceWeight,
        CandidateMatched + other.CandidateMatched,
        ReferenceMatched + other.ReferenceMatched,
        Matches + other.Matches,
        Chunks + other.Chunks);
}
