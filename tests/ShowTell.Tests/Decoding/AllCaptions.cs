using ShowTell.Decoding;
using ShowTell.Models;
using ShowTell.Numerics;
using ShowTell.Tests.Models;

namespace ShowTell.Tests.Decoding;

/// <summary>
/// All captions of an image that models with seven tokens, four of them words, can generate, scored by the
/// teacher-forced loss.
/// </summary>
internal sealed class AllCaptions(Matrix<double> features, params CaptioningModel<double>[] models)
{
    private readonly Dictionary<string, double[]> _sums = [];

    public static int[] Words { get; } = [3, 4, 5, 6];

    /// <summary>A model with such a vocabulary.</summary>
    public static CaptioningModel<double> Model(CellKind cell, ulong seed = 8) =>
        SmallModel.Normal<double>(SmallModel.Options(cell, v: 7), seed);

    /// <summary>The features of one image.</summary>
    public static Matrix<double> Image(int number) => Matrix.Normal<double>(new SeededRandom((ulong)number), 1, 4, 1.5);

    /// <summary>All captions that the options allow, best first.</summary>
    public DecodedCaption[] Best(DecodingOptions options)
    {
        IEnumerable<int[]> beginnings = [[]], all = [];
        for (int length = 1; length <= options.MaxLength; length++)
        {
            all = all.Concat(beginnings.Select(words => (int[])[.. words, 2]));
            beginnings = [.. beginnings.SelectMany(words => Words, (words, word) => (int[])[.. words, word])];
        }

        return [.. all.Where(ids => Allows(options, ids))
            .Select(ids => new DecodedCaption(
                ids, LogProbability(ids), LogProbability(ids) / Math.Pow(ids.Length, options.LengthPenalty)))
            .OrderByDescending(caption => caption.Score)];
    }

    /// <summary>The sum of the logarithms of the models' mean probabilities of these tokens.</summary>
    public double LogProbability(IReadOnlyList<int> ids)
    {
        double sum = 0;
        for (int t = 0; t < ids.Count; t++)
        {
            double[] before = Sums([.. ids.Take(t)]), after = Sums([.. ids.Take(t + 1)]);
            sum += Math.Log(after.Zip(before, (with, without) => Math.Exp(with - without)).Average());
        }

        return sum;
    }

    private static bool Allows(DecodingOptions options, int[] ids)
    {
        int[] words = ids[..^1];
        int n = options.NoRepeatNGram;
        string[] grams = n == 0 ? [] : [.. Enumerable.Range(0, Math.Max(0, words.Length - n + 1)).Select(
            i => string.Join(' ', words[i..(i + n)]))];
        return ids.Length >= options.MinLength
            && options.RequiredWords.All(words.Contains)
            && !options.BannedWords.Any(words.Contains)
            && grams.Distinct().Count() == grams.Length;
    }

    private double[] Sums(int[] ids)
    {
        string key = string.Join(' ', ids);
        if (!_sums.TryGetValue(key, out double[]? sums))
        {
            sums = [.. models.Select(model => ids.Length == 0 ? 0 : -model.Loss(features, [1, .. ids]))];
            _sums.Add(key, sums);
        }

        return sums;
    }
}
