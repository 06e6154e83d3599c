namespace ShowTell.Decoding;

/// <summary>
/// Beam search, optionally in diverse groups (Vijayakumar et al., "Diverse beam search", 2018). A beam of one
/// hypothesis is greedy decoding.
/// </summary>
internal sealed class BeamSearch : CaptionSearch
{
    private readonly DecodingOptions _options;
    private readonly BeamGroup[] _groups;
    private readonly List<Hypothesis> _active = [];
    private readonly Dictionary<int, int> _chosen = [];

    public BeamSearch(DecodingOptions options, TokenConstraints constraints)
    {
        int groups = options.DiverseGroups, requested = ((options.Captions - 1) / groups) + 1;
        _options = options;
        _groups = [.. Enumerable.Range(0, groups).Select(
            _ => new BeamGroup(options, constraints, options.Beam / groups, requested))];
        GatherActive();
    }

    public override IReadOnlyList<Hypothesis> Active => _active;

    public override void Advance<T>(MatrixSpan<T> scores)
    {
        int row = 0;
        _chosen.Clear();
        foreach (BeamGroup group in _groups)
        {
            int rows = group.Active.Count;
            group.Advance(scores, row, _chosen);
            row += rows;
            if (_groups.Length > 1)
            {
                foreach (Hypothesis active in group.Active)
                {
                    _chosen[active.Ids[^1]] = _chosen.GetValueOrDefault(active.Ids[^1]) + 1;
                }
            }
        }

        GatherActive();
    }

    /// <summary>The best caption of each group, then the second best, up to the number requested.</summary>
    public override DecodedCaption[] Best()
    {
        var best = new List<DecodedCaption>();
        int max = _groups.Max(group => group.Finished.Count);
        for (int rank = 0; best.Count < _options.Captions && rank < max; rank++)
        {
            foreach (BeamGroup group in _groups.Where(group => rank < group.Finished.Count))
            {
                DecodedCaption caption = group.Finished[rank];
                if (best.Count < _options.Captions && !best.Exists(other => other.Ids.SequenceEqual(caption.Ids)))
                {
                    best.Add(caption);
                }
            }
        }

        best.Sort(DecodedCaption.CompareBestFirst);
        return [.. best];
    }

    private void GatherActive()
    {
        _active.Clear();
        foreach (BeamGroup group in _groups)
        {
            _active.AddRange(group.Active);
        }
    }
}
