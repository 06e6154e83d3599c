namespace ShowTell.Datasets.Import;

/// <summary>What an import leaves out or repairs: a number of entries for each reason, and the first of them.</summary>
internal sealed class LeftOut
{
    private readonly Dictionary<string, List<string>> _first = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>All reasons in the order of their first entry.</summary>
    public IReadOnlyList<LeftOutCount> Counts =>
        [.. _counts.Select(reason => new LeftOutCount(reason.Key, reason.Value, _first[reason.Key]))];

    /// <summary>The most frequent reason, as a sentence for an error; empty if nothing is left out.</summary>
    public string Summary => Counts.MaxBy(reason => reason.Count) is LeftOutCount most
        ? $" Left out: {most.Count:N0} {most.Reason}, such as {most.First[0]}."
        : "";

    /// <summary>Counts an entry.</summary>
    /// <param name="reason">Why it is left out, in the plural: "annotations of images that are not listed".</param>
    /// <param name="example">The entry's name or place.</param>
    public void Add(string reason, string example)
    {
        _counts[reason] = _counts.GetValueOrDefault(reason) + 1;
        if (!_first.TryGetValue(reason, out List<string>? first))
        {
            _first.Add(reason, first = []);
        }

        if (first.Count < NamedCount.MaxShown)
        {
            first.Add(example);
        }
    }
}
