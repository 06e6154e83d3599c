namespace ShowTell.Decoding;

/// <summary>Samples captions word by word.</summary>
internal sealed class StochasticSearch : CaptionSearch
{
    private readonly DecodingOptions _options;
    private readonly TokenConstraints _constraints;
    private readonly List<Hypothesis> _active = [];
    private readonly List<SeededRandom> _randoms = [];
    private readonly List<DecodedCaption> _finished = [];

    /// <summary>Starts captions of an image.</summary>
    /// <param name="options">How to decode.</param>
    /// <param name="constraints">Which tokens may come next.</param>
    /// <param name="number">The image's number, which seeds its random choices.</param>
    public StochasticSearch(DecodingOptions options, TokenConstraints constraints, ulong number)
    {
        (_options, _constraints) = (options, constraints);
        var random = new SeededRandom(new SeededRandom(options.Seed).NextBits() + number);
        for (int i = 0; i < options.Captions; i++)
        {
            // One random stream per caption: the first captions do not depend on the number requested.
            _active.Add(Hypothesis.Start);
            _randoms.Add(new SeededRandom(random.NextBits()));
        }
    }

    public override IReadOnlyList<Hypothesis> Active => _active;

    public override void Advance<T>(MatrixSpan<T> scores)
    {
        int active = 0;
        for (int row = 0; row < _active.Count; row++)
        {
            Hypothesis from = _active[row];
            Span<T> s = scores.Row(row);
            double before = from.LogProbability - LogSoftmax.LogSumExp<T>(s);
            _constraints.Apply(from.Ids, s);
            if (TokenSampler.Sample<T>(s, _options, _randoms[row]) is not int word)
            {
                continue; // No word may follow: a dead end.
            }

            int[] ids = [.. from.Ids, word];
            double logProbability = before + double.CreateTruncating(s[word]);
            if (word == _constraints.EndId)
            {
                _finished.Add(_options.Caption(ids, logProbability));
            }
            else
            {
                (_active[active], _randoms[active]) = (new Hypothesis(row, ids, logProbability), _randoms[row]);
                active++;
            }
        }

        _active.RemoveRange(active, _active.Count - active);
        _randoms.RemoveRange(active, _randoms.Count - active);
    }

    public override DecodedCaption[] Best()
    {
        _finished.Sort(DecodedCaption.CompareBestFirst);

        // Duplicates are adjacent after sorting.
        return
        [
            .. _finished.Where((caption, i) =>
                _options.KeepDuplicates || i == 0 || !caption.Ids.SequenceEqual(_finished[i - 1].Ids)),
        ];
    }
}
