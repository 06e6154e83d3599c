namespace ShowTell.Decoding;

/// <summary>Captions whose words are drawn at random.</summary>
internal sealed class Sampling : CaptionSearch
{
    private readonly DecodingOptions _options;
    private readonly WordRules _rules;
    private readonly List<Hypothesis> _open = [];
    private readonly List<SeededRandom> _randoms = [];
    private readonly List<DecodedCaption> _ended = [];

    /// <summary>Begins captions of an image.</summary>
    /// <param name="options">How to decode.</param>
    /// <param name="rules">Which words may come.</param>
    /// <param name="number">The image's number: with the seed it decides what is drawn, whatever other images there
    /// are.</param>
    public Sampling(DecodingOptions options, WordRules rules, ulong number)
    {
        (_options, _rules) = (options, rules);
        var random = new SeededRandom(new SeededRandom(options.Seed).NextBits() + number);
        for (int i = 0; i < options.Captions; i++)
        {
            // Each has its own stream: the first captions are the same ones, whatever number is wanted.
            _open.Add(Hypothesis.Start);
            _randoms.Add(new SeededRandom(random.NextBits()));
        }
    }

    public override IReadOnlyList<Hypothesis> Open => _open;

    public override void Advance<T>(MatrixSpan<T> scores)
    {
        int going = 0;
        for (int row = 0; row < _open.Count; row++)
        {
            Hypothesis from = _open[row];
            Span<T> s = scores.Row(row);
            double before = from.LogProbability - LogSoftmax.LogSumExp<T>(s);
            _rules.Apply(from.Ids, s);
            if (WordDraw.Draw<T>(s, _options, _randoms[row]) is not int word)
            {
                continue; // Nothing may follow: a dead end.
            }

            int[] ids = [.. from.Ids, word];
            double logProbability = before + double.CreateTruncating(s[word]);
            if (word == _rules.EndId)
            {
                _ended.Add(_options.Caption(ids, logProbability));
            }
            else
            {
                (_open[going], _randoms[going]) = (new Hypothesis(row, ids, logProbability), _randoms[row]);
                going++;
            }
        }

        _open.RemoveRange(going, _open.Count - going);
        _randoms.RemoveRange(going, _randoms.Count - going);
    }

    public override DecodedCaption[] Best()
    {
        _ended.Sort(DecodedCaption.CompareBestFirst);

        // Equal captions are beside each other now.
        return
        [
            .. _ended.Where((caption, i) =>
                _options.AreEqualKept || i == 0 || !caption.Ids.SequenceEqual(_ended[i - 1].Ids)),
        ];
    }
}
