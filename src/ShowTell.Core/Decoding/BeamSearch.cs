namespace ShowTell.Decoding;

/// <summary>
/// Beam search, of a single beam or of groups that avoid each other's words (Vijayakumar et al., "Diverse beam search",
/// 2018); with a beam of one word, greedy decoding.
/// </summary>
internal sealed class BeamSearch : CaptionSearch
{
    private readonly DecodingOptions _options;
    private readonly BeamGroup[] _groups;
    private readonly List<Hypothesis> _open = [];
    private readonly Dictionary<int, int> _chosen = [];

    public BeamSearch(DecodingOptions options, WordRules rules)
    {
        int groups = options.DiverseGroups, wanted = ((options.Captions - 1) / groups) + 1;
        _options = options;
        _groups = [.. Enumerable.Range(0, groups).Select(
            _ => new BeamGroup(options, rules, options.Beam / groups, wanted))];
        GatherOpen();
    }

    public override IReadOnlyList<Hypothesis> Open => _open;

    public override void Advance<T>(MatrixSpan<T> scores)
    {
        int row = 0;
        _chosen.Clear();
        foreach (BeamGroup group in _groups)
        {
            int rows = group.Open.Count;
            group.Advance(scores, row, _chosen);
            row += rows;
            if (_groups.Length > 1)
            {
                foreach (Hypothesis open in group.Open)
                {
                    _chosen[open.Ids[^1]] = _chosen.GetValueOrDefault(open.Ids[^1]) + 1;
                }
            }
        }

        GatherOpen();
    }

    /// <summary>The best of each group, then the second best, until there are enough.</summary>
    public override DecodedCaption[] Best()
    {
        var best = new List<DecodedCaption>();
        for (int place = 0; best.Count < _options.Captions && place < _groups.Max(group => group.Ended.Count); place++)
        {
            foreach (BeamGroup group in _groups.Where(group => place < group.Ended.Count))
            {
                DecodedCaption caption = group.Ended[place];
                if (best.Count < _options.Captions && !best.Exists(other => other.Ids.SequenceEqual(caption.Ids)))
                {
                    best.Add(caption);
                }
            }
        }

        best.Sort(DecodedCaption.CompareBestFirst);
        return [.. best];
    }

    private void GatherOpen()
    {
        _open.Clear();
        foreach (BeamGroup group in _groups)
        {
            _open.AddRange(group.Open);
        }
    }
}
