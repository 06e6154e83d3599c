namespace ShowTell.Decoding;

/// <summary>
/// A beam: the most probable beginnings of equal length. Those with equally many required words compete with each
/// other, so that a word that the model would not say itself gets into captions.
/// </summary>
/// <param name="options">How to decode.</param>
/// <param name="rules">Which words may come.</param>
/// <param name="width">Beginnings that are kept, with each number of required words.</param>
/// <param name="wanted">Captions that are wanted of this beam.</param>
internal sealed class BeamGroup(DecodingOptions options, WordRules rules, int width, int wanted)
{
    private readonly List<Candidate> _candidates = [];
    private readonly List<DecodedCaption> _ended = [];
    private readonly ulong _allMet = (1UL << options.RequiredWords.Count) - 1;
    private readonly double _longest = Math.Pow(rules.MaxLength, options.LengthPenalty);
    private int[] _words = [];

    public List<Hypothesis> Open { get; } = [Hypothesis.Start];

    /// <summary>Captions that have ended, the best first.</summary>
    public IReadOnlyList<DecodedCaption> Ended => _ended;

    /// <summary>Goes on by a word.</summary>
    /// <param name="scores">Scores of all words, a row for each of the image's beginnings; work space too.</param>
    /// <param name="firstRow">The row of this group's first beginning.</param>
    /// <param name="chosen">How often the groups before have chosen a word at this step.</param>
    public void Advance<T>(MatrixSpan<T> scores, int firstRow, IReadOnlyDictionary<int, int> chosen)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _candidates.Clear();
        for (int i = 0; i < Open.Count; i++)
        {
            Propose(Open[i] with { Row = firstRow + i }, scores.Row(firstRow + i), chosen);
        }

        Choose();
        _ended.Sort(DecodedCaption.CompareBestFirst);

        // Words only lower a sum of log-probabilities: nothing that goes on can score more than this.
        if (_ended.Count >= wanted
            && Open.TrueForAll(open => open.LogProbability / _longest <= _ended[wanted - 1].Score))
        {
            Open.Clear();
        }
    }

    /// <summary>Adds the continuations of a beginning that may be among the best.</summary>
    private void Propose<T>(Hypothesis from, Span<T> scores, IReadOnlyDictionary<int, int> chosen)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double before = from.LogProbability - LogSoftmax.LogSumExp<T>(scores);
        rules.Apply(from.Ids, scores);
        if (from.Met == _allMet)
        {
            Add(rules.EndId, from.Met, scores);
        }

        scores[rules.EndId] = T.NegativeInfinity;
        for (int i = 0; i < options.RequiredWords.Count; i++)
        {
            if ((from.Met & (1UL << i)) == 0)
            {
                Add(options.RequiredWords[i], from.Met | (1UL << i), scores);
                scores[options.RequiredWords[i]] = T.NegativeInfinity;
            }
        }

        // Words that were chosen before may fall behind others: as many more are looked at.
        int most = Math.Min(width + chosen.Count, scores.Length);
        _words = _words.Length < most ? new int[most] : _words;
        foreach (int word in _words.AsSpan(0, TopWords.Find<T>(scores, _words.AsSpan(0, most))))
        {
            Add(word, from.Met, scores);
        }

        void Add(int word, ulong met, Span<T> scores)
        {
            if (T.IsFinite(scores[word]))
            {
                double logProbability = before + double.CreateTruncating(scores[word]);
                double penalty = options.DiversityStrength * chosen.GetValueOrDefault(word);
                _candidates.Add(new(from, word, met, logProbability, logProbability - penalty));
            }
        }
    }

    /// <summary>The best candidates are open now; those that end have ended, if they are among the best.</summary>
    private void Choose()
    {
        Open.Clear();
        _candidates.Sort(Candidate.Compare);
        int bank = -1, rank = 0, kept = 0;
        foreach (Candidate candidate in _candidates)
        {
            if (candidate.Bank != bank)
            {
                (bank, rank, kept) = (candidate.Bank, 0, 0);
            }

            int[] ids = rank < width || kept < width ? [.. candidate.From.Ids, candidate.Word] : [];
            if (candidate.Word != rules.EndId && kept < width)
            {
                Open.Add(new Hypothesis(candidate.From.Row, ids, candidate.LogProbability, candidate.Met));
                kept++;
            }
            else if (candidate.Word == rules.EndId && rank < width)
            {
                _ended.Add(options.Caption(ids, candidate.LogProbability));
            }

            rank++;
        }
    }

    /// <summary>A beginning and a word after it.</summary>
    private readonly record struct Candidate(
        Hypothesis From, int Word, ulong Met, double LogProbability, double Rank)
    {
        public int Bank => BitOperations.PopCount(Met);

        /// <summary>Bank after bank, the best first; the order of equal ones is fixed.</summary>
        public static int Compare(Candidate x, Candidate y)
        {
            int order = x.Bank.CompareTo(y.Bank);
            order = order != 0 ? order : y.Rank.CompareTo(x.Rank);
            order = order != 0 ? order : x.From.Row.CompareTo(y.From.Row);
            return order != 0 ? order : x.Word.CompareTo(y.Word);
        }
    }
}
