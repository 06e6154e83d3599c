namespace ShowTell.Decoding;

/// <summary>
/// A beam: the most probable hypotheses of one length. Only hypotheses with the same number of required words compete,
/// so that a required word survives even if it is improbable.
/// </summary>
/// <param name="options">How to decode.</param>
/// <param name="constraints">Which tokens may come next.</param>
/// <param name="width">The number of hypotheses to keep per number of required words.</param>
/// <param name="requested">The number of captions requested of this beam.</param>
internal sealed class BeamGroup(DecodingOptions options, TokenConstraints constraints, int width, int requested)
{
    private readonly List<Candidate> _candidates = [];
    private readonly List<DecodedCaption> _finished = [];
    private readonly ulong _allSatisfied = (1UL << options.RequiredWords.Count) - 1;
    private readonly double _longest = Math.Pow(constraints.MaxLength, options.LengthPenalty);
    private int[] _words = [];

    public List<Hypothesis> Active { get; } = [Hypothesis.Start];

    /// <summary>Finished captions, the best first.</summary>
    public IReadOnlyList<DecodedCaption> Finished => _finished;

    /// <summary>Extends the hypotheses by a word.</summary>
    /// <param name="scores">Scores of all words, one row per hypothesis of the image; overwritten.</param>
    /// <param name="firstRow">The row of this group's first hypothesis.</param>
    /// <param name="chosen">How often previous groups chose each word at this step.</param>
    public void Advance<T>(MatrixSpan<T> scores, int firstRow, IReadOnlyDictionary<int, int> chosen)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _candidates.Clear();
        for (int i = 0; i < Active.Count; i++)
        {
            Propose(Active[i] with { Row = firstRow + i }, scores.Row(firstRow + i), chosen);
        }

        Choose();
        _finished.Sort(DecodedCaption.CompareBestFirst);

        // Extending a hypothesis only lowers its log-probability: no unfinished caption can exceed this score.
        if (_finished.Count >= requested
            && Active.TrueForAll(active => active.LogProbability / _longest <= _finished[requested - 1].Score))
        {
            Active.Clear();
        }
    }

    /// <summary>Adds the best continuations of a hypothesis.</summary>
    private void Propose<T>(Hypothesis from, Span<T> scores, IReadOnlyDictionary<int, int> chosen)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double before = from.LogProbability - LogSoftmax.LogSumExp<T>(scores);
        constraints.Apply(from.Ids, scores);
        if (from.Satisfied == _allSatisfied)
        {
            Add(constraints.EndId, from.Satisfied, scores);
        }

        scores[constraints.EndId] = T.NegativeInfinity;
        for (int i = 0; i < options.RequiredWords.Count; i++)
        {
            if ((from.Satisfied & (1UL << i)) == 0)
            {
                Add(options.RequiredWords[i], from.Satisfied | (1UL << i), scores);
                scores[options.RequiredWords[i]] = T.NegativeInfinity;
            }
        }

        // The diversity penalty may demote words chosen before: consider as many more.
        int max = Math.Min(width + chosen.Count, scores.Length);
        _words = _words.Length < max ? new int[max] : _words;
        foreach (int word in _words.AsSpan(0, TopWords.Find<T>(scores, _words.AsSpan(0, max))))
        {
            Add(word, from.Satisfied, scores);
        }

        void Add(int word, ulong satisfied, Span<T> scores)
        {
            if (T.IsFinite(scores[word]))
            {
                double logProbability = before + double.CreateTruncating(scores[word]);
                double penalty = options.DiversityStrength * chosen.GetValueOrDefault(word);
                _candidates.Add(new(from, word, satisfied, logProbability, logProbability - penalty));
            }
        }
    }

    /// <summary>Selects the best candidates, as active or finished.</summary>
    private void Choose()
    {
        Active.Clear();
        _candidates.Sort(Candidate.Compare);
        int bank = -1, rank = 0, kept = 0;
        foreach (Candidate candidate in _candidates)
        {
            if (candidate.Bank != bank)
            {
                (bank, rank, kept) = (candidate.Bank, 0, 0);
            }

            int[] ids = rank < width || kept < width ? [.. candidate.From.Ids, candidate.Word] : [];
            if (candidate.Word != constraints.EndId && kept < width)
            {
                Active.Add(new Hypothesis(candidate.From.Row, ids, candidate.LogProbability, candidate.Satisfied));
                kept++;
            }
            else if (candidate.Word == constraints.EndId && rank < width)
            {
                _finished.Add(options.Caption(ids, candidate.LogProbability));
            }

            rank++;
        }
    }

    /// <summary>A hypothesis and its next word.</summary>
    private readonly record struct Candidate(
        Hypothesis From, int Word, ulong Satisfied, double LogProbability, double Rank)
    {
        public int Bank => BitOperations.PopCount(Satisfied);

        /// <summary>Orders by bank, then best first; ties are broken deterministically.</summary>
        public static int Compare(Candidate x, Candidate y)
        {
            int order = x.Bank.CompareTo(y.Bank);
            order = order != 0 ? order : y.Rank.CompareTo(x.Rank);
            order = order != 0 ? order : x.From.Row.CompareTo(y.From.Row);
            return order != 0 ? order : x.Word.CompareTo(y.Word);
        }
    }
}
