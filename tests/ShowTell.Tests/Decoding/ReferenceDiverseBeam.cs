using ShowTell.Decoding;

namespace ShowTell.Tests.Decoding;

/// <summary>
/// A straightforward diverse beam search: every continuation of every hypothesis is scored from scratch and sorted.
/// </summary>
internal static class ReferenceDiverseBeam
{
    public static IEnumerable<DecodedCaption> Search(AllCaptions captions, DecodingOptions options)
    {
        int groups = options.DiverseGroups, width = options.Beam / groups,
            requested = (options.Captions + groups - 1) / groups;
        int[][][] beams = [.. Enumerable.Repeat<int[][]>([[]], groups)];
        List<DecodedCaption>[] finished = [.. Enumerable.Range(0, groups).Select(_ => new List<DecodedCaption>())];
        for (int length = 1; length <= options.MaxLength; length++)
        {
            var chosen = new List<int>();
            for (int g = 0; g < groups; g++)
            {
                int[] next = length == options.MaxLength ? [2] : [2, .. AllCaptions.Words];
                int[][] ranked = [.. beams[g]
                    .SelectMany(_ => next, (beginning, word) => (int[])[.. beginning, word])
                    .OrderByDescending(ids => captions.LogProbability(ids) - (options.DiversityStrength * chosen.Count(
                        word => word == ids[^1])))];
                finished[g].AddRange(
                    ranked.Take(width).Where(ids => ids[^1] == 2).Select(ids => Caption(captions, options, ids)));
                beams[g] = [.. ranked.Where(ids => ids[^1] != 2).Take(width)];
                finished[g] = [.. finished[g].OrderByDescending(caption => caption.Score)];
                double max = beams[g].Max(ids => (double?)captions.LogProbability(ids) / Math.Pow(
                    options.MaxLength!.Value, options.LengthPenalty)) ?? 0;
                if (finished[g].Count >= requested && finished[g][requested - 1].Score >= max)
                {
                    beams[g] = [];
                }

                chosen.AddRange(beams[g].Select(ids => ids[^1]));
            }
        }

        return finished.SelectMany(list => list.Select((caption, rank) => (caption, rank)))
            .OrderBy(found => found.rank)
            .Select(found => found.caption)
            .DistinctBy(caption => string.Join(' ', caption.Ids))
            .Take(options.Captions)
            .OrderByDescending(caption => caption.Score);
    }

    private static DecodedCaption Caption(AllCaptions captions, DecodingOptions options, int[] ids)
    {
        double logProbability = captions.LogProbability(ids);
        return new(ids, logProbability, logProbability / Math.Pow(ids.Length, options.LengthPenalty));
    }
}
